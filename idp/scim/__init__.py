"""What a partner's own programs ask: SCIM 2.0 over the users of one organisme, within the mandate of the program.

RFC 7643 (what a resource is), RFC 7644 (how it is asked): https://www.rfc-editor.org/rfc/rfc7644 . One file per
endpoint or job. Rights and rows belong to ``idp/habilitations``, whose services are called here as the console
calls them; tokens are those of ``idp/oidc``. ``docs/scim.md``, ``docs/decisions/0020-scim.md``.
"""
