"""What the services of the console refuse, as errors of SCIM (RFC 7644 §3.12)."""

from scim2_models import (
    ConflictException,
    ForbiddenException,
    InvalidValueException,
    MutabilityException,
    NotFoundException,
    SCIMException,
    UniquenessException,
)

from idp.habilitations.delegation import RefusDAgir
from idp.habilitations.personnes.identite import RefusDIdentite
from idp.habilitations.personnes.modification import RefusDeModification
from idp.habilitations.personnes.utilisateurs import RefusDeCreation

Refus = RefusDAgir | RefusDeCreation | RefusDIdentite | RefusDeModification

_NOT_FOR_A_PROGRAM = (ForbiddenException, "This user is not for a program to change: see role.")
_BEYOND = (ForbiddenException, "This user also holds groups that are not of the mandate.")
_NO_SUCH_GROUP = (NotFoundException, "This group does not exist.")
_ADDRESS_TAKEN = (
    UniquenessException,
    "emails: this address is that of a user of the organisme, maybe closed or out of the mandate.",
)
_ADDRESS_OF_THE_PERSON = (
    MutabilityException,
    "emails: the person has an account of their own; they change it, or an administrateur in the console.",
)
_CLOSED = (MutabilityException, "This place is closed: active true opens it.")
_IN_THE_MEANTIME = (ConflictException, "The user changed in the meantime.")
_TOLD: dict[Refus, tuple[type[SCIMException], str]] = {
    RefusDAgir.PARTAGE: _BEYOND,
    RefusDAgir.HORS_PERIMETRE: _BEYOND,
    RefusDeModification.PARTAGE: _BEYOND,
    RefusDeCreation.CREATION_NON_DELEGUEE: (
        ForbiddenException,
        "This program may not create users.",
    ),
    RefusDeCreation.GROUPE_INCONNU: _NO_SUCH_GROUP,
    RefusDeCreation.DEJA_UTILISATEUR: _ADDRESS_TAKEN,
    RefusDIdentite.PARTAGE: _BEYOND,
    RefusDIdentite.DEJA_UTILISATEUR: _ADDRESS_TAKEN,
    RefusDIdentite.AILLEURS: (
        MutabilityException,
        "name, emails, phoneNumbers: this person works for another organisme too, and changes them alone.",
    ),
    RefusDIdentite.CLOS: _CLOSED,
    RefusDIdentite.PREMIERE_CONNEXION: _ADDRESS_OF_THE_PERSON,
    RefusDIdentite.RESERVE_A_L_ADMINISTRATEUR: _ADDRESS_OF_THE_PERSON,
    RefusDIdentite.TROP_TOT: (
        ConflictException,
        "emails: too many identifiers were mailed today; the address changes tomorrow.",
    ),
    RefusDIdentite.ENTRE_TEMPS: _IN_THE_MEANTIME,
    RefusDeModification.GROUPE_INCONNU: _NO_SUCH_GROUP,
    RefusDeModification.OUVERTURE_PASSEE: (
        InvalidValueException,
        "ouverture: it moves to a day to come only, as long as the place is not open.",
    ),
    RefusDeModification.CLOTURE_PASSEE: (
        InvalidValueException,
        "cloture: this day is over; active false closes at once.",
    ),
    RefusDeModification.CLOS: _CLOSED,
    RefusDeModification.ENTRE_TEMPS: _IN_THE_MEANTIME,
}


def refused(why: Refus) -> SCIMException:
    """The error to raise. Any other reason is about who the user is."""
    kind, detail = _TOLD.get(why, _NOT_FOR_A_PROGRAM)
    return kind(detail=detail)
