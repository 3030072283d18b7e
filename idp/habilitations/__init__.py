"""What people may do: organismes, conventions, users, groupes d'habilitation, delegation, the Caf's side.

Who they are belongs to ``idp/accounts``; to whom it is told, to ``idp/oidc``, which this package never imports.
"""
