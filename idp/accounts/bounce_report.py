"""What a delivery status notification says: the addresses that will never be reached, and why. Pure.

RFC 3464: https://www.rfc-editor.org/rfc/rfc3464 ; codes are those of RFC 3463.
What comes of it is in ``bounces.py``.
"""

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import Message

REPORT_MAX_BYTES = 1_000_000
_PERMANENT = re.compile(r"5\.\d{1,3}\.\d{1,3}")
_REASONS = (
    ("5.1.", "adresse inconnue"),
    ("5.2.1", "boîte fermée"),
    ("5.2.2", "boîte pleine"),
    ("5.2.", "boîte qui ne reçoit plus"),
    ("5.4.", "serveur injoignable"),
    ("5.7.", "refusé par le serveur"),
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """An address that refused a mail for good; ``status`` is an enhanced code, or one of SMTP."""

    address: str
    status: str


def parse(report: bytes) -> list[Bounce] | None:
    """The permanent failures of a report; None when the message is not a report of delivery."""
    if len(report) > REPORT_MAX_BYTES:
        return None
    # compat32 never refuses a header, whatever a server put in it.
    message = email.message_from_bytes(report, policy=email.policy.compat32)
    if message.get_content_type() != "multipart/report":
        return None
    parts = [
        part for part in message.walk() if part.get_content_type() == "message/delivery-status"
    ]
    if not parts:
        return None
    return [bounce for part in parts for block in _blocks(part) if (bounce := _bounce(block))]


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if _is_list(payload) else []


def _is_list(payload: object) -> bool:
    return isinstance(payload, list)


def _bounce(block: Message) -> Bounce | None:
    failed = str(block.get("Action", "")).strip().lower() == "failed"
    status = _PERMANENT.match(str(block.get("Status", "")).strip())
    # The address that we wrote to, when a relay wrote to another one for it.
    named = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    kind, _, address = named.partition(";")
    address = address.strip().strip("<>")
    if not failed or not status or kind.strip().lower() not in ("rfc822", "utf-8"):
        return None
    return Bounce(address, status[0]) if "@" in address else None


def reason(status: str) -> str:
    """A code in a few words; never what a server wrote, which may name the person."""
    return next((words for begins, words in _REASONS if status.startswith(begins)), "refusé")
