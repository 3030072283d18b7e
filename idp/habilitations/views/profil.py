"""The pages of « Mon profil » that tell of organismes; the others are in ``idp/accounts``."""

from uuid import UUID

from flask import make_response, render_template, request

from idp import clock
from idp.accounts import onboarding
from idp.accounts.views.guards import Answer, recently_signed_in, signed_in, the_session
from idp.errors import NotHere
from idp.habilitations.explications import explication
from idp.habilitations.personnes import mes_donnees, mes_habilitations
from idp.habilitations.personnes.mes_donnees import Format
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.reponse_a_pourquoi import reponse
from idp.services import services


@blueprint.get("/profil/habilitations")
@signed_in
def profil_habilitations() -> Answer:
    """The person's organismes, roles and groups, with dates and who granted them."""
    return render_template(
        "habilitations/profil_habilitations.html",
        organismes=mes_habilitations.de(the_session().account_id, clock.now()),
        services=services(),
    )


@blueprint.get("/profil/habilitations/<uuid:rattachement_id>/pourquoi/<service>")
@signed_in
def profil_pourquoi(rattachement_id: UUID, service: str) -> Answer:
    """Why the person may open this service or not, for one of their organismes."""
    if not mes_habilitations.est_de(rattachement_id, the_session().account_id):
        raise NotHere("Cette page n’existe pas, ou n’est pas à votre nom.")
    return reponse(
        rattachement_id,
        service,
        acteur=None,
        explication=explication,
        qui=None,
        retour="/profil/habilitations",
        selection=None,
    )


_TYPES = {Format.JSON: "application/json", Format.PDF: "application/pdf"}


@blueprint.route("/profil/mes-donnees", methods=["GET", "POST"])
@recently_signed_in
def profil_mes_donnees() -> Answer:
    """What the copy holds, and the copy itself in the format that was asked."""
    asked = request.form.get("format", "")
    if request.method == "GET" or asked not in set(Format):
        return render_template("habilitations/profil_mes_donnees.html")
    format_ = Format(asked)
    account = onboarding.the_account(the_session().account_id)
    response = make_response(mes_donnees.copie(account, format_, clock.now()))
    response.content_type = _TYPES[format_]
    name = f"mon-compte-partenaire-mes-donnees.{format_}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
