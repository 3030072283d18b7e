"""Names, e-mail addresses and telephone numbers, parsed once at the edge: canonical text, or a French sentence.

No line break nor control character passes, so that nothing typed here can add a header to a mail.
"""

import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

NAME_MAX_CHARS = 80
# The regions whose national numbers start with 0 and ten digits: metropolitan France and overseas.
REGIONS = ("FR", "GP", "GF", "MQ", "RE", "YT")


class ContactInvalide(ValueError):
    """What was typed cannot be used; the message is for the person."""


def parse_name(text: str) -> str:
    """A person's name: NFC, single spaces, at most 80 characters, with at least one letter."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name or len(name) > NAME_MAX_CHARS:
        raise ContactInvalide(f"Saisissez un nom de {NAME_MAX_CHARS} caractères au plus.")
    if not any(character.isalpha() for character in name) or not all(map(_of_a_name, name)):
        raise ContactInvalide(
            "Un nom ne contient que des lettres, des espaces, tirets et apostrophes."
        )
    return name


def _of_a_name(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM" or character in " -'’.·"


def parse_email(text: str) -> str:
    """A deliverable-looking address, its domain in lower case (RFC 5321; no look-up is made)."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ContactInvalide(
            "Cette adresse mail n’est pas valable. Exemple : prenom.nom@exemple.fr"
        ) from error
    return found.normalized


def parse_phone(text: str) -> str:
    """A telephone number in E.164, e.g. ``+33612345678``; national numbers are French or overseas."""
    for region in REGIONS:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    raise ContactInvalide("Ce numéro de téléphone n’est pas valable. Exemple : 06 12 34 56 78")
