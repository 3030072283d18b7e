"""« Mon profil »: what is known of the person, to read."""

from flask import render_template

from idp.accounts import onboarding, textes
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.guards import Answer, signed_in, the_session
from idp.accounts.views.texts import TITRES


@blueprint.get("/profil")
@signed_in
def profil() -> Answer:
    """Identifiant, names, address, telephone, texts accepted."""
    account = onboarding.the_account(the_session().account_id)
    return render_template(
        "accounts/profil.html",
        account=account,
        acceptations=textes.accepted_by(account.id),
        titres=TITRES,
    )
