"""Secrets of confidential clients: shown once, kept as digests."""

import os
import re
import stat
from pathlib import Path

import pytest

from idp.oidc.clients.client_secrets import ClientSecrets, draw_client_secret


def test_a_drawn_secret_is_accepted_and_no_other(tmp_path: Path) -> None:
    secret = draw_client_secret(tmp_path, "afas")

    secrets = ClientSecrets(tmp_path)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert secrets.accept("afas", secret)
    assert not secrets.accept("afas", secret + "x")
    assert not secrets.accept("cdap", secret)


def test_the_file_holds_a_digest_that_others_cannot_read(tmp_path: Path) -> None:
    secret = draw_client_secret(tmp_path, "afas")

    path = tmp_path / "clients" / "afas.sha256"
    assert secret not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["afas.sha256"]


def test_during_a_rotation_the_old_secret_still_works_and_the_oldest_does_not(
    tmp_path: Path,
) -> None:
    secrets = ClientSecrets(tmp_path)
    oldest, old = draw_client_secret(tmp_path, "afas"), draw_client_secret(tmp_path, "afas")
    assert secrets.accept("afas", oldest)

    new = draw_client_secret(tmp_path, "afas")

    assert [secrets.accept("afas", secret) for secret in (oldest, old, new)] == [False, True, True]


def test_a_removed_file_closes_the_door_at_once(tmp_path: Path) -> None:
    secret = draw_client_secret(tmp_path, "afas")
    secrets = ClientSecrets(tmp_path)
    assert secrets.accept("afas", secret)

    (tmp_path / "clients" / "afas.sha256").unlink()

    assert not secrets.accept("afas", secret)
    assert not secrets.has("afas")


@pytest.mark.parametrize("client_id", ["../active", "", "a/b", ".", "é"])
def test_a_client_id_never_names_another_file(tmp_path: Path, client_id: str) -> None:
    with pytest.raises(ValueError, match="cannot name"):
        draw_client_secret(tmp_path, client_id)


@pytest.mark.parametrize("content", ["", "not a digest", "é" * 64])
def test_a_file_without_a_digest_opens_nothing(tmp_path: Path, content: str) -> None:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "afas.sha256").write_text(content, "utf-8")

    assert not ClientSecrets(tmp_path).accept("afas", content)
