"""Rows of the figures: how many times something happened on a day, at a caisse. They name nobody."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model

SANS_CAISSE = ""
"""Where what concerns no organisme is counted: an identifiant that nobody bears, an agent."""


PAYS = "*"
"""The sum of every caisse, and of what is of none: a year of the whole country is read in as many rows as one
caisse's."""


class Chiffre(Model):
    """One figure of a day; ``service`` is the client that it is of, empty for what concerns none."""

    __tablename__ = "chiffre_du_jour"

    caisse_code: Mapped[str] = mapped_column(String(3), primary_key=True)
    jour: Mapped[date] = mapped_column(primary_key=True)
    mesure: Mapped[str] = mapped_column(String(30), primary_key=True)
    service: Mapped[str] = mapped_column(String(80), primary_key=True)
    nombre: Mapped[int]


class ChiffresReleves(Model):
    """Up to which rank of the journal everything was counted: one row."""

    __tablename__ = "chiffres_releves"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rank: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"))

    __table_args__ = (CheckConstraint("id = 1", name="un"),)
