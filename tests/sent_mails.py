"""The mails that wait for the worker, as their readers would read them."""

import json
import re
from typing import Any

from sqlalchemy import select

from idp.db import db
from idp.extensions import ground
from idp.outbox import Delivery


def waiting_mails() -> list[dict[str, Any]]:
    """In the order in which they were written."""
    rows = db.session.scalars(
        select(Delivery).where(Delivery.kind == "mail").order_by(Delivery.created_at)
    ).all()
    return [json.loads(ground().secret_box.unseal(row.payload)) for row in rows if row.payload]


def mails_to(address: str) -> list[dict[str, Any]]:
    """Those that somebody receives."""
    return [mail for mail in waiting_mails() if mail["to"] == address]


def code_sent_to(address: str) -> str:
    """The six digits of the newest code."""
    codes = [mail for mail in mails_to(address) if mail["subject"].startswith("Votre code")]
    found = re.search(r"\d{3} \d{3}", codes[-1]["body"])
    assert found
    return found[0]
