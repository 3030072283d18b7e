"""`idp habilitations`: what an operator and an agent of the Caf are told of delegation."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories import a_rattachement, an_account, an_agent, an_organisme
from test_cli import Operator

from idp.app import create_app
from idp.config import settings_from
from idp.db import db, transaction
from idp.habilitations import rattachements
from idp.habilitations.administration import successions
from idp.habilitations.models import Rattachement, Role, Voie


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path).installed()


@contextmanager
def rows(operator: Operator) -> Iterator[None]:
    """The database of this operator."""
    app = create_app(settings_from(operator.environ))
    with app.app_context():
        with transaction():
            yield
        db.session.remove()
        db.engine.dispose()


def test_a_sound_database_passes_and_a_broken_one_fails(operator: Operator) -> None:
    sound = operator.types("habilitations", "verify")
    with rows(operator):
        place = a_rattachement(an_account(), an_organisme())
        place.role = Role.RESPONSABLE_HABILITATION

    broken = operator.types("habilitations", "verify")

    assert sound.exit_code == 0
    assert "aucune anomalie" in sound.output
    assert broken.exit_code == 1
    assert "Un responsable d’habilitation a un mandat" in broken.output


def test_an_agent_reads_and_answers_who_asked_the_caf(operator: Operator) -> None:
    now = datetime.now(UTC)
    with rows(operator):
        place = a_rattachement(an_account(family_name="Le Gall"), an_organisme())
        agent = an_agent(email="agent@caf.fr").identifiant
        nobody = an_account(email="x@exemple.fr").identifiant
        selection = rattachements.selection(place.id, now)
        assert selection is not None
        asked = successions.demander(selection, Voie.CAF, "Le gérant est parti", now)
        place_id = place.id

    listed = operator.types("habilitations", "demandes")
    answer = ("habilitations", "repondre", str(asked), "--motif", "Extrait Kbis reçu", "--agent")
    by_nobody = operator.types(*answer, nobody, "--accepter")
    accepted = operator.types(*answer, agent, "--accepter")
    again = operator.types(*answer, agent, "--accepter")
    refused = operator.types(*answer, agent, "--refuser")
    late = operator.types(*answer, agent, "--refuser")

    assert "Le gérant est parti" in listed.output
    assert "pas agent" in by_nobody.output
    assert accepted.exit_code == 0, accepted.output
    assert "un second agent" in again.output
    assert refused.exit_code == 0, refused.output
    assert "déjà reçu une réponse" in late.output
    assert "Aucune demande" in operator.types("habilitations", "demandes").output
    with rows(operator):
        assert db.session.get_one(Rattachement, place_id).role is Role.UTILISATEUR
