"""A worker that is killed in the middle of a campaign, again and again, writes to each landlord once."""

import signal
import time
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from dossiers import CAISSE
from factories import a_rattachement, an_account, an_organisme
from flask import Flask
from killed_worker import a_worker, fall_due
from sqlalchemy import func, select

from idp.config import Settings
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.campagnes import conduite
from idp.habilitations.campagnes.conduite import Cible
from idp.habilitations.campagnes.models import Campagne, DestinataireCampagne
from idp.habilitations.campagnes.policy import EtatCampagne, EtatEnvoi, Geste
from idp.habilitations.models import Courrier, Role, RoleAgent

LANDLORDS = 36
RATE = "50"
"""Five mails at a time: they leave in five batches."""
WITHIN_S = 120


def at(campagne_id: UUID) -> Campagne:
    db.session.rollback()
    return db.session.get_one(Campagne, campagne_id, populate_existing=True)


def wait_for(campagne_id: UUID, *, sent: int = 0, etat: EtatCampagne | None = None) -> None:
    deadline = time.monotonic() + WITHIN_S
    while (now := at(campagne_id)).envoyes < sent or (etat and now.etat is not etat):
        assert time.monotonic() < deadline, f"{now.etat}: {now.envoyes} of {sent}"
        # What waits for its minute falls due at once: the pace is not what is tested.
        fall_due()
        time.sleep(0.02)


def test_killed_again_and_again_it_writes_to_each_once(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IDP_CAMPAIGN_RATE", RATE)
    for rang in range(LANDLORDS):
        place = an_account(email=f"bailleur{rang}@exemple.fr" if rang % 3 else None)
        a_rattachement(place, an_organisme(), role=Role.ADMINISTRATEUR)
    agent = AgentVu(an_account(email=None).id, RoleAgent.SUPERVISEUR, (CAISSE,))
    campagne_id = conduite.preparer(agent, Cible("Rappel", (CAISSE,)), datetime.now(UTC))
    db.session.commit()
    with a_worker(settings):
        wait_for(campagne_id, etat=EtatCampagne.PRETE)
    assert conduite.mener(agent, campagne_id, Geste.LANCER, datetime.now(UTC))
    db.session.commit()

    killed_at = []
    for stop_after in (1, LANDLORDS // 3, LANDLORDS // 2):
        with a_worker(settings) as worker:
            wait_for(campagne_id, sent=stop_after)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        killed_at.append(at(campagne_id).envoyes)
        fall_due()
    with a_worker(settings):
        wait_for(campagne_id, etat=EtatCampagne.TERMINEE)

    done = at(campagne_id)
    assert killed_at[1] < LANDLORDS * 2 // 3, "the worker was killed in the middle"
    assert (done.envoyes, done.prepares) == (LANDLORDS * 2 // 3, LANDLORDS // 3)
    sent = select(func.count()).where(DestinataireCampagne.etat == EtatEnvoi.ENVOYE)
    assert db.session.scalar(sent) == LANDLORDS
    letters = Counter(db.session.scalars(select(Courrier.account_id)))
    assert (len(letters), set(letters.values())) == (LANDLORDS // 3, {1})
