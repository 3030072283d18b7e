"""What the journal keeps of second factors: that they are added, used, lost; never a seed nor a code."""

from dataclasses import dataclass
from typing import ClassVar

from idp.audit import HISTORY_MONTHS, Event


@dataclass(frozen=True, slots=True)
class FactorAdded(Event):
    """Added a second factor."""

    name: ClassVar[str] = "factor_added"
    kind: str


@dataclass(frozen=True, slots=True)
class FactorRemoved(Event):
    """Removed one of their second factors."""

    name: ClassVar[str] = "factor_removed"
    kind: str


@dataclass(frozen=True, slots=True)
class SecondFactorShown(Event):
    """Proved a second factor on top of the password."""

    name: ClassVar[str] = "second_factor_shown"
    kind: str


@dataclass(frozen=True, slots=True)
class SecondFactorRefused(Event):
    """A code of no use was typed."""

    name: ClassVar[str] = "second_factor_refused"
    reason: str


@dataclass(frozen=True, slots=True)
class RecoveryCodesDrawn(Event):
    """Ten new recovery codes; the former ones are worth nothing any more."""

    name: ClassVar[str] = "recovery_codes_drawn"


@dataclass(frozen=True, slots=True)
class TrustedBrowserAdded(Event):
    """The second factor is not asked again on this browser, for a time."""

    name: ClassVar[str] = "trusted_browser_added"


@dataclass(frozen=True, slots=True)
class TrustedBrowsersForgotten(Event):
    """It is asked again everywhere."""

    name: ClassVar[str] = "trusted_browsers_forgotten"


@dataclass(frozen=True, slots=True)
class FactorRemovalAsked(Event):
    """An agent asks to remove the factors of a person who lost them."""

    name: ClassVar[str] = "factor_removal_asked"
    kept_months: ClassVar[int] = HISTORY_MONTHS


@dataclass(frozen=True, slots=True)
class FactorsRemoved(Event):
    """Another agent agreed: the person signs in with the password, and enrols again."""

    name: ClassVar[str] = "factors_removed"
    kept_months: ClassVar[int] = HISTORY_MONTHS
