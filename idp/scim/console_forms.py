"""The form « Donner un accès automatisé »."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from wtforms import BooleanField, DateField, Field, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from idp.habilitations.delegation import RefusDAgir
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.views.partenaire.cases import AvecGroupes, CasesACocher
from idp.keys import RSA_BITS
from idp.oidc.clients.client_metadata import https_problem, jwks_problem
from idp.scim import programs
from idp.scim.programs import NewProgram, RefusDeProgramme

_CLES = "Ces clés ne peuvent pas être utilisées : "


class DonnerUnAcces(AvecGroupes):
    """Name, keys or their address, groups, creation of users, last day."""

    nom = StringField(
        "Nom du programme",
        [InputRequired("Saisissez le nom du programme."), Length(max=programs.NAME_MAX_CHARS)],
    )
    jwks = TextAreaField("Clés publiques (JWKS)", [Length(max=programs.JWKS_MAX_CHARS)])
    jwks_uri = StringField("Adresse où ces clés sont publiées (jwks_uri)", [Length(max=500)])
    groupes = CasesACocher("Groupes que le programme peut donner")
    peut_creer = BooleanField("Le programme peut créer des utilisateurs")
    fin = DateField("Dernier jour", [Optional()])

    keys: dict[str, Any] | None = None

    @classmethod
    def pour(cls, groupes: Sequence[GroupeACocher]) -> "DonnerUnAcces":
        """The form of one organisme."""
        form = cls()
        form.offrir(groupes)
        return form

    def validate_nom(self, field: Field) -> None:
        """One line, that a letter of the journal may print."""
        field.data = " ".join((field.data or "").split())
        if not field.data.isprintable() or not any(map(str.isalpha, field.data)):
            raise ValidationError("Saisissez un nom lisible, par exemple « Annuaire RH ».")

    def validate_jwks(self, field: Field) -> None:
        """Public keys, strong enough; or nothing, when an address is given."""
        text, uri = (field.data or "").strip(), (self.jwks_uri.data or "").strip()
        if bool(text) == bool(uri):
            raise ValidationError(
                "Donnez les clés publiques, ou l’adresse où elles sont publiées : l’une des deux."
            )
        if text:
            self.keys = _keys(text)

    def validate_jwks_uri(self, field: Field) -> None:
        """An address that everybody can reach."""
        field.data = (field.data or "").strip()
        if field.data and https_problem(field.data):
            raise ValidationError("Une adresse publique en https est attendue.")

    def validate_groupes(self, field: Field) -> None:
        """One at least."""
        if not field.data:
            raise ValidationError(
                "Cochez au moins un groupe : un programme ne fait rien sans groupe."
            )

    def saisie(self) -> NewProgram:
        """What was typed, parsed; call once valid."""
        return NewProgram(
            name=str(self.nom.data),
            groupes=frozenset(map(UUID, self.groupes.data or ())),
            peut_creer=bool(self.peut_creer.data),
            fin=self.fin.data,
            jwks=self.keys,
            jwks_uri=self.jwks_uri.data or None,
        )

    def refuser(self, refus: RefusDeProgramme | RefusDAgir) -> None:
        """Show an outcome of the service beside the field that it concerns."""
        if refus is RefusDeProgramme.FIN_PASSEE:
            self.fin.errors = ["Ce jour est passé."]
        elif refus is RefusDeProgramme.NOM_PRIS:
            self.nom.errors = [
                "Un autre accès porte déjà ce nom : votre journal ne les distinguerait pas."
            ]
        elif refus is RefusDeProgramme.TROP:
            self.form_errors.append(
                f"Votre organisme a déjà {programs.MAX_ACTING} accès automatisés : retirez-en un d’abord."
            )
        else:
            self.groupes.errors = ["Un de ces groupes n’existe plus : rechargez la page."]


def _keys(text: str) -> dict[str, Any]:
    try:
        keys = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValidationError(_CLES + "ce n’est pas du JSON.") from error
    problem = jwks_problem(keys)
    if problem:
        raise ValidationError(_CLES + _en_francais(problem))
    return {"keys": keys["keys"]}


def _en_francais(problem: str) -> str:
    if problem.startswith("only public keys"):
        return "elles contiennent une clé privée ou secrète. Considérez-la comme compromise, et changez-la."
    if problem.startswith("an RSA key"):
        return f"une clé RSA a au moins {RSA_BITS} bits."
    return "ce n’est pas un ensemble de clés (JWK Set)."
