"""What is said of each event: one ``Phrase`` a name, of this layer and of those above which tell of an organisme.

In a model, ``{a}`` is who acts with their verb (« Claire Martin a », « Vous avez »), ``{est}`` the same with
« est », ``{personne}`` whom it is about; ``{programme}``, ``{groupe}``, ``{groupes}`` and ``{service}`` are what
is named in the event; any other word between braces is a field of the event. ``phrases.py`` fills them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from idp.habilitations.journal.faits import Fait, Famille, enumeres, jour, majuscule

Modele = str | Callable[[Fait], str]


@dataclass(frozen=True, slots=True)
class Phrase:
    """How an event is told, and in which family it is."""

    famille: Famille
    modele: Modele
    detail: Callable[[Fait], str] = lambda fait: ""


_MOBILITES = {
    "sedentaire": "sédentaire (possède un poste fixe)",
    "itinerant": "itinérant (poste de travail variable)",
}
_COURRIERS = {
    "identifiant": "de l’identifiant",
    "secret": "du mot de passe provisoire",
    "rappel": "de rappel du N° utilisateur",
    "remplacement": "qui annonce le nouvel administrateur",
    "designation": "qui annonce l’administrateur désigné",
    "delegation_retiree": "qui annonce que la Caf gère les utilisateurs",
    "delegation_rendue": "qui annonce que la Caf rend la gestion des utilisateurs",
}
_ROLES = {
    "administrateur": "administrateur",
    "responsable_habilitation": "responsable d’habilitation",
    "utilisateur": "utilisateur",
}


def _organisme_importe(fait: Fait) -> str:
    fin = "enregistré votre organisme" if fait.data.get("cree") else "mis à jour votre organisme"
    return "{a} " + fin + " (fichier de la Caf {caisse})"


_CHAMPS = {
    "raison_sociale": "la raison sociale",
    "siret": "le SIRET",
    "adresse": "l’adresse",
    "email": "l’adresse mail",
    "type": "le type",
    "numero": "les N° utilisateur",
}


def _organisme_modifie(fait: Fait) -> str:
    champs = enumeres(_CHAMPS.get(champ, champ) for champ in fait.data.get("champs") or ())
    return "{a} modifié " + (champs or "le dossier") + " de votre organisme"


def _organismes_reunis(fait: Fait) -> str:
    if fait.data.get("garde"):
        return "{a} réuni l’organisme « {autre} » au vôtre"
    return "{a} réuni votre organisme à « {autre} »"


def _utilisateur_cree(fait: Fait) -> str:
    return "{a} créé {personne}" + (
        ", dans {groupes}" if fait.data.get("groupes") else ", sans groupe"
    )


def _identifiants_renvoyes(fait: Fait) -> str:
    if fait.personne:
        return "{a} renvoyé ses identifiants à {personne}"
    return "Quelqu’un a demandé les identifiants de votre organisme avec son N° utilisateur"


def _envois(fait: Fait) -> str:
    return (
        f"Courriels : {fait.data.get('courriels', 0)} ; courriers : {fait.data.get('courriers', 0)}"
    )


def _dates(fait: Fait) -> str:
    cloture = fait.data.get("cloture")
    poste = _MOBILITES.get(str(fait.data.get("mobilite")), str(fait.data.get("mobilite")))
    return (
        f"Ouverture : {jour(fait.data.get('ouverture'))} ; "
        f"clôture : {jour(cloture) if cloture else 'sans'} ; poste : {poste}"
    )


def _dates_de_groupe(fait: Fait) -> str:
    # What was given before groups had dates of their own tells none.
    debut, fin = fait.data.get("debut"), fait.data.get("fin")
    return f"Du {jour(debut)}, {f'au {jour(fin)}' if fin else 'sans fin'}" if debut else ""


def _compte_importe(fait: Fait) -> str:
    role = _ROLES.get(str(fait.data.get("role")), "utilisateur")
    return "{a} repris {personne} d’un autre système, comme " + role


def _mandat_donne(fait: Fait) -> str:
    if fait.data.get("rattachement_id"):
        return "{a} désigné {personne} responsable d’habilitation, pour {groupes}"
    return "{a} donné un mandat au programme {programme}, pour {groupes}"


def _mandat_retire(fait: Fait) -> str:
    if fait.data.get("rattachement_id"):
        return "{a} mis fin au mandat {de_personne}, responsable d’habilitation"
    return "{a} mis fin au mandat du programme {programme}"


def _bornes(fait: Fait) -> str:
    creer = "crée des utilisateurs" if fait.data.get("peut_creer") else "ne crée pas d’utilisateurs"
    fin = fait.data.get("fin")
    return f"Fin : {jour(fin) if fin else 'sans'} ; {creer}"


def _preuve(fait: Fait) -> str:
    jours = f"Du {jour(fait.data.get('debut'))} au {jour(fait.data.get('fin'))}"
    return f"{jours} ; lignes : {fait.data.get('lignes')} ; clé : {fait.data.get('cle')}"


def _courrier(fait: Fait) -> str:
    courrier = _COURRIERS.get(str(fait.data.get("type")), "{type}")
    return "{a} imprimé le courrier " + courrier + (" pour {personne}" if fait.personne else "")


def _courrier_sans_objet(fait: Fait) -> str:
    courrier = _COURRIERS.get(str(fait.data.get("type")), "{type}")
    pour = " pour {personne}" if fait.personne else ""
    return "{a} laissé de côté le courrier " + courrier + pour + ", qui n’ouvrirait plus rien"


def _courrier_retourne(fait: Fait) -> str:
    courrier = _COURRIERS.get(str(fait.data.get("type")), "{type}")
    return "Le courrier " + courrier + " est revenu à la Caf : adresse à vérifier"


def _courrier_classe(fait: Fait) -> str:
    courrier = _COURRIERS.get(str(fait.data.get("type")), "{type}")
    return "{a} classé le courrier " + courrier + ", revenu, sans y donner suite"


def _courrier_reemis(fait: Fait) -> str:
    courrier = _COURRIERS.get(str(fait.data.get("type")), "{type}")
    return (
        "{a} fait refaire le courrier " + courrier + (" pour {personne}" if fait.personne else "")
    )


_DEMANDES = {
    "proposition": "{a} proposé à {personne} de devenir administrateur",
    "cooptation": "{personne} a demandé aux administrateurs de devenir administrateur",
    "caf": "{personne} a demandé à la Caf de devenir administrateur",
}
_DECISIONS = {
    "acceptee": "{a} accepté {que_personne} devienne administrateur",
    "refusee": "{a} refusé {que_personne} devienne administrateur",
    "annulee": "{a} retiré la demande qui concernait {personne}",
}


# A proposal is answered by the person it was made to, nobody else.
_REPONSES = {
    "acceptee": "{a} accepté de devenir administrateur",
    "refusee": "{a} refusé de devenir administrateur",
}


def _succession_demandee(fait: Fait) -> str:
    return _DEMANDES.get(str(fait.data.get("voie")), _DEMANDES["proposition"])


def _succession_decidee(fait: Fait) -> str:
    etat = str(fait.data.get("etat"))
    if fait.data.get("voie") == "proposition" and etat in _REPONSES:
        return _REPONSES[etat]
    return _DECISIONS.get(etat, _DECISIONS["annulee"])


def _succession_appuyee(fait: Fait) -> str:
    if fait.data.get("retiree"):
        return "{a} retiré sa proposition {que_personne} devienne administrateur"
    return "{a} proposé {que_personne} devienne administrateur : un second agent décide"


def _ouvre(fait: Fait) -> str:
    return f"« {fait.data.get('libelle', '')} » : {_groupes_nommes(fait, 'ouvre')}"


def _composition(fait: Fait) -> str:
    changes = {
        "Ajouté": _groupes_nommes(fait, "ajoute"),
        "retiré": _groupes_nommes(fait, "retire"),
    }
    dits = [f"{mot} : {noms}" for mot, noms in changes.items() if noms]
    return majuscule(" ; ".join([*dits, f"membres : {fait.data.get('membres', 0)}"]))


def _groupes_nommes(fait: Fait, champ: str) -> str:
    return enumeres(map(fait.groupe, fait.data.get(champ) or ()))


_IMPORTS = {
    "termine": "L’import d’utilisateurs est terminé",
    "annule": "{a} arrêté un import d’utilisateurs",
    "arrete": "L’import d’utilisateurs s’est interrompu : son auteur ne gère plus les habilitations",
}


def _import_fini(fait: Fait) -> str:
    return _IMPORTS.get(str(fait.data.get("etat")), "L’import d’utilisateurs est fini")


def _import(fait: Fait) -> str:
    return (
        f"Créés : {fait.data.get('creations', 0)} ; complétés : {fait.data.get('ajouts', 0)} ; "
        f"refusés : {fait.data.get('refus', 0)}"
    )


def _ligne_revue(fait: Fait) -> str:
    return {
        "garder": "{a} répondu, dans la revue, {que_personne} garde son accès",
        "retirer": "{a} répondu, dans la revue, que l’accès {de_personne} est à retirer",
    }.get(str(fait.data.get("reponse")), "{a} annulé, dans la revue, la réponse pour {personne}")


def _sans_risque_gardes(fait: Fait) -> str:
    return "{a} gardé, dans la revue, " + _acces(fait, "personnes") + " sans rien à signaler"


def _revue_terminee(fait: Fait) -> str:
    return (
        f"Accès à retirer : {fait.data.get('retraits', 0)} ;"
        f" sans réponse : {fait.data.get('sans_reponse', 0)}"
    )


def _revue_close(fait: Fait) -> str:
    return (
        f"Gardés : {fait.data.get('gardees', 0)} ; retirés : {fait.data.get('retirees', 0)} ;"
        f" sans réponse : {fait.data.get('caduques', 0)}"
    )


def _acces(fait: Fait, champ: str) -> str:
    combien = fait.data.get(champ, 0)
    return "1 accès" if combien == 1 else f"{combien} accès"


_ETATS_DE_CONVENTION = {
    "brouillon": "préparé la convention",
    "a_signer": "mis à la signature la convention",
    "validee": "validé la convention",
    "refusee": "noté le refus de la convention",
    "abandonnee": "abandonné la convention",
    "suspendue": "suspendu à titre conservatoire la convention",
    "resiliee": "résilié la convention",
}
_CIBLES = {
    "utilisateur": "l’accès {de_personne}",
    "groupe": "le groupe « {libelle} »",
    "contrat": "le contrat de service « {libelle} »",
    "convention": "la convention « {libelle} »",
    "organisme": "tous les accès de votre organisme",
    "service": "le service « {libelle} » pour tous ses partenaires",
}


def _convention_passee(fait: Fait) -> str:
    if fait.data.get("vers") == "echue" and not fait.data.get("motif"):
        return "La convention « {libelle} » est arrivée à son terme"
    if fait.data.get("vers") == "echue":
        return "{a} mis fin à la convention « {libelle} », renouvelée"
    if fait.data.get("vers") == "resiliee" and not fait.data.get("motif"):
        return "La convention « {libelle} » est résiliée depuis ce jour"
    fait_de_la_caf = _ETATS_DE_CONVENTION.get(str(fait.data.get("vers")), "changé la convention")
    return "{a} " + fait_de_la_caf + " « {libelle} »"


def _motif(fait: Fait) -> str:
    motif = fait.data.get("motif")
    return f"Motif : {motif}" if motif else ""


def _motif_et_effet(fait: Fait) -> str:
    effet = fait.data.get("effet")
    dits = [f"dernier jour : {jour(effet)}"] if effet else []
    return majuscule(" ; ".join(filter(None, [_motif(fait), *dits])))


def _motif_et_fin(fait: Fait) -> str:
    fin = fait.data.get("fin")
    return f"{_motif(fait)} ; {f'elle court jusqu’au {jour(fin)}' if fin else 'elle court sans date de fin'}"


def _dates_et_motif(fait: Fait) -> str:
    avant = _periode(fait.data.get("debut_avant"), fait.data.get("fin_avant"))
    apres = _periode(fait.data.get("debut"), fait.data.get("fin"))
    return f"{_motif(fait)} ; {apres}, et non plus {avant}"


def _periode(debut: object, fin: object) -> str:
    return f"du {jour(debut)} au {jour(fin)}" if fin else f"depuis le {jour(debut)}, sans fin"


def _groupes_et_motif(fait: Fait) -> str:
    dits = [_motif(fait), f"Groupes : {_groupes_nommes(fait, 'groupes')}"]
    return ". ".join(filter(None, dits))


def _contrat_ouvert(fait: Fait) -> str:
    if fait.data.get("ajout"):
        return "{a} ajouté des groupes au contrat du service {service}"
    return "{a} ouvert un contrat pour le service {service}"


def _contrat_clos(fait: Fait) -> str:
    verbe = "rouvert" if fait.data.get("rouvert") else "clos"
    return "{a} " + verbe + " le contrat du service {service}"


def _suspension(fait: Fait) -> str:
    return "{a} suspendu à titre conservatoire " + _CIBLES.get(
        str(fait.data.get("cible")), "{libelle}"
    )


def _levee(fait: Fait) -> str:
    return "{a} levé la suspension qui visait " + _CIBLES.get(
        str(fait.data.get("cible")), "{libelle}"
    )


def _delegation(fait: Fait) -> str:
    if fait.data.get("rendue"):
        return "{a} rendu à votre organisme la gestion de ses habilitations"
    return "{a} repris la gestion des habilitations de votre organisme"


def _mot_de_passe_impose(fait: Fait) -> str:
    if fait.personne:
        return "{a} demandé à {personne} de choisir un autre mot de passe"
    return "{a} demandé à tous vos utilisateurs de choisir un autre mot de passe"


_REMPLACEMENTS = {
    "acceptee": "{a} donné son accord au remplacement de votre administrateur",
    "refusee": "{a} refusé le remplacement de votre administrateur",
    "annulee": "{a} retiré la demande de remplacement de votre administrateur",
}


def _remplacement(fait: Fait) -> str:
    return _REMPLACEMENTS.get(str(fait.data.get("etat")), _REMPLACEMENTS["annulee"])


PHRASES: dict[str, Phrase] = {
    "utilisateur_cree": Phrase(Famille.PERSONNES, _utilisateur_cree),
    "compte_importe": Phrase(Famille.PERSONNES, _compte_importe),
    "rattachement_modifie": Phrase(
        Famille.PERSONNES,
        "{a} modifié les dates ou le poste de travail {de_personne}",
        _dates,
    ),
    "identite_corrigee": Phrase(
        Famille.PERSONNES, "{a} corrigé l’identité ou l’adresse mail {de_personne}"
    ),
    "rattachement_suspendu": Phrase(Famille.PERSONNES, "{a} suspendu l’accès {de_personne}"),
    "rattachement_repris": Phrase(Famille.PERSONNES, "{a} rétabli l’accès {de_personne}"),
    "rattachement_clos": Phrase(Famille.PERSONNES, "{a} clos l’accès {de_personne}"),
    "rattachement_rouvert": Phrase(Famille.PERSONNES, "{a} rouvert l’accès {de_personne}"),
    "identifiants_renvoyes": Phrase(Famille.PERSONNES, _identifiants_renvoyes, _envois),
    "organisme_choisi": Phrase(Famille.PERSONNES, "{a} choisi de travailler pour votre organisme"),
    "habilitation_donnee": Phrase(
        Famille.GROUPES, "{a} mis {personne} dans {groupe}", _dates_de_groupe
    ),
    "habilitation_datee": Phrase(
        Famille.GROUPES, "{a} changé les dates {de_personne} dans {groupe}", _dates_de_groupe
    ),
    "habilitation_retiree": Phrase(Famille.GROUPES, "{a} retiré {personne} de {groupe}"),
    "administrateur_designe": Phrase(
        Famille.DELEGATION,
        "{est} devenu administrateur de votre organisme, à sa première connexion",
    ),
    "succession_demandee": Phrase(Famille.DELEGATION, _succession_demandee),
    "succession_decidee": Phrase(Famille.DELEGATION, _succession_decidee, _motif),
    "succession_appuyee": Phrase(Famille.DELEGATION, _succession_appuyee, _motif),
    "sous_groupe_cree": Phrase(Famille.GROUPES, "{a} créé le sous-groupe {groupe}", _ouvre),
    "sous_groupe_renomme": Phrase(
        Famille.GROUPES,
        "{a} renommé le sous-groupe {groupe}",
        lambda fait: f"« {fait.data.get('avant', '')} » devient « {fait.data.get('apres', '')} »",
    ),
    "sous_groupe_compose": Phrase(
        Famille.GROUPES, "{a} changé ce qu’ouvre le sous-groupe {groupe}", _composition
    ),
    "sous_groupe_supprime": Phrase(
        Famille.GROUPES,
        "{a} supprimé le sous-groupe {groupe}",
        lambda fait: (
            f"« {fait.data.get('libelle', '')} » ; membres : {fait.data.get('membres', 0)}"
        ),
    ),
    "administrateur_nomme": Phrase(
        Famille.DELEGATION, "{personne} est devenu administrateur de votre organisme"
    ),
    "administrateur_retire": Phrase(
        Famille.DELEGATION, "{a} retiré à {personne} le rôle d’administrateur"
    ),
    "mandat_donne": Phrase(Famille.DELEGATION, _mandat_donne, _bornes),
    "mandat_retire": Phrase(Famille.DELEGATION, _mandat_retire),
    "seul_administrateur_inactif": Phrase(
        Famille.DELEGATION,
        "{personne}, seul administrateur de votre organisme, ne s’est pas connecté depuis longtemps",
    ),
    "revue_ouverte": Phrase(
        Famille.REVUE,
        "{a} ouvert la revue des habilitations",
        lambda fait: (
            f"Personnes : {fait.data.get('personnes', 0)} ; à faire avant le {jour(fait.data.get('echeance'))}"
        ),
    ),
    "revue_rappelee": Phrase(
        Famille.REVUE,
        "{a} rappelé la revue des habilitations aux administrateurs",
        lambda fait: f"Sans réponse : {fait.data.get('restent', 0)}",
    ),
    "ligne_revue": Phrase(Famille.REVUE, _ligne_revue),
    "sans_risque_gardes": Phrase(Famille.REVUE, _sans_risque_gardes),
    "revue_terminee": Phrase(
        Famille.REVUE, "{a} terminé la revue des habilitations", _revue_terminee
    ),
    "acces_caduc": Phrase(
        Famille.REVUE, "{a} retiré ses groupes à {personne}, sans réponse dans la revue"
    ),
    "acces_retabli": Phrase(
        Famille.REVUE, "{a} rétabli les groupes {de_personne}, perdus à la fin de la revue"
    ),
    "revue_close": Phrase(
        Famille.REVUE, "Le compte rendu de la revue des habilitations est signé", _revue_close
    ),
    "suspension_decidee": Phrase(Famille.SUPERVISION, _suspension, _motif),
    "suspension_levee": Phrase(Famille.SUPERVISION, _levee, _motif),
    "delegation_retiree": Phrase(Famille.SUPERVISION, _delegation, _motif),
    "mot_de_passe_impose": Phrase(Famille.SUPERVISION, _mot_de_passe_impose, _motif),
    "remplacement_demande": Phrase(
        Famille.SUPERVISION, "{a} demandé le remplacement de votre administrateur", _motif
    ),
    "remplacement_decide": Phrase(Famille.SUPERVISION, _remplacement, _motif),
    "convention_passee": Phrase(Famille.DOSSIER, _convention_passee, _motif_et_effet),
    "resiliation_annulee": Phrase(
        Famille.DOSSIER, "{a} annulé la résiliation de la convention « {libelle} »", _motif_et_fin
    ),
    "dates_de_convention_corrigees": Phrase(
        Famille.DOSSIER, "{a} corrigé les dates de la convention « {libelle} »", _dates_et_motif
    ),
    "caisse_qui_ecrit_changee": Phrase(
        Famille.DOSSIER, "{a} confié à la {libelle} d’écrire à votre organisme", _motif
    ),
    "groupe_ferme": Phrase(Famille.DOSSIER, "{a} fermé le groupe « {libelle} »", _motif),
    "contrat_ouvert": Phrase(
        Famille.DOSSIER,
        _contrat_ouvert,
        _groupes_et_motif,
    ),
    "contrat_clos": Phrase(Famille.DOSSIER, _contrat_clos, _motif),
    "dossier_consulte": Phrase(Famille.DOSSIER, "{a} consulté le dossier {de_personne}"),
    "vue_partenaire_ouverte": Phrase(
        Famille.DOSSIER,
        "{a} ouvert une vue, en lecture seule, de ce que voit {personne}",
        _motif,
    ),
    "vue_partenaire_consultee": Phrase(
        Famille.DOSSIER, "{a} regardé la page « {page} » telle que la voit {personne}"
    ),
    "vue_partenaire_fermee": Phrase(Famille.DOSSIER, "{a} fermé la vue de ce que voit {personne}"),
    "moyen_perdu_demande": Phrase(
        Famille.DOSSIER,
        "{a} demandé le retrait du moyen de double authentification {de_personne} ; un second agent décide",
        _motif,
    ),
    "moyen_perdu_retire": Phrase(
        Famille.DOSSIER,
        "{a} retiré le moyen de double authentification {de_personne}, avec l’accord de deux agents",
    ),
    "moyen_perdu_abandonne": Phrase(
        Famille.DOSSIER,
        "{a} renoncé à retirer le moyen de double authentification {de_personne}",
    ),
    "attente_levee": Phrase(
        Famille.DOSSIER, "{a} levé l’attente {de_personne} après des essais de connexion manqués"
    ),
    "organisme_importe": Phrase(Famille.DOSSIER, _organisme_importe),
    "organisme_cree": Phrase(
        Famille.DOSSIER, "{a} enregistré votre organisme (Caf {caisse})", _motif
    ),
    "organismes_reunis": Phrase(Famille.DOSSIER, _organismes_reunis, _motif),
    "organismes_separes": Phrase(
        Famille.DOSSIER, "{a} séparé du vôtre l’organisme « {autre} »", _motif
    ),
    "adresse_confirmee": Phrase(
        Famille.DOSSIER, "{a} confirmé l’adresse à laquelle ses courriers partent"
    ),
    "organisme_modifie": Phrase(Famille.DOSSIER, _organisme_modifie, _motif),
    "courrier_exporte": Phrase(
        Famille.DOSSIER, _courrier, lambda fait: f"Lot {fait.data.get('lot', '')}"
    ),
    "courrier_sans_objet": Phrase(Famille.DOSSIER, _courrier_sans_objet),
    "courrier_retourne": Phrase(
        Famille.DOSSIER,
        _courrier_retourne,
        lambda fait: f"Référence {fait.data.get('reference', '')}",
    ),
    "courrier_classe": Phrase(
        Famille.DOSSIER, _courrier_classe, lambda fait: f"Motif : {fait.data.get('motif', '')}"
    ),
    "courrier_reemis": Phrase(
        Famille.DOSSIER, _courrier_reemis, lambda fait: f"Motif : {fait.data.get('motif', '')}"
    ),
    "utilisateurs_exportes": Phrase(
        Famille.DONNEES,
        "{a} exporté la liste des utilisateurs",
        lambda fait: (
            f"{fait.data.get('nombre', 0)} personnes, format {fait.data.get('format', '')}"
        ),
    ),
    "import_lance": Phrase(
        Famille.DONNEES,
        "{a} lancé un import d’utilisateurs",
        lambda fait: f"Lignes du fichier : {fait.data.get('lignes', 0)}",
    ),
    "import_fini": Phrase(Famille.DONNEES, _import_fini, _import),
    "journal_exporte": Phrase(
        Famille.DONNEES,
        "{a} exporté le journal",
        lambda fait: f"Lignes : {fait.data.get('lignes')} ; format : {fait.data.get('format')}",
    ),
    "preuve_telechargee": Phrase(Famille.DONNEES, "{a} téléchargé une preuve du journal", _preuve),
    "authorization_granted": Phrase(Famille.SERVICES, "{a} ouvert le service {service}"),
    "authorization_refused": Phrase(
        Famille.SERVICES, "{personne} n’a pas pu ouvrir le service {service}"
    ),
    "token_issued": Phrase(
        Famille.SERVICES, "Le service {service} a reçu les droits {de_personne}"
    ),
}
