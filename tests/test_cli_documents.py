"""`idp documents`: what an operator is told of signed documents."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from test_cli import Operator
from test_signed_documents import a_pdf

from idp import signed_documents


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path).installed()


def signed_by(operator: Operator, name: str) -> Path:
    """A document that this operator's product signed."""
    content = signed_documents.sign(
        a_pdf(),
        reason="Compte rendu",
        keys_dir=Path(operator.environ["IDP_KEYS_DIR"]),
        now=datetime.now(UTC),
    )
    path = operator.folder / name
    path.write_bytes(content)
    return path


def test_a_signed_document_verifies_and_a_changed_one_does_not(operator: Operator) -> None:
    ours = signed_by(operator, "ours.pdf")
    changed = operator.folder / "changed.pdf"
    changed.write_bytes(ours.read_bytes() + b"\n")

    good, bad = (operator.types("documents", "verify", str(path)) for path in (ours, changed))

    assert good.exit_code == 0
    assert "Signed here, unchanged." in good.output
    assert bad.exit_code == 1
    assert "changed since" in bad.output


def test_rotation_publishes_another_certificate_and_what_was_signed_still_verifies(
    operator: Operator,
) -> None:
    ours = signed_by(operator, "ours.pdf")

    drawn = operator.types("documents", "rotate").output.strip()
    listed = operator.types("documents", "certificates").output

    assert drawn in listed
    assert len(listed.splitlines()) == 2
    assert operator.types("documents", "verify", str(ours)).exit_code == 0
