"""Rotation of the signing keys: no moment without an active key, nothing used before it was seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc import jwt

from idp.key_rotation import (
    PUBLISHED_BEFORE_USE,
    RETIRED_FOR,
    Action,
    Manner,
    plan,
    rotate,
)
from idp.keys import Algorithm, KeyRing, KeyState, StoredKey, ensure_active_keys, read_keys
from idp.oidc.clients.relying_parties import ACCESS_TOKEN_LIFETIME_MAX_S
from idp.oidc.jwks import MAX_AGE_S

ES256 = [Algorithm.ES256]


def _now() -> datetime:
    return datetime.now(UTC)


def _states(folder: Path) -> list[str]:
    return sorted(key.state for key in read_keys(folder) if key.algorithm is Algorithm.ES256)


def _active(folder: Path) -> StoredKey:
    return KeyRing(folder).signing_key(Algorithm.ES256)


def test_a_new_key_is_published_longer_than_clients_keep_the_set_before_it_signs() -> None:
    assert timedelta(seconds=MAX_AGE_S) < PUBLISHED_BEFORE_USE


def test_a_retired_key_outlives_the_longest_token() -> None:
    assert timedelta(seconds=ACCESS_TOKEN_LIFETIME_MAX_S) < RETIRED_FOR


def test_the_first_rotation_publishes_and_the_second_activates(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)
    before = _active(tmp_path)

    first = rotate(tmp_path, now=_now(), algorithms=ES256)
    too_early = rotate(tmp_path, now=_now() + PUBLISHED_BEFORE_USE / 2, algorithms=ES256)
    unchanged = _active(tmp_path).kid
    second = rotate(tmp_path, now=_now() + PUBLISHED_BEFORE_USE * 1.1, algorithms=ES256)

    assert [step.action for step in first] == [Action.PUBLISH]
    assert too_early == []
    assert unchanged == before.kid
    assert [step.action for step in second] == [Action.ACTIVATE, Action.RETIRE, Action.PUBLISH]
    assert _active(tmp_path).kid == (first[0].key and first[0].key.kid)
    assert _states(tmp_path) == ["active", "next", "retired"]


def test_what_the_former_key_signed_verifies_until_it_is_removed(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)
    former = _active(tmp_path)
    token = jwt.encode({"alg": "ES256", "kid": former.kid}, {"sub": "x"}, former.key, ["ES256"])
    ring = KeyRing(tmp_path)

    rotate(tmp_path, now=_now(), manner=Manner.AT_ONCE, algorithms=ES256)
    after_rotation = jwt.decode(token, ring.verification_set(), ["ES256"]).claims
    rotate(tmp_path, now=_now() + RETIRED_FOR, algorithms=ES256)

    assert after_rotation == {"sub": "x"}
    assert former.kid not in {key.kid for key in ring.all()}


def test_an_emergency_withdraws_the_leaked_keys_at_once(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)
    rotate(tmp_path, now=_now(), algorithms=ES256)
    leaked = {key.kid for key in read_keys(tmp_path) if key.algorithm is Algorithm.ES256}

    rotate(tmp_path, now=_now(), manner=Manner.EMERGENCY, algorithms=ES256)

    published = {key["kid"] for key in KeyRing(tmp_path).public_set()["keys"]}
    assert not leaked & published
    assert _states(tmp_path) == ["active", "next"]


def test_a_running_ring_follows_without_restart(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)
    ring = KeyRing(tmp_path)
    before = ring.signing_key(Algorithm.ES256).kid

    rotate(tmp_path, now=_now(), manner=Manner.AT_ONCE, algorithms=ES256)

    assert ring.signing_key(Algorithm.ES256).kid != before


def test_other_algorithms_are_left_alone(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)
    before = {key.kid for key in read_keys(tmp_path) if key.algorithm is not Algorithm.ES256}

    rotate(tmp_path, now=_now(), manner=Manner.AT_ONCE, algorithms=ES256)

    after = {key.kid for key in read_keys(tmp_path) if key.algorithm is not Algorithm.ES256}
    assert after == before


@pytest.mark.parametrize("manner", list(Manner))
def test_the_new_key_is_active_before_the_former_goes(tmp_path: Path, manner: Manner) -> None:
    ensure_active_keys(tmp_path)
    rotate(tmp_path, now=_now(), algorithms=ES256)
    later = datetime.now(UTC) + PUBLISHED_BEFORE_USE

    steps = plan(read_keys(tmp_path), ES256, manner=manner, now=later)

    actions = [step.action for step in steps]
    assert actions[0] is Action.ACTIVATE
    assert set(actions[1:]) <= {Action.RETIRE, Action.REMOVE, Action.PUBLISH}


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_every_algorithm_signs_and_verifies_with_its_own_key(
    tmp_path: Path, algorithm: Algorithm
) -> None:
    ensure_active_keys(tmp_path)
    ring = KeyRing(tmp_path)
    signer = ring.signing_key(algorithm)

    token = jwt.encode({"alg": algorithm, "kid": signer.kid}, {"sub": "x"}, signer.key, [algorithm])

    assert signer.state is KeyState.ACTIVE
    assert jwt.decode(token, ring.verification_set(), [algorithm]).claims == {"sub": "x"}
