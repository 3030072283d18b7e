"""The letters: an address the window always shows, nothing else it can show, text that can be read."""

import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pypdf import PdfReader

from idp.habilitations.courriers.lettre import (
    PARFOIS_VISIBLE,
    PLIS,
    TOUJOURS_VISIBLE,
    Code,
    Lettre,
    Place,
    Rectangle,
    bloc_destinataire,
    ecrire,
    ecrire_lot,
    paragraphes,
)
from idp.printable import format_identifiant, grouped, new_identifiant, new_secret

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[2] / "templates" / "courriers"),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701 (plain text, laid out as PDF)
)
CREE_LE = datetime(2019, 6, 3, tzinfo=UTC)
SITE = "https://partenaires.example.fr"
MM = 72 / 25.4
SHEET_HEIGHT = 297
ADRESSE = (
    "LES OLIVIERS",
    "Service des œuvres d’été",
    "Résidence du Parc, bâtiment B",
    "W" * 38,
    "12 rue Gina Pane",
    "35000 RENNES",
)


def lettre(**changes):
    return Lettre(
        **{
            "expediteur_lignes": ("Caf d’Ille-et-Vilaine", "35999 RENNES CEDEX 9"),
            "destinataire_lignes": ADRESSE,
            "lieu_date": "Rennes, le 3 juin 2019",
            "reference": "Notre référence : C-0001",
            "objet": "votre identifiant",
            "paragraphes": ("Bonjour,", Code("Votre identifiant", "P-7K3M-9XTR-4"), "Merci."),
            "pied_de_page": "Vos droits sur vos données",
            **changes,
        }
    )


def identifiant(printed, **values):
    values = {"designation": "LES OLIVIERS", "services": ["Offre Bailleurs"], **values}
    template = TEMPLATES.get_template("identifiant.txt")
    return template.render(identifiant=printed, adresse_site=SITE, **values)


def secret(printed):
    template = TEMPLATES.get_template("secret.txt")
    return template.render(
        secret=printed, adresse_site=SITE, jours=60, valable_jusqu_au="2 août 2019"
    )


def pages(pdf):
    return PdfReader(io.BytesIO(pdf)).pages


def text_of(pdf):
    # A no-break space is extracted as it was printed, a wrapped line as a line.
    return " ".join(" ".join(page.extract_text() for page in pages(pdf)).split())


def runs(page):
    """The printed pieces of text: where each begins, in millimetres from the top left corner."""
    found = []

    def visit(text, _cm, tm, _font, size):
        if text.strip():
            found.append((text.strip(), tm[4] / MM, SHEET_HEIGHT - tm[5] / MM, size / MM))

    page.extract_text(visitor_text=visit)
    return found


def overlap(window):
    """Every place of the sheet that the window may show: it slides by 10 × 11 mm in the envelope."""
    left, top = 220 - 20 - 100, 110 - 20 - 35
    dx, dy = 220 - 210, 110 - 99
    always = Rectangle(left, top, left + 100 - dx, top + 35 - dy)
    sometimes = Rectangle(left - dx, top - dy, left + 100, top + 35)
    return {"always": always, "sometimes": sometimes}[window]


def test_rectangles_follow_from_the_envelope_and_the_fold():
    assert overlap("always") == TOUJOURS_VISIBLE
    assert overlap("sometimes") == PARFOIS_VISIBLE
    assert PLIS == (297 / 3, 297 * 2 / 3)


@pytest.mark.parametrize("count", [1, 3, 6])
def test_address_stays_inside_what_the_window_always_shows(count):
    (page,) = pages(ecrire(lettre(destinataire_lignes=ADRESSE[-count:]), cree_le=CREE_LE))

    printed = {text: (x, baseline, size) for text, x, baseline, size in runs(page)}

    for line in ADRESSE[-count:]:
        x, baseline, size = printed[line]
        assert TOUJOURS_VISIBLE.left <= x < TOUJOURS_VISIBLE.right
        assert TOUJOURS_VISIBLE.top <= baseline - size * 0.75
        assert baseline + size * 0.25 <= TOUJOURS_VISIBLE.bottom


def stretchings(**changes):
    """The widths, in percent, that the page sets its characters to."""
    content = pages(ecrire(lettre(**changes), cree_le=CREE_LE))[0].get_contents().get_data()
    return {float(percent) for percent in re.findall(rb"([0-9.]+) Tz", content)}


def test_widest_line_is_narrowed_to_the_window_and_no_other():
    assert min(stretchings()) < 100
    assert stretchings(destinataire_lignes=("35000 RENNES",)) <= {100}


def test_nothing_but_the_address_may_show_through_the_window():
    (page,) = pages(ecrire(lettre(), cree_le=CREE_LE))

    shown = [
        text
        for text, x, baseline, size in runs(page)
        if x < PARFOIS_VISIBLE.right
        and baseline + size * 0.25 > PARFOIS_VISIBLE.top
        and baseline - size < PARFOIS_VISIBLE.bottom
        and x + 70 > PARFOIS_VISIBLE.left
        and x >= 80
    ]

    assert shown == list(ADRESSE)


def test_code_stands_below_the_first_fold():
    (page,) = pages(ecrire(lettre(), cree_le=CREE_LE))

    (baseline,) = [y for text, _, y, _ in runs(page) if text == "P-7K3M-9XTR-4"]

    assert baseline > PLIS[0]


