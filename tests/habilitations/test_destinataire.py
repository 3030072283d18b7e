"""Another name above the address of an organisme: which ones may have its letters reach somebody else."""

import pytest

from idp.habilitations.organismes.destinataire import autre_destinataire


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("LES OLIVIERS", "Les Oliviers"),
        ("OFFICE DU HERON", "Office du Héron"),
        ("SCI  DU BOIS ", "SCI DU\u00a0BOIS"),
        ("MAIRIE DE L'ILE", "Mairie de l’Île"),
        ("Les Œuvres d’été", "LES OEUVRES D'ETE"),
        ("STRAßE", "STRASSE"),
        ("E\u0301COLE", "École"),
    ],
)
def test_a_name_written_otherwise_reaches_the_same(avant: str, apres: str) -> None:
    assert not autre_destinataire(avant, apres)


@pytest.mark.parametrize(
    ("avant", "apres"),
    [
        ("LES OLIVIERS", "LES OLIVIERS CHEZ MARTIN"),
        ("LES OLIVIERS", "LES OLIVIERS c/o"),
        ("LES OLIVIERS", "LES OLIVIER"),
        ("MME JEANNE MARTIN", "M JEAN MARTIN"),
        ("LES OLIVIERS", "LES OLIVIERS."),
        ("LES OLIVIERS", "LES 0LIVIERS"),
        ("LES OLIVIERS", "LES\u200b OLIVIERS"),
        ("LES OLIVIERS", ""),
    ],
)
def test_another_name_may_reach_somebody_else(avant: str, apres: str) -> None:
    assert autre_destinataire(avant, apres)
    assert autre_destinataire(apres, avant)
