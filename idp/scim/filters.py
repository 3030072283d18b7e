"""Filters and orders of SCIM as the database says them: every value is a bound parameter, every answer two-valued.

RFC 7644 §3.4.2.2 and §3.4.2.3. The library parses the text and checks names and types; what each attribute is in
the rows comes as ``Attributes`` (``user_rows.py``, ``group_rows.py``). What is absent matches nothing but
``ne``, ``eq null`` and what is negated: SQL's NULL never decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from scim2_models import InvalidFilterException, InvalidPathException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    FilterVisitor,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
    ValuePath,
)
from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    case,
    cast,
    false,
    func,
    not_,
    null,
    or_,
    true,
)

from idp.scim.resources import day

MAX_CHARS = 4096
MAX_COMPARISONS = 100
"""SQLite nests a thousand expressions at most, and no directory needs as many."""

Condition = ColumnElement[bool]
Rows = Select[*tuple[Any, ...]]
"""A query, whatever its columns."""


class Kind(StrEnum):
    """How the values of an attribute compare."""

    TEXT = "text"
    """Whatever the case, as both databases fold it."""
    EXACT = "exact"
    IDENTIFIER = "identifier"
    DAY = "day"
    INSTANT = "instant"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class One:
    """An attribute that has one value, or none."""

    value: ColumnElement[Any]
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Many:
    """An attribute that has several: ``some`` says that one of them meets a condition on its sub-attributes."""

    some: Callable[[Condition], Condition]
    attributes: Mapping[str, One]
    """By name in lower case, e.g. ``value``."""


Attributes = Mapping[str, One | Many]
"""By name in lower case, without the schema, e.g. ``name.familyname``."""


def where(node: FilterNode, attributes: Attributes, *, elsewhere: bool = False) -> Condition:
    """The condition; raises ``InvalidFilterException`` for what these attributes cannot answer.

    ``elsewhere`` says that other types are searched too: what this one does not have has no value (§3.4.2.1).
    """
    return _Translator(attributes, _Count(elsewhere)).visit(node)


def order(path: str, attributes: Attributes, *, descending: bool) -> list[ColumnElement[Any]]:
    """What to order by; who has no value comes last, or first when descending."""
    name = path.rpartition(":")[2].lower()
    head, _dot, sub = name.partition(".")
    found = attributes.get(name) or attributes.get(head)
    if isinstance(found, Many):
        # By the primary value (§3.4.2.3), where there is one.
        found = found.attributes.get(sub or "value") if "primary" in found.attributes else None
    if found is None:
        raise InvalidPathException(path=path, detail=f"{path} cannot be sorted on")
    value = func.lower(found.value) if found.kind is Kind.TEXT else found.value
    absent = case((found.value.is_(None), 1), else_=0)
    return [absent.desc(), value.desc()] if descending else [absent.asc(), value.asc()]


@dataclass(slots=True)
class _Count:
    elsewhere: bool
    comparisons: int = 0

    def another(self) -> None:
        self.comparisons += 1
        if self.comparisons > MAX_COMPARISONS:
            raise InvalidFilterException(detail=f"{MAX_COMPARISONS} comparisons at most")


class _Translator(FilterVisitor[Condition]):
    def __init__(self, attributes: Attributes, count: _Count) -> None:
        self._attributes = attributes
        self._count = count

    def visit_logical_expr(self, node: LogicalExpr) -> Condition:
        terms = [self.visit(term) for term in node.terms]
        return and_(*terms) if node.op is LogicalOperator.and_ else or_(*terms)

    def visit_not(self, node: Not) -> Condition:
        return not_(self.visit(node.expr))

    def visit_present(self, node: Present) -> Condition:
        self._count.another()
        many, found = self._find(node.attr_path)
        if many is None:
            return found.value.is_not(None)
        return many.some(found.value.is_not(None) if node.attr_path.sub_attr else true())

    def visit_comparison(self, node: Comparison) -> Condition:
        self._count.another()
        many, found = self._find(node.attr_path)
        if many is None:
            return _compared(found, node.op, node.value)
        return _compared_to_several(many, found, node.op, node.value)

    def visit_value_path(self, node: ValuePath) -> Condition:
        found = self._attributes.get(node.attr_path.attr.lower())
        if not isinstance(found, Many):
            self._unknown(node.attr_path)
            return false()
        return found.some(_Translator(found.attributes, self._count).visit(node.val_filter))

    def _find(self, path: AttrPath) -> tuple[Many | None, One]:
        head, sub = path.attr.lower(), (path.sub_attr or "").lower()
        found = self._attributes.get(head)
        if isinstance(found, Many):
            one = found.attributes.get(sub or "value")
            return (found, one) if one else (None, self._unknown(path))
        found = self._attributes.get(f"{head}.{sub}" if sub else head)
        return None, found if isinstance(found, One) else self._unknown(path)

    def _unknown(self, path: AttrPath) -> One:
        if not self._count.elsewhere:
            raise InvalidFilterException(detail=f"'{path}' cannot be filtered on")
        return One(cast(null(), String))


def _compared_to_several(many: Many, one: One, op: CompareOperator, value: Any) -> Condition:
    # ``eq null`` is that there is none, ``ne`` that none is equal.
    if value is None and op is CompareOperator.eq:
        return not_(many.some(one.value.is_not(None)))
    if value is not None and op is CompareOperator.ne:
        return not_(many.some(_compared(one, CompareOperator.eq, value)))
    return many.some(_compared(one, op, value))


def _compared(one: One, op: CompareOperator, value: Any) -> Condition:
    present = one.value.is_not(None)
    if value is None:
        return {CompareOperator.eq: not_(present), CompareOperator.ne: present}.get(op, false())
    if op is CompareOperator.ne:
        return not_(_compared(one, CompareOperator.eq, value))
    return and_(present, _TESTS[one.kind](one.value, op, value))


def _of_text(column: ColumnElement[Any], op: CompareOperator, value: Any) -> Condition:
    text = _text(value)
    if op is CompareOperator.co:
        return column.icontains(text, autoescape=True)
    if op is CompareOperator.sw:
        return column.istartswith(text, autoescape=True)
    if op is CompareOperator.ew:
        return column.iendswith(text, autoescape=True)
    return _ordered(func.lower(column), op, func.lower(text))


def _of_exact_text(column: ColumnElement[Any], op: CompareOperator, value: Any) -> Condition:
    # Not LIKE, which SQLite compares whatever the case.
    text = _text(value)
    if op is CompareOperator.co:
        return func.replace(column, text, "") != column if text else true()
    if op is CompareOperator.sw:
        return func.substr(column, 1, len(text)) == text
    if op is CompareOperator.ew:
        start = func.length(column) - len(text) + 1
        return and_(start >= 1, func.substr(column, start) == text)
    return _ordered(column, op, text)


def _of_identifier(column: ColumnElement[Any], op: CompareOperator, value: Any) -> Condition:
    if op is not CompareOperator.eq:
        raise InvalidFilterException(detail="an id is compared by eq and ne only")
    found = identifier(value) if isinstance(value, str) else None
    return column == found if found else false()


def _of_day(column: ColumnElement[Any], op: CompareOperator, value: Any) -> Condition:
    found = day(value) if isinstance(value, str) else None
    if found is None:
        raise InvalidFilterException(detail="a day is written YYYY-MM-DD")
    return _ordered(column, op, found)


def _of_instant(column: ColumnElement[Any], op: CompareOperator, value: Any) -> Condition:
    try:
        found = _INSTANTS.validate_python(value)
        return _ordered(
            column, op, found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        )
    except (ValidationError, OverflowError) as error:
        raise InvalidFilterException(detail="a dateTime is expected") from error


_INSTANTS = TypeAdapter(datetime)


def _of_boolean(column: ColumnElement[Any], op: CompareOperator, value: Any) -> Condition:
    if op is not CompareOperator.eq or not isinstance(value, bool):
        raise InvalidFilterException(detail="a boolean is compared by eq and ne, to true or false")
    return column if value else not_(column)


def _ordered(left: ColumnElement[Any], op: CompareOperator, right: Any) -> Condition:
    comparisons: dict[CompareOperator, Callable[[], Condition]] = {
        CompareOperator.eq: lambda: left == right,
        CompareOperator.gt: lambda: left > right,
        CompareOperator.ge: lambda: left >= right,
        CompareOperator.lt: lambda: left < right,
        CompareOperator.le: lambda: left <= right,
    }
    if op not in comparisons:
        raise InvalidFilterException(detail=f"{op.value} is for texts")
    return comparisons[op]()


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    if not storable(text):
        raise InvalidFilterException(detail="a character that no text holds")
    return text


def storable(text: str) -> bool:
    """Whether both databases can be told this text: no NUL, no half of a character."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def identifier(text: str) -> UUID | None:
    """The id written so; None when it is not one of ours, which are in lower case with dashes."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


_TESTS: dict[Kind, Callable[[ColumnElement[Any], CompareOperator, Any], Condition]] = {
    Kind.TEXT: _of_text,
    Kind.EXACT: _of_exact_text,
    Kind.IDENTIFIER: _of_identifier,
    Kind.DAY: _of_day,
    Kind.INSTANT: _of_instant,
    Kind.BOOLEAN: _of_boolean,
}
