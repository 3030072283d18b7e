"""The claims of a person, by scope: pure, empty ones omitted.

OpenID Connect Core §5.1 and §5.4: https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims ; RFC 9068
§2.2.3.1 for ``groups``, ``roles`` and ``entitlements``. What envelops them is in ``id_token.py``,
``access_token.py`` and ``userinfo.py``.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from idp.oidc.scopes import Scope

if TYPE_CHECKING:
    from idp.habilitations.claims import Droits, HabilitationVue, Personne
    from idp.oidc.subjects import Subject

Claims = dict[str, Any]

BY_SCOPE: dict[Scope, tuple[str, ...]] = {
    Scope.OPENID: ("sub",),
    Scope.PROFILE: ("name", "given_name", "family_name"),
    Scope.EMAIL: ("email", "email_verified"),
    Scope.PHONE: ("phone_number", "phone_number_verified"),
    Scope.ORGANISME: ("organisme",),
    Scope.HABILITATIONS: ("groups", "roles", "habilitations"),
    Scope.NUMERO_UTILISATEUR: ("numeros_utilisateur",),
    Scope.OFFLINE_ACCESS: (),
}


def of_userinfo(
    subject: "Subject", scope: Collection[Scope], asked: Collection[str] = ()
) -> Claims:
    """Everything that the scopes open, and the claims asked one by one."""
    every = {"sub": subject.sub, **_of_personne(subject.personne), **_of_droits(subject.droits)}
    names = [name for granted in Scope if granted in scope for name in BY_SCOPE[granted]]
    told = dict.fromkeys([*names, *asked])
    return {name: every[name] for name in told if every.get(name) not in _EMPTY}


_EMPTY: tuple[object, ...] = (None, "", [], {})


def of_id_token(
    subject: "Subject", scope: Collection[Scope], asked: Collection[str] = ()
) -> Claims:
    """What a service decides with at once; names and addresses only when asked here by name (Core §5.4, §5.5)."""
    at_once = ("groups", "roles") if Scope.HABILITATIONS in scope else ()
    return of_userinfo(subject, (), (*at_once, *asked))


def of_access_token(subject: "Subject", scope: Collection[Scope]) -> Claims:
    """What an API decides with, offline."""
    claims = of_id_token(subject, scope)
    if subject.droits is None:
        return claims
    if Scope.HABILITATIONS in scope and subject.habilite:
        claims["entitlements"] = _entitlements(subject.droits.habilitations)
    if Scope.ORGANISME in scope:
        claims["organisme"] = {"id": str(subject.droits.organisme.id)}
    return claims


# Lists that grow with the number of groups of one person, and may outgrow what a header carries.
_UNBOUNDED = ("groups", "entitlements")


def by_reference(claims: Claims, userinfo_endpoint: str) -> Claims:
    """The same without its long lists, which are to be read at userinfo (Core §5.6.2, distributed claims)."""
    elsewhere = [name for name in _UNBOUNDED if name in claims]
    return {
        **{name: value for name, value in claims.items() if name not in elsewhere},
        "_claim_names": dict.fromkeys(elsewhere, "userinfo"),
        "_claim_sources": {"userinfo": {"endpoint": userinfo_endpoint}},
    }


def _of_personne(personne: "Personne") -> Claims:
    return {
        "name": " ".join(filter(None, (personne.given_name, personne.family_name))),
        "given_name": personne.given_name,
        "family_name": personne.family_name,
        "email": personne.email,
        "email_verified": personne.email_verified if personne.email else None,
        "phone_number": personne.phone,
        # We never call: nothing was verified.
        "phone_number_verified": False if personne.phone else None,
    }


def _of_droits(droits: "Droits | None") -> Claims:
    if droits is None:
        return {}
    organisme = {
        "id": str(droits.organisme.id),
        "type": droits.organisme.type.value,
        "raison_sociale": droits.organisme.raison_sociale,
        "siret": droits.organisme.siret,
        "caisses": list(droits.organisme.caisses),
    }
    return {
        "organisme": _filled(organisme),
        "groups": [habilitation.code for habilitation in droits.habilitations],
        # A role is worth something through a habilitation: without one, the service is told nothing.
        "roles": [droits.role.value] if droits.habilitations else [],
        "habilitations": [_habilitation(habilitation) for habilitation in droits.habilitations],
        "numeros_utilisateur": list(droits.numeros_utilisateur),
    }


def _habilitation(habilitation: "HabilitationVue") -> Claims:
    type_logement = habilitation.type_logement
    return _filled(
        {
            "code": habilitation.code,
            "service": habilitation.service,
            "type_logement": type_logement.value if type_logement else None,
            "caisses": [habilitation.caisse],
            "departements": list(habilitation.departements),
            "profil": habilitation.profil,
            "fin": habilitation.fin.isoformat() if habilitation.fin else None,
        }
    )


def _entitlements(habilitations: "Collection[HabilitationVue]") -> list[str]:
    # The services that open, each with the profile it opens under: ``cdap:t1``.
    return sorted({":".join(filter(None, (one.service, one.profil))) for one in habilitations})


def _filled(claims: Claims) -> Claims:
    return {name: value for name, value in claims.items() if value not in _EMPTY}
