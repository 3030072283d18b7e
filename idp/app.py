"""``create_app``: the one place where the parts are wired."""

from pathlib import Path

from flask import Flask

from idp import db, demo, health, journal_retention, mail, throttle, web
from idp.accounts import bounces, bursts, drafts, recovery, retention
from idp.accounts import views as accounts_views
from idp.accounts.factors import models as _rows_of_the_factors  # noqa: F401 - known to migrations
from idp.accounts.factors import passkeys, totp, trusted_browsers
from idp.accounts.ports import Ports
from idp.config import Settings, settings_of_this_process
from idp.crypto import SecretBox
from idp.extensions import Ground, csrf
from idp.habilitations import acces_refuses, oubli
from idp.habilitations import views as habilitations_views
from idp.habilitations.administration.administrateurs import OrganismesDesComptes
from idp.habilitations.assistance import vue
from idp.habilitations.campagnes import envoi as campagnes
from idp.habilitations.campagnes import suivi as suivi_des_campagnes
from idp.habilitations.chiffres import releve
from idp.habilitations.conventions import echeances as echeances_des_conventions
from idp.habilitations.courriers import preparation, retrait
from idp.habilitations.effets import avis, fins
from idp.habilitations.import_organismes import depot as depot_d_organismes
from idp.habilitations.import_organismes import execution as import_organismes
from idp.habilitations.import_organismes import oubli as oubli_des_imports_d_organismes
from idp.habilitations.import_utilisateurs import execution as import_utilisateurs
from idp.habilitations.import_utilisateurs import oubli as oubli_des_imports
from idp.habilitations.personnes import rappels, recuperation
from idp.habilitations.ports import HabilitationPorts
from idp.habilitations.resume import envoi as resume
from idp.habilitations.revues import cloture, ouverture
from idp.habilitations.revues import oubli as oubli_des_revues
from idp.habilitations.revues import rappels as rappels_des_revues
from idp.habilitations.supervision import avis_de_mot_de_passe, operations, sans_administrateur
from idp.keys import KeyRing
from idp.oidc import endpoints
from idp.oidc.authorization.demandes import DemandesOidc
from idp.oidc.logout import backchannel_logout
from idp.oidc.logout.endings import AccesAuxServices, RelyingPartiesOfSessions
from idp.oidc.tokens.preview import ApercusDesServices
from idp.scim import endpoints as scim
from idp.scim.clients import ScimClients

PACKAGE = Path(__file__).parent


def _templates_folder() -> Path:
    # Installed, the templates are the package idp.templates; in a checkout they are at the top level.
    installed = PACKAGE / "templates"
    return installed if installed.is_dir() else PACKAGE.parent / "templates"


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application; raises ``ConfigurationError`` with every problem at once."""
    settings = settings or settings_of_this_process()
    app = Flask("idp", root_path=str(PACKAGE), template_folder=str(_templates_folder()))
    app.extensions["ground"] = Ground(
        settings, SecretBox(settings.secret_key), KeyRing(settings.keys_dir)
    )
    web.init_app(app, settings)
    db.init_app(app, settings.database_url)
    csrf.init_app(app)
    mail.init_app(app, settings.mail_url)
    app.extensions["outbox_handlers"] = {
        mail.KIND: bounces.deliver,
        recovery.KIND: recovery.answer,
        recuperation.KIND: recuperation.repondre,
        cloture.KIND: cloture.livrer,
        backchannel_logout.KIND: backchannel_logout.deliver,
        import_utilisateurs.KIND: import_utilisateurs.poursuivre,
        preparation.KIND: preparation.fabriquer,
        depot_d_organismes.KIND: import_organismes.poursuivre,
        operations.KIND: operations.poursuivre,
        avis_de_mot_de_passe.KIND: avis_de_mot_de_passe.poursuivre,
        campagnes.KIND: campagnes.poursuivre,
    }
    app.extensions["outbox_own_work"] = frozenset(
        {
            import_utilisateurs.KIND,
            preparation.KIND,
            depot_d_organismes.KIND,
            operations.KIND,
            avis_de_mot_de_passe.KIND,
            campagnes.KIND,
        }
    )
    app.extensions["chores"] = [
        retention.warn_idle,
        retention.anonymise_idle,
        retention.anonymise_closed,
        avis.oublier,
        rappels.rappeler,
        oubli.oublier,
        vue.oublier,
        suivi_des_campagnes.oublier,
        oubli_des_imports.oublier,
        oubli_des_imports_d_organismes.oublier,
        retrait.effacer,
        ouverture.ouvrir_celles_qui_sont_dues,
        rappels_des_revues.rappeler,
        cloture.echoir,
        cloture.poursuivre,
        oubli_des_revues.oublier,
        sans_administrateur.relever,
        journal_retention.forget,
        throttle.forget,
        drafts.forget,
        passkeys.forget_challenges,
        totp.forget_pending,
        trusted_browsers.forget_expired,
    ]
    app.extensions["watches"] = [
        bursts.watch,
        fins.veiller,
        echeances_des_conventions.veiller,
        suivi_des_campagnes.relever_les_refus,
        releve.relever,
        acces_refuses.compter,
        resume.envoyer,
    ]
    health.init_app(app)
    demo.init_app(app, settings)
    accounts_views.init_app(app)
    habilitations_views.init_app(app)
    endpoints.init_app(app, ScimClients())
    scim.init_app(app)
    demandes = DemandesOidc(app.extensions["relying_parties"])
    app.extensions["account_ports"] = Ports(
        OrganismesDesComptes(), demandes, RelyingPartiesOfSessions()
    )
    app.extensions["habilitation_ports"] = HabilitationPorts(
        AccesAuxServices(), ApercusDesServices()
    )
    return app
