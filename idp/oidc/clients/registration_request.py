"""A registration request, read: what the client says of itself, refused with a reason or made a ``RelyingParty``.

RFC 7591 §2 and §3.2.2; OpenID Connect Dynamic Client Registration 1.0 §2. Unknown members are ignored; what the
client may not say is not asked: it is told of people, never of habilitations. The same rules read the row again.
"""

from collections.abc import Mapping
from typing import Any

from idp import outgoing
from idp.oidc.clients.client_metadata import ClientAuthMethod, GrantType, RelyingParty, of_itself
from idp.oidc.clients.entries import Entry
from idp.oidc.scopes import OF_ANY_CLIENT, Scope, granted
from idp.outgoing import OutgoingRefused

NAME_MAX_CHARS = 100
MAX_URIS = 20


class MetadataRefused(Exception):
    """``invalid_redirect_uri`` or ``invalid_client_metadata``; the message is for the integrator, in ASCII."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(_ascii("; ".join(problems)))
        about_redirects = all(one.startswith("metadata.redirect_uris") for one in problems)
        self.error = "invalid_redirect_uri" if about_redirects else "invalid_client_metadata"


def _ascii(text: str) -> str:
    # RFC 6749 §5.2: printable ASCII without a quotation mark nor a backslash.
    plain = text.encode("ascii", "replace").decode()
    return "".join(one for one in plain if one.isprintable() and one not in '"\\')


def client_of(metadata: Mapping[str, Any], client_id: str) -> RelyingParty:
    """The client that these metadata describe; raises ``MetadataRefused`` with every problem."""
    problems: list[str] = []
    entry = Entry("metadata", metadata, problems)
    fields = of_itself(entry, on_localhost=False)
    asked = entry.optional_text("scope")
    name = entry.optional_text("client_name", _name_problem)
    if len(fields["redirect_uris"]) > MAX_URIS:
        entry.complain(f"{MAX_URIS} at most", "redirect_uris")
    if problems:
        raise MetadataRefused(problems)
    allowed = OF_ANY_CLIENT
    if GrantType.REFRESH_TOKEN not in fields["grant_types"]:
        allowed -= {Scope.OFFLINE_ACCESS}
    public = fields["token_endpoint_auth_method"] is ClientAuthMethod.NONE
    return RelyingParty(
        client_id=client_id,
        client_name=name or client_id,
        scope=frozenset(granted(asked, allowed)) if asked else allowed,
        first_party=False,
        # RFC 9700 §2.1.1: an obligation for clients without a secret; others may, and are then held to it.
        require_pkce=public,
        **fields,
    )


def _name_problem(name: str) -> str | None:
    if len(name) <= NAME_MAX_CHARS and name.isprintable():
        return None
    return f"printable characters are expected, {NAME_MAX_CHARS} at most"


def check_sector(client: RelyingParty) -> None:
    """Core §8.1: the document of the sector lists every redirect_uri; raises ``MetadataRefused``."""
    uri = client.sector_identifier_uri
    if uri is None:
        return
    try:
        listed = outgoing.fetch_json(uri)
    except OutgoingRefused as error:
        # Why is for our log: told, it would map our network for whoever asks.
        raise MetadataRefused(["sector_identifier_uri: cannot be read"]) from error
    if not isinstance(listed, list) or any(one not in listed for one in client.redirect_uris):
        raise MetadataRefused(["sector_identifier_uri: does not list every redirect URI"])
