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
