"""The menu of the console leads to pages that open for who sees it, and says what is reserved as routes do."""

from flask import Flask

from idp.habilitations.views.menu import ENTREES


def test_every_entry_is_a_page_reserved_to_the_same_people(app: Flask) -> None:
    declared = {
        rule.rule: app.view_functions[rule.endpoint].access  # type: ignore[attr-defined]
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
    }

    said = {
        entree.adresse: "administrateur" if entree.reservee else "gestionnaire"
        for entree in ENTREES
    }

    assert said == {address: declared.get(address) for address in said}
