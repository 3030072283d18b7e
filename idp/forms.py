"""What forms share: a field's text parsed at the edge, refused with the parser's own sentence."""

from collections.abc import Callable

from wtforms import Field, ValidationError

from idp.contact import ContactInvalide


def parsed(field: Field, parse: Callable[[str], str]) -> None:
    """Replace what was typed by its canonical form; raises what WTForms shows beside the field."""
    try:
        field.data = parse(field.data or "")
    except ContactInvalide as error:
        raise ValidationError(str(error)) from error


def typed_alike(field: Field, other: Field) -> bool:
    """Whether two boxes hold the same address, as typed: the first may be canonical by now."""
    first, second = (one.raw_data[0] if one.raw_data else "" for one in (field, other))
    return bool(first.strip().lower() == second.strip().lower())
