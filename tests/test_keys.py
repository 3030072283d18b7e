"""Signing keys: drawn, read, refused when others could read them."""

from pathlib import Path

import pytest

from idp.errors import ConfigurationError
from idp.keys import Algorithm, KeyRing, KeyState, create_key, ensure_active_keys, read_keys


def test_one_active_key_per_algorithm_is_drawn_once(tmp_path: Path) -> None:
    drawn = ensure_active_keys(tmp_path)

    assert {key.algorithm for key in drawn} == set(Algorithm)
    assert ensure_active_keys(tmp_path) == []
    assert len(read_keys(tmp_path)) == len(Algorithm)


def test_files_are_their_owner_s_alone(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)

    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_key_that_others_can_read_is_refused_and_all_problems_told(tmp_path: Path) -> None:
    ensure_active_keys(tmp_path)
    paths = sorted(tmp_path.glob("*.pem"))[:2]
    paths[0].chmod(0o644)
    paths[1].write_text("not a key")

    with pytest.raises(ConfigurationError) as refused:
        read_keys(tmp_path)

    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        path.name for path in paths
    ]
    assert "chmod 600" in refused.value.problems[0]


@pytest.mark.parametrize(
    "name", ["active.RS256.pem", "active.HS256.kid.pem", "spare.RS256.kid.pem"]
)
def test_file_whose_name_says_nothing_is_refused(tmp_path: Path, name: str) -> None:
    key = create_key(tmp_path, Algorithm.RS256, KeyState.ACTIVE)
    (tmp_path / f"active.RS256.{key.kid}.pem").rename(tmp_path / name)

    with pytest.raises(ConfigurationError):
        read_keys(tmp_path)


def test_only_an_active_key_signs(tmp_path: Path) -> None:
    create_key(tmp_path, Algorithm.RS256, KeyState.NEXT)
    create_key(tmp_path, Algorithm.RS256, KeyState.RETIRED)
    ring = KeyRing(tmp_path)

    with pytest.raises(ConfigurationError):
        ring.signing_key(Algorithm.RS256)
    active = create_key(tmp_path, Algorithm.RS256, KeyState.ACTIVE)

    assert ring.signing_key(Algorithm.RS256).kid == active.kid


def test_published_set_holds_every_key_and_nothing_private(tmp_path: Path) -> None:
    for state in KeyState:
        create_key(tmp_path, Algorithm.ES256, state)

    published = KeyRing(tmp_path).public_set()["keys"]

    assert len(published) == len(KeyState)
    assert {(key["use"], key["alg"]) for key in published} == {("sig", "ES256")}
    assert all("d" not in key and key["kid"] for key in published)
