"""The forms of the agents: who is created, what they supervise, why they are changed or closed."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from collections.abc import Mapping

from wtforms import EmailField, Field, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from idp.contact import parse_email, parse_name
from idp.forms import KeptForm, parsed, trimmed
from idp.habilitations.agents import NouvelAgent, RefusAgent
from idp.habilitations.caisses import caisses
from idp.habilitations.effectif import AgentListe, RefusDeRegler
from idp.habilitations.models import RoleAgent

MOTIF_MAX = 500
REFUS: Mapping[RefusAgent, str] = {
    RefusAgent.SANS_CAISSE: "Cochez au moins une caisse : ce rôle supervise des caisses.",
    RefusAgent.CAISSES_DE_TROP: "Un agent national supervise toutes les caisses : décochez-les.",
    RefusAgent.CAISSE_INCONNUE: "Une de ces caisses n’existe pas.",
    RefusAgent.DEJA_AGENT: "Cette adresse est déjà celle d’un agent.",
}
REFUS_DE_REGLER: Mapping[RefusDeRegler, str] = {
    RefusDeRegler.SOI_MEME: "Un agent ne change pas ses propres droits : un autre agent national le fait.",
    RefusDeRegler.PARTI: "Cet agent n’est plus en poste.",
}


class _Perimetre(KeptForm):
    """A role, and caisses when it is bounded by some."""

    role = RadioField(
        "Rôle",
        [InputRequired("Choisissez un rôle.")],
        choices=[
            SelectChoice(RoleAgent.GESTIONNAIRE, "Gestionnaire des partenaires"),
            SelectChoice(RoleAgent.SUPERVISEUR, "Superviseur"),
            SelectChoice(RoleAgent.NATIONAL, "Agent national (toutes les caisses)"),
        ],
    )
    caisses = SelectMultipleField("Caisses")

    def proposer(self) -> None:
        """Offer every caisse; call before anything else."""
        self.caisses.choices = [
            SelectChoice(une.code, f"{une.libelle} ({une.code})") for une in caisses().values()
        ]

    def refuser(self, refus: RefusAgent | RefusDeRegler) -> None:
        """Say why, beside the field that it is about."""
        if isinstance(refus, RefusDeRegler):
            self.form_errors.append(REFUS_DE_REGLER[refus])
            return
        champ = getattr(self, "email", None) if refus is RefusAgent.DEJA_AGENT else self.caisses
        (champ or self.caisses).errors = (REFUS[refus],)


class CreerAgent(_Perimetre):
    """« Créer un agent »."""

    nom = StringField("Nom", [InputRequired("Saisissez le nom."), Length(max=80)])
    prenom = StringField("Prénom", [InputRequired("Saisissez le prénom."), Length(max=80)])
    email = EmailField("Adresse mail", [InputRequired("Saisissez l’adresse mail.")])

    @classmethod
    def vide(cls) -> "CreerAgent":
        """The form, with every caisse to tick."""
        form = cls()
        form.proposer()
        return form

    def validate_nom(self, field: Field) -> None:
        """A name holds no line break nor control character."""
        parsed(field, parse_name)

    def validate_prenom(self, field: Field) -> None:
        """Likewise."""
        parsed(field, parse_name)

    def validate_email(self, field: Field) -> None:
        """An address that a mail can reach."""
        parsed(field, parse_email)

    def saisie(self) -> NouvelAgent:
        """What was typed; call once valid."""
        return NouvelAgent(
            nom=str(self.nom.data),
            prenom=str(self.prenom.data),
            email=str(self.email.data),
            role=RoleAgent(self.role.data),
            caisses=tuple(self.caisses.data or ()),
        )


class ReglerAgent(_Perimetre):
    """Another role, or other caisses, and why."""

    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )

    @classmethod
    def de(cls, agent: AgentListe) -> "ReglerAgent":
        """The form, filled with what the agent has."""
        form = cls()
        form.proposer()
        if not form.is_filled:
            form.role.data = agent.role
            form.caisses.data = list(agent.caisses)
        return form


class DitesPourquoi(KeptForm):
    """Why an agent leaves, or is given back what they lost."""

    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )
