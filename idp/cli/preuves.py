"""``idp preuve``: a proof of the journal, checked by anyone, anywhere: no database, no settings, no network."""

import json
from pathlib import Path

import click

from idp import clock, journal_proof
from idp.journal_proof import Proof, Refused

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("preuve")
def preuves() -> None:
    """Preuves du journal d'un organisme (docs/preuve.md)."""


@preuves.command()
@click.argument("fichiers", nargs=-1, required=True, type=_FILE)
@click.option(
    "--jwks", type=_FILE, help="Clés publiques du fournisseur (/oidc/jwks), obtenues à part."
)
@click.pass_context
def verifier(ctx: click.Context, fichiers: tuple[Path, ...], jwks: Path | None) -> None:
    """Recalcule tout d'une preuve ; de deux, dit aussi si rien n'a changé entre elles.

    Sort avec 1 si quelque chose ne tient pas.
    """
    if len(fichiers) > 2:
        raise click.UsageError("Donnez une preuve, ou deux.")
    try:
        trusted = _json(jwks) if jwks else None
        proofs = [_checked(path, trusted) for path in fichiers]
        if len(proofs) == 2:
            _compare(*sorted(proofs, key=lambda proof: proof.made_at))
    except Refused as refused:
        click.echo(f"PREUVE REFUSÉE. {refused}", err=True)
        ctx.exit(1)
    click.echo("Tout est vérifié.")


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Refused(f"{path} n’est pas un fichier JSON.") from error


def _checked(path: Path, trusted: object) -> Proof:
    proof = journal_proof.checked(_json(path), trusted)
    first, last = proof.rows[0].number, proof.rows[-1].number
    made_at = proof.made_at.astimezone(clock.PARIS).strftime("%d/%m/%Y à %H:%M:%S")
    click.echo(f"{path} : journal de {proof.raison_sociale} ({proof.organisme_id})")
    click.echo(f"  Du {proof.start} au {proof.end}, preuve faite le {made_at} par {proof.issuer}.")
    click.echo(
        f"  {len(proof.rows)} lignes, de la {first} à la {last} : aucune modifiée, aucune ne manque."
    )
    if first > 1:
        click.echo(
            f"  Les lignes 1 à {first - 1} sont d’avant cette période, ou effacées à leur âge."
        )
    if proof.reaches_the_head:
        click.echo("  La dernière est aussi la dernière du journal à cet instant.")
    else:
        click.echo(f"  Le journal allait alors jusqu’à la ligne {proof.head.number}.")
    _tell_key(proof)
    return proof


def _tell_key(proof: Proof) -> None:
    click.echo(f"  Signature juste, par la clé {proof.thumbprint}.")
    if not proof.trusted_key:
        click.echo(
            "  ATTENTION : cette clé vient du fichier lui-même. Comparez-la à celle qui est publiée à"
            f" {proof.issuer}/oidc/jwks (kid), ou donnez ces clés avec --jwks."
        )


def _compare(older: Proof, newer: Proof) -> None:
    found = journal_proof.compared(older, newer)
    if found.common:
        click.echo(f"Les {found.common} lignes que les deux preuves ont en commun sont les mêmes.")
        return
    if found.touching:
        click.echo("La plus récente reprend exactement où la plus ancienne s’arrête.")
        return
    raise Refused(
        "Les deux preuves n’ont aucune ligne en commun : demandez une preuve dont la période recouvre l’ancienne."
    )
