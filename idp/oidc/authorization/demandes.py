"""On whose behalf a person signs in: what the login page says, and where its « Annuler » leads."""

from urllib.parse import urlsplit

from idp.accounts.ports import Demande
from idp.oidc import addresses
from idp.oidc.authorization.authorization_request import Unanswerable, destination_of
from idp.oidc.clients.relying_parties import Registry
from idp.oidc.parameters import MalformedParameters, parse


class DemandesOidc:
    """The port ``idp.accounts.ports.Demandes``."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def describe(self, path: str) -> Demande | None:
        """The authorization request behind a local path; None when the path is not one that we would answer."""
        parts = urlsplit(path)
        if parts.path != addresses.AUTHORIZE:
            return None
        try:
            asked = parse(parts.query.encode())
            destination = destination_of(asked, self._registry)
        except (MalformedParameters, Unanswerable):
            return None
        client = destination.client
        shows = not client.first_party
        return Demande(
            nom=client.nom,
            cancel_path=f"{addresses.CANCEL}?{asked.encoded()}",
            login_hint=asked.get("login_hint"),
            origins=client.origins,
            logo_uri=client.logo_uri if shows else None,
            client_uri=client.client_uri if shows else None,
            policy_uri=client.policy_uri if shows else None,
            tos_uri=client.tos_uri if shows else None,
        )
