"""The addresses of the endpoints: public contract, and what discovery announces."""

AUTHORIZE = "/oidc/authorize"
CANCEL = "/oidc/authorize/annuler"
ORGANISME = "/oidc/authorize/organisme"
CONSENT = "/oidc/authorize/consentement"
TOKEN = "/oidc/token"  # noqa: S105 - an address
USERINFO = "/oidc/userinfo"
JWKS = "/oidc/jwks"
LOGOUT = "/oidc/logout"
LOGOUT_CONFIRMED = "/oidc/logout/confirmer"
OPENID_CONFIGURATION = "/.well-known/openid-configuration"
OAUTH_METADATA = "/.well-known/oauth-authorization-server"
