"""Signing keys of one test alone: those of the run are shared, and must not move."""

from dataclasses import replace
from pathlib import Path

from flask import Flask

from idp.extensions import Ground, ground
from idp.keys import KeyRing, ensure_active_keys


def ground_with_own_keys(app: Flask, folder: Path) -> Ground:
    """The ground of this application, on keys drawn in that folder."""
    ensure_active_keys(folder)
    place = ground(app)
    return replace(
        place, settings=replace(place.settings, keys_dir=folder), key_ring=KeyRing(folder)
    )
