"""Pages of the rights: the accueil and its tiles, the console of the partner administrator."""

from flask import Flask

from idp.habilitations.views import (
    accueil,
    administration,
    identifiant_perdu,
    navigation,
    organisme,
    profil,
)
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.partenaire import (
    administrateurs,
    echeances,
    export,
    fiche,
    import_utilisateurs,
    journal,
    journal_export,
    responsables,
    services_prevenus,
    sous_groupes,
    revue,
    utilisateurs,
)

PAGES = (
    accueil,
    administrateurs,
    administration,
    echeances,
    export,
    fiche,
    identifiant_perdu,
    import_utilisateurs,
    journal,
    journal_export,
    organisme,
    profil,
    responsables,
    services_prevenus,
    sous_groupes,
    revue,
    utilisateurs,
)


def init_app(app: Flask) -> None:
    """Register the pages and the menu bar."""
    app.register_blueprint(blueprint)
    app.context_processor(navigation.template_context)