def test_text_is_selectable_with_its_accents_and_the_fonts_are_embedded():
    pdf = ecrire(lettre(paragraphes=("L’œuvre « d’été » – 12 € : où ?",)), cree_le=CREE_LE)

    assert "L’œuvre « d’été » – 12 € : où ?" in text_of(pdf)
    fonts = pages(pdf)[0]["/Resources"]["/Font"].values()
    descendants = [font.get_object()["/DescendantFonts"][0].get_object() for font in fonts]
    assert len(descendants) == 2
    assert all("/FontFile2" in font["/FontDescriptor"].get_object() for font in descendants)


def test_document_states_its_language_and_title():
    reader = PdfReader(io.BytesIO(ecrire(lettre(), cree_le=CREE_LE)))

    assert reader.trailer["/Root"]["/Lang"] == "fr-FR"
    assert reader.metadata.title == "votre identifiant"
    assert reader.metadata.creation_date == CREE_LE


def test_characters_the_font_lacks_are_replaced_and_never_lost_in_silence():
    pdf = ecrire(lettre(destinataire_lignes=("Đức Nguyễn ﬁn 李",)), cree_le=CREE_LE)

    assert "Đức Nguyễn fin ?" in text_of(pdf)


def test_same_letter_gives_the_same_bytes():
    assert ecrire(lettre(), cree_le=CREE_LE) == ecrire(lettre(), cree_le=CREE_LE)


def test_batch_starts_each_letter_on_a_new_sheet_with_its_own_mentions():
    sortie = io.BytesIO()
    long = tuple(["Une phrase assez longue pour remplir la feuille. " * 12] * 12)
    batch = [lettre(paragraphes=long, pied_de_page="Première"), lettre(pied_de_page="Seconde")]

    assert ecrire_lot(iter(batch), sortie, cree_le=CREE_LE) == 2

    texts = [page.extract_text() for page in pages(sortie.getvalue())]
    assert len(texts) == 3
    assert "Première" in texts[0]
    assert "Première – page 2" in texts[1].replace("\u00a0", " ")
    assert "Seconde" in texts[2]
    assert "page" not in texts[2]


def test_empty_batch_and_address_of_seven_lines_are_refused():
    with pytest.raises(ValueError, match="at least one letter"):
        ecrire_lot([], io.BytesIO(), cree_le=CREE_LE)
    with pytest.raises(ValueError, match="one to 6 lines"):
        lettre(destinataire_lignes=("x",) * 7)


def test_name_is_added_above_an_address_that_leaves_room_for_it():
    assert bloc_destinataire("LES OLIVIERS", ("35000 RENNES",)) == ("LES OLIVIERS", "35000 RENNES")
    assert bloc_destinataire("LES OLIVIERS", ADRESSE) == ADRESSE


def test_template_text_becomes_paragraphs_steps_and_boxes():
    text = "Bonjour,\nsuite.\n\n>>> Code | A | B\n\nPuis :\n\n1. Un.\n2. Deux.\n"

    assert paragraphes(text) == (
        "Bonjour, suite.",
        Code("Code", "A | B"),
        "Puis :",
        "1. Un.",
        "2. Deux.",
    )


def test_first_letter_says_all_the_guide_asks_and_holds_on_one_sheet():
    printed = format_identifiant(new_identifiant())
    designation = "FOYER DE JEUNES TRAVAILLEURS LE RELAIS DU PILAT ET DES MONTS " * 3

    pdf = ecrire(
        lettre(paragraphes=paragraphes(identifiant(printed, designation=designation.strip()))),
        cree_le=CREE_LE,
    )

    assert len(pages(pdf)) == 1
    text = text_of(pdf)
    for said in (printed, SITE, "second courrier", "« administrateur »", "« Connexion »"):
        assert said in text
    assert all(f"{step}." in text for step in range(1, 6))


def test_second_letter_carries_the_secret_and_its_rules():
    printed = grouped(new_secret())

    pdf = ecrire(lettre(paragraphes=paragraphes(secret(printed))), cree_le=CREE_LE)

    assert len(pages(pdf)) == 1
    text = text_of(pdf)
    for said in (printed, SITE, "60 jours", "2 août 2019", "Gardez ce mot de passe secret"):
        assert said in text


def test_values_of_one_box_stand_under_one_another_and_hold_on_the_sheet():
    values = [f"SCI DES {rank} ROUTES : 359 0000709{rank:04}" for rank in range(8)]
    text = "Avant :\n\n>>> Vos numéros | " + "\n+ ".join(values) + "\n\nAprès."

    assert paragraphes(text) == (
        "Avant :",
        Code("Vos numéros", values[0], tuple(values[1:])),
        "Après.",
    )
    (page,) = pages(ecrire(lettre(paragraphes=paragraphes(text)), cree_le=CREE_LE))
    printed = {text.replace("\u00a0", " "): y for text, _, y, _ in runs(page)}
    lines = [printed[value] for value in values]
    assert lines == sorted(lines)
    assert lines[0] > PLIS[0]


def test_a_second_sheet_without_mentions_bears_its_number_alone():
    long = tuple(["Une phrase assez longue pour remplir la feuille. " * 12] * 12)

    second = pages(ecrire(lettre(paragraphes=long, pied_de_page=""), cree_le=CREE_LE))[1]

    printed = [text for text, *_place in runs(second)]
    assert "page 2" in printed
    assert not any(text.startswith("–") for text in printed)


def test_a_batch_says_how_many_sheets_each_letter_takes():
    long = tuple(["Une phrase assez longue pour remplir la feuille. " * 12] * 12)
    places = []

    ecrire_lot(
        [lettre(), lettre(paragraphes=long), lettre()], io.BytesIO(), cree_le=CREE_LE, places=places
    )

    assert places == [Place(1, 1), Place(2, 2), Place(4, 1)]
