"""What the journal keeps of people: one dataclass per event, its fields are exactly what is kept.

Never what was typed: people type passwords in the box of the identifiant (DOMAIN §2.3).
"""

from dataclasses import dataclass
from typing import ClassVar

from idp.audit import Event


@dataclass(frozen=True, slots=True)
class ActivationSecretIssued(Event):
    """A provisional password was drawn, to be sent by this channel."""

    name: ClassVar[str] = "activation_secret_issued"
    channel: str
