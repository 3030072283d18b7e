"""How much processor a server and its database used so far, by /proc: what a busy machine does not change.

Only what runs on this machine is seen: a database elsewhere counts for nothing.
"""

import os
from pathlib import Path

import sqlalchemy as sa

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PARENT, _UTIME, _CSTIME = 1, 11, 15
"""Places in /proc/PID/stat after the name: the parent, then the times of its own and of its dead children."""


def used_s(roots: set[int]) -> float:
    """Seconds used by these processes and by all those that they started."""
    stats = {int(path.parent.name): _fields(path) for path in Path("/proc").glob("[0-9]*/stat")}
    family, grown = set(roots), True
    while grown:
        children = {
            pid for pid, fields in stats.items() if fields and int(fields[_PARENT]) in family
        }
        grown = not children <= family
        family |= children
    ticks = sum(int(ticks) for pid in family for ticks in stats.get(pid, [])[_UTIME:_CSTIME])
    return ticks * _TICK_S


def _fields(path: Path) -> list[str]:
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []


def of_the_database(url: str) -> set[int]:
    """The process that started the backend of a connection to this PostgreSQL; none for SQLite."""
    if not url.startswith("postgresql"):
        return set()
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        fields = _fields(Path(f"/proc/{backend}/stat"))
    engine.dispose()
    return {int(fields[_PARENT])} if fields else set()
