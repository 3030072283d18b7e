"""How to reach a caisse: the sender of its letters, and what « contactez votre Caf » means in mails and help.

Said by its agents; nothing is told of a caisse of which nothing was said. The caisses themselves are in
``caisses.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp import audit
from idp.audit import Actor
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import CoordonneesModifiees
from idp.habilitations.models import Caisse, Organisme, RoleAgent

INSECABLE = "\N{NO-BREAK SPACE}"
AILLEURS = "Cette caisse n’est pas de celles que vous supervisez."


@dataclass(frozen=True, slots=True)
class Coordonnees:
    """Of one caisse; what was not said is empty."""

    code: str
    libelle: str
    adresse: tuple[str, ...] = ()
    telephone: str = ""
    email: str = ""

    @property
    def connues(self) -> bool:
        """Whether anything was said."""
        return bool(self.adresse or self.telephone or self.email)

    @property
    def moyens(self) -> tuple[str, ...]:
        """« Téléphone : 02 … », « Courriel : … »."""
        telephone = (
            f"Téléphone : {self.telephone.replace(' ', INSECABLE)}" if self.telephone else ""
        )
        return tuple(filter(None, (telephone, f"Courriel : {self.email}" if self.email else "")))

    @property
    def expediteur(self) -> tuple[str, ...]:
        """The head of a letter: its name, where it comes back to, how to reach it."""
        return (self.libelle, *self.adresse, *self.moyens)

    @property
    def phrase(self) -> str:
        """In one line of text; empty when nothing is known."""
        if not self.connues:
            return ""
        adresse = f"Adresse : {', '.join(self.adresse)}" if self.adresse else ""
        return f"{self.libelle} – {' ; '.join(filter(None, (*self.moyens, adresse)))}"


def de(caisse: Caisse) -> Coordonnees:
    """Of this row."""
    return Coordonnees(
        code=caisse.code,
        libelle=caisse.libelle,
        adresse=tuple(caisse.adresse_postale or ()),
        telephone=caisse.telephone or "",
        email=caisse.email_support or "",
    )


def de_l_organisme(organisme_id: UUID) -> Coordonnees:
    """Of the caisse that writes to it: one statement."""
    return de(
        db.session.scalars(
            select(Caisse)
            .join(Organisme, Organisme.caisse_code == Caisse.code)
            .where(Organisme.id == organisme_id)
        ).one()
    )


def lister(agent: AgentVu) -> list[Coordonnees]:
    """Of the caisses of the agent: one statement."""
    rows = select(Caisse).order_by(Caisse.code)
    siennes = rows if agent.national else rows.where(Caisse.code.in_(agent.caisses))
    return [de(caisse) for caisse in db.session.scalars(siennes)]


def lire(agent: AgentVu, code: str) -> Coordonnees:
    """Of one caisse of the agent; raises ``NotHere``."""
    return de(_caisse(agent, code))


def changer(agent: AgentVu, voulues: Coordonnees, motif: str, now: datetime) -> bool:
    """A superviseur of the caisse says them; False when they were so already. Raises ``NotHere``, ``Refusal``."""
    caisse = _caisse(agent, voulues.code)
    if not agent.peut(RoleAgent.SUPERVISEUR):
        raise Refusal("Les coordonnées d’une caisse sont tenues par ses superviseurs.")
    return noter(caisse, voulues, motif, actor=agent.actor, now=now)


def noter(caisse: Caisse, voulues: Coordonnees, motif: str, *, actor: Actor, now: datetime) -> bool:
    """Write them, whoever says them; False when they were so already."""
    avant = de(caisse)
    if voulues == avant:
        return False
    caisse.adresse_postale = list(voulues.adresse) or None
    caisse.telephone = voulues.telephone or None
    caisse.email_support = voulues.email or None
    event = CoordonneesModifiees(
        caisse=caisse.code,
        avant=list(avant.expediteur),
        apres=list(de(caisse).expediteur),
        motif=motif,
    )
    audit.record(event, at=now, actor=actor, account_id=actor.account_id)
    db.session.flush()
    return True


def _caisse(agent: AgentVu, code: str) -> Caisse:
    caisse = db.session.get(Caisse, code) if agent.supervise(code) else None
    if caisse is None:
        raise NotHere(AILLEURS)
    return caisse
