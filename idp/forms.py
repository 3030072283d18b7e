"""What forms share: what is typed is not lost, is parsed at the edge, refused with the parser's own sentence."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from collections.abc import Callable
from typing import Any

from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, ValidationError

from idp.contact import ContactInvalide, parse_email, parse_name, parse_phone
from idp.words_of_forms import French, french

REVENIR = "revenir"
"""The name of a button that shows the form again, as it was filled, and does nothing."""


class FrenchForm(FlaskForm):
    """What every form of the site is: WTForms speaks French in it."""

    class Meta(FlaskForm.Meta):
        """The words of WTForms."""

        def get_translations(self, _form: Any) -> French:
            """Ours."""
            return french()


class KeptForm(FrenchForm):
    """A form that fills itself again with what was typed before the session ended, or before « Revenir »."""

    def __init__(self, **values: Any) -> None:
        again = typed_again()
        if again is not None:
            values.setdefault("formdata", again)
        super().__init__(**values)

    def is_submitted(self) -> bool:
        """Whether it is sent to be done, not to be shown again."""
        return bool(super().is_submitted()) and typed_again() is None

    @property
    def is_filled(self) -> bool:
        """Whether what it holds was typed."""
        return bool(super().is_submitted()) or typed_again() is not None


def typed_again() -> "MultiDict[str, str] | None":
    """What is to be shown again on this page; found by ``idp/accounts/views/kept_text.py``."""
    if request.method == "POST":
        return request.form if REVENIR in request.form else None
    kept = g.get("kept_text")
    return kept.use() if kept else None


def trimmed(text: str | None) -> str | None:
    """The filter of what is said in words: what surrounds them says nothing, and alone is nothing."""
    return text.strip() if text else text


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


class AvecNoms(FrenchForm):
    """Has the fields ``nom`` and ``prenom``."""

    def validate_nom(self, field: Field) -> None:
        """A name holds no line break nor control character."""
        parsed(field, parse_name)

    def validate_prenom(self, field: Field) -> None:
        """Likewise."""
        parsed(field, parse_name)


class AvecAdresseMail(FrenchForm):
    """Has the field ``email``, and ``email_confirme`` where it is typed again."""

    email: Field

    def validate_email(self, field: Field) -> None:
        """An address that a mail can reach."""
        parsed(field, parse_email)

    def validate_email_confirme(self, field: Field) -> None:
        """The same address twice."""
        if not typed_alike(field, self.email):
            raise ValidationError("Les deux adresses mail ne sont pas identiques.")


class AvecTelephone(FrenchForm):
    """Has the field ``telephone``, which may be left empty."""

    def validate_telephone(self, field: Field) -> None:
        """A number that exists, of France or abroad."""
        if field.data:
            parsed(field, parse_phone)
