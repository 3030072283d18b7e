"""« Textes à accepter »: what a new major version asks of who accepted a former one, before anything else."""

from flask import redirect, render_template, request

from idp import clock
from idp.accounts import entry, gates, onboarding, published_texts, textes
from idp.accounts.gates import Awaiting
from idp.accounts.views import destination
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.destination import TEXTES
from idp.accounts.views.forms import AcceptationForm
from idp.accounts.views.guards import Answer, accepting_texts, the_session
from idp.accounts.views.texts import texte_html


@blueprint.route(TEXTES, methods=["GET", "POST"])
@accepting_texts
def textes_a_accepter() -> Answer:
    """One text at a time, in the order of the first connection; the last one opens the account."""
    session, now = the_session(), clock.now()
    left = textes.outdated(session.account_id)
    form = AcceptationForm()
    # The form says which text was read: a double click accepts no other.
    if left and request.form.get("texte") == left[0] and form.validate_on_submit():
        onboarding.accept(onboarding.the_account(session.account_id), left.pop(0), now)
        form = AcceptationForm(formdata=None)
    if not left:
        awaiting = entry.pass_gate(session, Awaiting.TEXTES, now)
        step = gates.next_login_step(active=True, awaiting=awaiting)
        return redirect(destination.after(step), 303)
    texte = left[0]
    version = published_texts.current(texte)
    return render_template(
        "accounts/textes_a_accepter.html",
        form=form,
        texte=texte,
        titre=published_texts.TITRES[texte],
        corps=texte_html(texte, version.number),
        version=version.number,
        since=version.since,
        left=len(left),
    )
