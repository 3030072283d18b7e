"""The application as a whole."""

from flask import Flask

from idp.db import db


def test_every_table_exists(app: Flask) -> None:
    assert set(db.inspect(db.engine).get_table_names()) >= set(db.metadata.tables)
