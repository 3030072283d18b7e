"""A name as it is looked for: no accents, no capitals, and a space wherever a word ends; in Python and in SQL.

The database makes the same text itself, in its indexes (``folded``), so that nothing has to be kept up to date and
what is erased leaves no copy. SQLite and PostgreSQL agree on it for the letters of French and of its neighbours.
"""

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_FROM = "ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûüÝýÿŒÆ’'-./,&()\u00a0"
_TO = "aaaaaaaaaaaacceeeeeeeeiiiiiiiinnoooooooooouuuuuuuuyyyœæ          "
_TABLE = str.maketrans(_FROM, _TO)
SQLITE_FUNCTION = "mcp_folded"


def fold(text: str) -> str:
    """The text as ``folded`` makes it of a column, its spaces made one."""
    return " ".join(text.translate(_TABLE).lower().split())


class folded(FunctionElement[str]):  # noqa: N801 - a function of SQL
    """A column, folded by the database; on PostgreSQL in the order of its bytes, so that a prefix is a range."""

    inherit_cache = True
    type = String()


@compiles(folded, "postgresql")
def _postgresql(element: Any, compiler: Any, **options: Any) -> str:
    # Word for word what the index says: bound values would not be recognised.
    column = compiler.process(element.clauses, **options)
    return f"lower(translate({column}::text COLLATE \"C\", '{_quoted(_FROM)}', '{_TO}'))"


@compiles(folded, "sqlite")
def _sqlite(element: Any, compiler: Any, **options: Any) -> str:
    # Replacing each letter in turn is deeper than what SQLite reads: every connection is given this function.
    return f"{SQLITE_FUNCTION}({compiler.process(element.clauses, **options)})"


def in_sqlite(text: str | None) -> str | None:
    """What ``folded`` is there."""
    return None if text is None else text.translate(_TABLE).lower()


def _quoted(text: str) -> str:
    return text.replace("'", "''")
