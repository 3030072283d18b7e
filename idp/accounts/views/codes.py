"""What pages say of a code that cannot leave yet."""

from math import ceil

from flask import flash

from idp import clock
from idp.accounts.challenges import CodeNotYet


def tell_when(not_yet: CodeNotYet) -> None:
    """Say in how long another code may be asked for."""
    seconds = ceil((not_yet.until - clock.now()).total_seconds())
    minutes = ceil(seconds / 60)
    wait = f"{seconds} secondes" if minutes <= 1 else f"{minutes} minutes"
    flash(f"Un code est déjà parti. Vous pourrez en demander un autre dans {wait}.", "info")
