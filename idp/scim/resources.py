"""What SCIM says of a user and of a group here: the attributes that we keep, and what may be done with each.

RFC 7643 §4.1, §4.2, §7. The core schemas are cut down to what this product holds, and published as such. A user
is a ``Rattachement``: the same person in another organisme is another resource. How a row becomes one is in
``user_rows.py`` and ``group_rows.py``.
"""

from datetime import date
from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    CaseExact,
    ComplexAttribute,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    Returned,
    Uniqueness,
)

from idp.habilitations.models import Mobilite

Text = str | None
ReadOnly = Annotated[str | None, Mutability.read_only]
MANAGED = URN("urn:ietf:params:scim:schemas:extension:mcp:2.0:User")


class Name(ComplexAttribute):
    """The names, as a letter prints them."""

    family_name: Annotated[Text, Required.true] = None
    given_name: Annotated[Text, Required.true] = None


class Email(ComplexAttribute):
    """The one address of a user: where the identifiers are sent."""

    value: Annotated[Text, Required.true] = None
    type: Text = Field(None, examples=["work"])
    """``work``, whatever is sent."""
    primary: bool | None = None
    """True, whatever is sent."""


class PhoneNumber(ComplexAttribute):
    """The one telephone number of a user."""

    value: Annotated[Text, Required.true] = None
    """In E.164, e.g. ``+33612345678``; a national number is understood and answered so."""
    type: Text = Field(None, examples=["work"])
    """``work``, whatever is sent."""
    primary: bool | None = None
    """True, whatever is sent."""


class Membership(ComplexAttribute):
    """A group of the mandate that the user holds."""

    value: Annotated[Text, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: ReadOnly = None
    type: Annotated[Text, Mutability.read_only] = Field(None, examples=["direct"])


class Managed(Extension):
    """What the console holds of a user besides: days in Paris, both included, written ``YYYY-MM-DD``."""

    __schema__ = MANAGED

    ouverture: Annotated[Text, Required.true] = None
    """First day on which the user may enter; today when a creation says nothing."""
    cloture: Text = None
    """Last day on which the user may enter; none when absent."""
    mobilite: Annotated[Mobilite | None, Required.true] = None
    """``sedentaire`` when a creation says nothing."""


class User(Resource[AnyExtension]):
    """A person in the organisme of the program."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    external_id: Annotated[str | None, CaseExact.true] = None
    user_name: Annotated[Text, Mutability.read_only, Uniqueness.server, Returned.always] = None
    """The identifiant: assigned here, for ever, whatever is sent."""
    name: Annotated[Name | None, Required.true] = None
    display_name: ReadOnly = None
    user_type: ReadOnly = None
    """The role in the organisme: ``utilisateur``, ``responsable_habilitation`` or ``administrateur``."""
    active: Annotated[bool | None, Required.true] = None
    """False closes the user's place at once, true opens it again."""
    emails: Annotated[list[Email] | None, Required.true] = None
    phone_numbers: list[PhoneNumber] | None = None
    groups: Annotated[list[Membership] | None, Mutability.read_only] = None


class Member(ComplexAttribute):
    """A user who holds the group."""

    value: Annotated[Text, Mutability.immutable, Required.true, CaseExact.true] = None
    ref: Annotated[
        Reference["User"] | None,  # type: ignore[type-arg] # the name is published: User
        Mutability.immutable,
    ] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    type: Annotated[Text, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A groupe d'habilitation of the mandate; members come and go, the rest is of the Caf."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    external_id: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """Not kept: the id of a group never changes."""
    display_name: ReadOnly = None
    members: list[Member] | None = None


ManagedUser = User[Annotated[Managed, Required.true]]
"""A user with what the console holds besides."""


def day(text: str) -> date | None:
    """A date written ``YYYY-MM-DD``; None when it is not one."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-31") else None
    except ValueError:
        return None
