"""Mon Compte Partenaire: the OpenID Connect identity provider of the partners of the Caf."""

__version__ = "0.1.0"
