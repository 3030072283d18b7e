"""One line of a file of accounts: its cells become a ``CompteDeclare``, or every reason why not.

The file around it belongs to ``lignes_nommees.py``; what is written in the database, to ``import_comptes.py``. The
format is described in ``docs/import-comptes.md``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from idp.accounts import legacy_hashes
from idp.accounts.legacy_hashes import EmpreinteRefusee
from idp.contact import parse_email, parse_name, parse_phone
from idp.habilitations.models import Role
from idp.habilitations.numeros import parse_numero_utilisateur
from idp.habilitations.organismes.declaration import parse_civilite
from idp.habilitations.organismes.lignes_nommees import Colonnes, LigneEnLecture, keyword
from idp.printable import parse_identifiant

OBLIGATOIRES = ("nom", "prenom", "email", "empreinte", "numero_utilisateur", "role")
COLONNES = Colonnes(
    (
        *("identifiant", "civilite", "nom", "prenom", "email", "telephone"),
        *("empreinte", "numero_utilisateur", "role"),
    ),
    OBLIGATOIRES,
    "compte",
)


@dataclass(frozen=True, slots=True)
class CompteDeclare:
    """A person of another system, every field canonical; ``identifiant`` is drawn when there is none."""

    identifiant: str | None
    civilite: str | None
    nom: str
    prenom: str
    email: str
    telephone: str | None
    empreinte: str
    numero_utilisateur: str
    role: Role


def parse_compte(
    line: LigneEnLecture, caisses: Mapping[str, Sequence[str]]
) -> CompteDeclare | None:
    """The account of this line; None when ``line.refus`` says why not."""
    identifiant = line.optional("identifiant", _identifiant)
    civilite = line.optional("civilite", parse_civilite)
    nom, prenom = line.required("nom", parse_name), line.required("prenom", parse_name)
    email = line.required("email", parse_email)
    telephone = line.optional("telephone", parse_phone)
    empreinte = _empreinte(line)
    numero = line.required(
        "numero_utilisateur", lambda text: parse_numero_utilisateur(text, caisses)
    )
    role = line.required("role", _role)
    if line.refus or not (nom and prenom and email and empreinte and numero and role):
        return None
    return CompteDeclare(
        identifiant, civilite, nom, prenom, email, telephone, empreinte, numero, role
    )


def _identifiant(text: str) -> str:
    found = parse_identifiant(text)
    if found is None:
        raise ValueError(
            "Cet identifiant n’est pas de Mon Compte Partenaire (exemple : P-7K3M-9XTR-4) : laissez la case vide"
            " pour qu’il en soit tiré un."
        )
    return found


def _empreinte(line: LigneEnLecture) -> str | None:
    text = line.text("empreinte")
    if not text:
        return line.required("empreinte", str)
    try:
        return legacy_hashes.parse(text)
    except EmpreinteRefusee as error:
        # Unlike the other cells, what was found is never shown: it may be somebody's password.
        line.refuse("empreinte", str(error))
        return None


def _role(text: str) -> Role:
    try:
        return Role(keyword(text))
    except ValueError as error:
        raise ValueError(f"Le rôle est l’un de : {', '.join(Role)}.") from error
