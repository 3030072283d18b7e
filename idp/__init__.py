"""Mon Compte Partenaire: the OpenID Connect identity provider of the partners of the Caf.

``idp.app`` wires the parts; ``README.md`` draws them.
"""

__version__ = "0.1.0"
