"""To whom we say it: the OpenID Connect provider, one file per endpoint.

Who a person is belongs to ``idp/accounts``, what they may do to ``idp/habilitations``.
"""
