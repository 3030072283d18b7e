"""The blueprint to which every page of this capability attaches its route, and its words in templates."""

import phonenumbers
from flask import Blueprint

FRENCH_CODE = 33

blueprint = Blueprint("accounts", __name__)


@blueprint.app_template_filter("telephone")
def telephone(e164: str) -> str:
    """A stored number (E.164) as people write it: national in France, international elsewhere."""
    number = phonenumbers.parse(e164)
    french = number.country_code == FRENCH_CODE
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, style.NATIONAL if french else style.INTERNATIONAL)
