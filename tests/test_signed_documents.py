"""Documents that bear our signature: verified whole, refused at the first byte that changed, read for years."""

import asyncio
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from fpdf import FPDF
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from idp import signed_documents
from idp.errors import ConfigurationError
from idp.signed_documents import certificates, document_key, fingerprint, rotate, sign, verify

NOW = datetime.now(UTC)


def a_pdf(text: str = "Compte rendu") -> bytes:
    sheet = FPDF()
    sheet.add_page()
    sheet.set_font("helvetica", size=12)
    sheet.cell(text=text)
    return bytes(sheet.output())


def signed(keys_dir: Path, text: str = "Compte rendu") -> bytes:
    return sign(a_pdf(text), reason="Revue", keys_dir=keys_dir, now=NOW)


def test_signed_document_verifies_with_pyhanko_and_with_us(tmp_path: Path) -> None:
    document = signed(tmp_path)

    (certificate,) = certificates(tmp_path)
    root = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    (embedded,) = PdfFileReader(BytesIO(document)).embedded_regular_signatures
    status = validate_pdf_signature(
        embedded, ValidationContext(trust_roots=[root], allow_fetching=False)
    )
    assert status.bottom_line
    assert embedded.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    found = verify(document, tmp_path)
    assert found.ours
    assert found.fingerprint == fingerprint(certificate)
    assert found.signed_at is not None


def test_tampered_byte_is_seen_wherever_it_is(tmp_path: Path) -> None:
    document = signed(tmp_path)
    (embedded,) = PdfFileReader(BytesIO(document)).embedded_regular_signatures
    _start, first, after, second = map(int, embedded.byte_range)

    for place in [10, first // 3, first // 2, first - 2, after + 1, after + second - 30]:
        altered = bytearray(document)
        altered[place] ^= 1
        assert not verify(bytes(altered), tmp_path).ours, place


def test_what_is_added_after_the_signature_is_seen(tmp_path: Path) -> None:
    document = signed(tmp_path)

    assert not verify(document + b"\n%%EOF\n", tmp_path).ours


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7", b"PK\x03\x04", a_pdf()], ids=["empty", "torn", "zip", "unsigned"]
)
def test_what_is_not_signed_is_not_ours(tmp_path: Path, content: bytes) -> None:
    document_key(tmp_path, NOW)

    assert not verify(content, tmp_path).ours


def test_a_document_signed_elsewhere_is_not_ours(tmp_path: Path) -> None:
    document_key(tmp_path / "here", NOW)

    assert not verify(signed(tmp_path / "elsewhere"), tmp_path / "here").ours


def test_rotation_keeps_what_was_signed_and_forgets_the_key(tmp_path: Path) -> None:
    before, former = signed(tmp_path), document_key(tmp_path, NOW)

    current = rotate(tmp_path, NOW)

    after = signed(tmp_path, "Suite")
    assert verify(before, tmp_path).fingerprint == fingerprint(former.certificate)
    assert verify(after, tmp_path).fingerprint == fingerprint(current.certificate)
    assert verify(before, tmp_path).ours
    assert verify(after, tmp_path).ours
    assert len(certificates(tmp_path)) == 2
    private = [
        path for path in (tmp_path / "documents").iterdir() if b"PRIVATE" in path.read_bytes()
    ]
    assert [path.name for path in private] == ["active.pem"]


def test_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        held = list(pool.map(lambda _rank: document_key(tmp_path, NOW), range(3)))

    assert len({fingerprint(one.certificate) for one in held}) == 1
    assert len(certificates(tmp_path)) == 1
    assert len(list((tmp_path / "documents").iterdir())) == 2


def test_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    document_key(tmp_path, NOW)
    active = tmp_path / signed_documents.FOLDER / signed_documents.ACTIVE
    assert stat.S_IMODE(active.stat().st_mode) == 0o600

    active.chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        signed(tmp_path)


def test_signing_and_verifying_are_done_within_an_event_loop_too(tmp_path: Path) -> None:
    async def within() -> bool:
        return signed_documents.verify(signed(tmp_path), tmp_path).ours

    assert asyncio.run(within())
