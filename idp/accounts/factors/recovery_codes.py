"""Ten codes on paper, for the day the second factor is lost: each opens once (NIST SP 800-63B §5.1.2).

68 random bits each, kept as digests keyed by the deployment and bound to the account, like provisional passwords.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update

from idp.accounts.factors.models import RecoveryCode
from idp.db import db
from idp.extensions import ground
from idp.printable import SECRET_CHARS, grouped, is_well_formed, new_secret, normalise

DRAWN = 10
TYPED_MAX_CHARS = 100


def draw(account_id: UUID, now: datetime) -> list[str]:
    """Ten new ones, as they are printed, in clear this once; the former ones are worth nothing."""
    remove_all(account_id)
    codes = [new_secret() for _ in range(DRAWN)]
    db.session.add_all(
        RecoveryCode(account_id=account_id, digest=_digest(account_id, code), created_at=now)
        for code in codes
    )
    db.session.flush()
    return [grouped(code) for code in codes]


def looks_like_one(typed: str) -> bool:
    """Whether this has the form of a recovery code, and not of an application's code."""
    return is_well_formed(typed[:TYPED_MAX_CHARS], SECRET_CHARS)


def claim(account_id: UUID, typed: str, now: datetime) -> bool:
    """Use it up: one statement, of which one of two parallel tries gets the answer."""
    used = db.session.scalar(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.digest == _digest(account_id, typed),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    )
    return used is not None


def left(account_id: UUID) -> int:
    """How many are still good."""
    mine = RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None)
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def remove_all(account_id: UUID) -> None:
    """None is worth anything any more."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def _digest(account_id: UUID, typed: str) -> str:
    code = normalise(typed[:TYPED_MAX_CHARS])
    return ground().secret_box.code_digest(code, bound_to=f"recovery:{account_id}")
