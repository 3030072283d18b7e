"""``idp worker`` as a process, to be killed; what it had claimed falls due again."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update

from idp.config import Settings
from idp.db import db
from idp.outbox import Delivery

TREE = Path(__file__).parents[1]


@contextmanager
def a_worker(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """``idp worker``, on the database of the tests."""
    process = subprocess.Popen(
        [sys.executable, "-m", "idp", "worker"],
        cwd=TREE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "PYTHONPATH": str(TREE),
            "IDP_SECRET_KEY": settings.secret_key,
            "IDP_DATABASE_URL": settings.database_url,
            "IDP_KEYS_DIR": str(settings.keys_dir),
            "IDP_MAIL_URL": settings.mail_url.geturl(),
            "IDP_RELYING_PARTIES": str(settings.relying_parties),
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def fall_due() -> None:
    """Five minutes pass: what the dead worker had claimed is taken up again."""
    db.session.execute(
        update(Delivery).where(Delivery.done_at.is_(None)).values(due_at=datetime.now(UTC))
    )
    db.session.commit()
