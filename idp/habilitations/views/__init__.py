"""Pages of the rights: the accueil and its tiles, the console of the partner administrator."""

from flask import Flask

from idp.habilitations import numeros
from idp.habilitations.personnes import mots
from idp.habilitations.views import (
    accueil,
    administration,
    documents_signes,
    guide,
    identifiant_perdu,
    navigation,
    organisme,
    profil,
)
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf import a_voir as a_voir_caf
from idp.habilitations.views.caf import accueil as accueil_caf
from idp.habilitations.views.caf import actes as actes_caf
from idp.habilitations.views.caf import (
    adresses,
    alertes,
    apercu,
    assistance,
    campagnes,
    contrats,
    conventions,
    coordonnees,
    courriers,
    demandes,
    imports,
    moyen_perdu,
    remplacement,
    reprise,
    resume,
    retours,
    suspensions,
    vue_partenaire,
)
from idp.habilitations.views.caf import agents as agents_caf
from idp.habilitations.views.caf import chiffres as chiffres_caf
from idp.habilitations.views.caf import dossier as dossier_caf
from idp.habilitations.views.caf import fusion as fusion_caf
from idp.habilitations.views.caf import guide as guide_caf
from idp.habilitations.views.caf import journal as journal_caf
from idp.habilitations.views.caf import organismes as organismes_caf
from idp.habilitations.views.caf import personnes as personnes_caf
from idp.habilitations.views.partenaire import (
    administrateurs,
    echeances,
    export,
    fiche,
    groupes,
    identite,
    import_utilisateurs,
    journal,
    journal_export,
    membres,
    pourquoi,
    responsables,
    revue,
    revue_fin,
    services_prevenus,
    sous_groupes,
    utilisateurs,
)

PAGES = (
    accueil,
    accueil_caf,
    administrateurs,
    administration,
    adresses,
    a_voir_caf,
    actes_caf,
    agents_caf,
    alertes,
    apercu,
    assistance,
    campagnes,
    chiffres_caf,
    courriers,
    contrats,
    conventions,
    coordonnees,
    demandes,
    documents_signes,
    dossier_caf,
    echeances,
    export,
    fiche,
    fusion_caf,
    groupes,
    guide,
    guide_caf,
    identifiant_perdu,
    identite,
    import_utilisateurs,
    imports,
    journal,
    journal_caf,
    journal_export,
    membres,
    organisme,
    organismes_caf,
    personnes_caf,
    moyen_perdu,
    remplacement,
    reprise,
    resume,
    retours,
    suspensions,
    pourquoi,
    profil,
    responsables,
    revue,
    revue_fin,
    services_prevenus,
    sous_groupes,
    utilisateurs,
    vue_partenaire,
)


def init_app(app: Flask) -> None:
    """Register the pages and the menu bar."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(
        role_fr=mots.ROLES.__getitem__,
        siret=numeros.format_siret,
        numero_utilisateur=numeros.format_numero_utilisateur,
    )
    app.context_processor(navigation.template_context)
    app.context_processor(lambda: {"avis_de_revue": revue.avis_de_revue})
