"""How often one address, and one network, may knock at a door that is open to all; shared by every process.

CNIL, délibération 2022-100 (the limit of one account is in ``accounts/policy.py``). Fixed windows, counted in the
database, so that nothing else has to be run. A few that come at the same instant may pass a limit together.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import Executable, String, delete, distinct, func, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, db, inserting

KEPT_FOR = timedelta(days=2)
_PREFIXES = {4: (32, 24), 6: (64, 48)}
"""Of an address, and of its network: a home in IPv6 has a /64, a company or a host often a /48."""


class Knocks(Model):
    """How many times, at one door, from one place, in one window."""

    __tablename__ = "knocks"

    door: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[str] = mapped_column(String(50), primary_key=True)
    window_s: Mapped[int] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    count: Mapped[int]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` in each window."""

    count: int
    window: timedelta


@dataclass(frozen=True, slots=True)
class Door:
    """A door and what it bears, from one address and from one network."""

    name: str
    address: tuple[Limit, ...]
    network: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Quota:
    """What one caller that is known by name may ask; no address is looked at."""

    name: str
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Counter:
    """One limit of a door, for one client, in the window of now."""

    door: str
    place: str
    limit: Limit
    starts_at: datetime

    @property
    def key(self) -> tuple[str, str, int, datetime]:
        """Its row."""
        return self.door, self.place, self.window_s, self.starts_at

    @property
    def window_s(self) -> int:
        """The length of its window."""
        return int(self.limit.window.total_seconds())

    @property
    def ends_at(self) -> datetime:
        """When another window starts, at zero."""
        return self.starts_at + self.limit.window


def full_until(door: Door, remote_addr: str | None, now: datetime) -> datetime | None:
    """When a client past a limit may come again; None when it may come in. One statement, which locks nothing."""
    return _full_until(_counters(door, remote_addr, now))


def quota_full_until(quota: Quota, who: str, now: datetime) -> datetime | None:
    """The same for a quota: one statement."""
    return _full_until(_of_quota(quota, who, now))


def _full_until(counters: list[Counter]) -> datetime | None:
    rows = db.session.execute(
        select(*_KEY, Knocks.count).where(tuple_(*_KEY).in_([one.key for one in counters]))
    )
    counts = {tuple(key): count for *key, count in rows}
    ends = [one.ends_at for one in counters if counts.get(one.key, 0) >= one.limit.count]
    return max(ends, default=None)


def count(door: Door, remote_addr: str | None, now: datetime) -> list[str]:
    """Count one more; returns the places that have just reached a limit. One statement.

    Called once the door has done its work: rows that everybody of a network shares are held for an instant only.
    """
    counters = _counters(door, remote_addr, now)
    counted = db.session.execute(_counting([one.key for one in counters]))
    counts = {tuple(key): number for *key, number in counted}
    return [one.place for one in counters if counts[one.key] == one.limit.count]


def count_in(quota: Quota, who: str, now: datetime) -> None:
    """Count one more of this caller. One statement."""
    db.session.execute(_counting([one.key for one in _of_quota(quota, who, now)]))


def take(quota: Quota, who: str, now: datetime) -> datetime | None:
    """Count one more of this caller, then say until when they are past the quota; None when they are not. One
    statement, so that who asks twice at once is counted twice."""
    counters = _of_quota(quota, who, now)
    counted = db.session.execute(_counting([one.key for one in counters]))
    counts = {tuple(key): number for *key, number in counted}
    ends = [one.ends_at for one in counters if counts[one.key] > one.limit.count]
    return max(ends, default=None)


@dataclass(frozen=True, slots=True)
class Overflow:
    """How many times a caller asked in a window that is over, past the quota."""

    who: str
    starts_at: datetime
    count: int


def overflows(quota: Quota, now: datetime) -> list[Overflow]:
    """Those of the windows that are over, each given once: their counters are deleted. One statement by limit."""
    found: list[Overflow] = []
    for limit in quota.limits:
        rows = db.session.execute(
            delete(Knocks)
            .where(
                Knocks.door == quota.name,
                Knocks.window_s == int(limit.window.total_seconds()),
                Knocks.starts_at < _start(limit.window, now),
                Knocks.count > limit.count,
            )
            .returning(Knocks.place, Knocks.starts_at, Knocks.count.label("times"))
            .execution_options(synchronize_session=False)
        )
        found += [Overflow(row.place, row.starts_at, row.times - limit.count) for row in rows]
    return found


def _of_quota(quota: Quota, who: str, now: datetime) -> list[Counter]:
    return [Counter(quota.name, who, one, _start(one.window, now)) for one in quota.limits]


def _counters(door: Door, remote_addr: str | None, now: datetime) -> list[Counter]:
    address, network = places(remote_addr)
    limits = [
        *((address, limit) for limit in door.address),
        *((network, limit) for limit in door.network),
    ]
    return [Counter(door.name, place, limit, _start(limit.window, now)) for place, limit in limits]


def places(remote_addr: str | None) -> tuple[str, str]:
    """The address and the network of a client, as counters name them."""
    try:
        address = ip_address(remote_addr or "")
    except ValueError:
        return "unknown", "unknown network"
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    one, many = (
        str(ip_network((address, prefix), strict=False)) for prefix in _PREFIXES[address.version]
    )
    return one, many


def _start(window: timedelta, now: datetime) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


_KEY = (Knocks.door, Knocks.place, Knocks.window_s, Knocks.starts_at)


def _counting(keys: list[tuple[str, str, int, datetime]]) -> Executable:
    names = [column.key for column in _KEY]
    rows = [{**dict(zip(names, key, strict=True)), "count": 1} for key in keys]
    return (
        inserting(Knocks)
        .values(rows)
        .on_conflict_do_update(index_elements=_KEY, set_={"count": Knocks.count + 1})
        .returning(*_KEY, Knocks.count)
    )


def first_in_window(what: str, window: timedelta, now: datetime) -> bool:
    """Whether nobody asked it before in this window, of all processes; one statement."""
    key = (what, "site", int(window.total_seconds()), _start(window, now))
    row = db.session.execute(_counting([key])).one()
    return bool(row[-1] == 1)


def places_counted(door: str, window: timedelta, since: datetime) -> int:
    """How many places knocked at a door that counts them by this window."""
    found = db.session.scalar(
        select(func.count(distinct(Knocks.place))).where(
            Knocks.door == door,
            Knocks.window_s == int(window.total_seconds()),
            Knocks.starts_at >= _start(window, since),
        )
    )
    return found or 0


def forget(now: datetime) -> None:
    """Delete what was counted long ago: addresses are kept two days."""
    db.session.execute(delete(Knocks).where(Knocks.starts_at < now - KEPT_FOR))
