"""The journal to take away: a spreadsheet of its lines, and a proof that anyone may check.

Files are complete before they leave: a fault in the middle shows its page, and nothing is told to have been taken.
"""

from datetime import date
from io import TextIOWrapper
from tempfile import TemporaryFile

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.calendar_months import add_months
from idp.extensions import ground
from idp.habilitations.journal import export, preuve
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.couteux import couteux
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection
from idp.habilitations.views.partenaire.journal import JOURNAL, filtre_demande, parametres
from idp.habilitations.views.partenaire.telechargement import partir
from idp.journal_proof import ALGORITHM
from idp.spreadsheets.writing import Format

EXPORT = f"{JOURNAL}/export"
PREUVE_MONTHS = 12
"""What the page proposes; any other period may be asked for."""


@blueprint.get(EXPORT)
@administrateur
def exporter_le_journal() -> Answer:
    """Both forms: what was filtered, as a spreadsheet; a period, as a proof."""
    jour = clock.today(clock.now())
    return render_template(
        "habilitations/journal_export.html",
        selection=the_selection(),
        filtre=filtre_demande(),
        parametres=parametres(filtre_demande()),
        form=ConfirmationForm(formdata=None),
        debut=add_months(jour, -PREUVE_MONTHS),
        fin=jour,
        cle=ground().key_ring.signing_key(ALGORITHM).kid,
    )


@blueprint.post(EXPORT)
@administrateur
@couteux("POST")
def journal_exporte() -> Answer:
    """The spreadsheet, in the format that was asked."""
    asked = request.form.get("format", "")
    if asked not in set(Format):
        return redirect(EXPORT, 303)
    format_, now = Format(asked), clock.now()
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    export.ecrire(the_acteur(), filtre_demande(), format_, file, now=now)
    return partir(file, f"journal-{clock.today(now)}.{format_}", format_.media_type)


@blueprint.post(f"{JOURNAL}/preuve")
@administrateur
@couteux("POST")
def preuve_du_journal() -> Answer:
    """The proof of a period; both days are included."""
    debut = request.form.get("du", type=date.fromisoformat)
    fin = request.form.get("au", type=date.fromisoformat)
    if debut is None or fin is None or fin < debut:
        flash("Choisissez deux dates, la première avant la seconde.", "erreur")
        return redirect(EXPORT, 303)
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    texte = TextIOWrapper(file, encoding="utf-8", write_through=True)
    lignes = preuve.ecrire(
        the_acteur(),
        debut,
        fin,
        texte,
        now=clock.now(),
        issuer=ground().settings.issuer,
        key_ring=ground().key_ring,
    )
    texte.detach()
    if not lignes:
        file.close()
        flash(
            "Le journal n’a aucune ligne scellée pour ces dates : il n’y a rien à prouver.", "info"
        )
        return redirect(EXPORT, 303)
    return partir(file, f"preuve-journal-{debut}-{fin}.json", "application/json")
