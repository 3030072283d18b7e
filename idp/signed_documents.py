"""Documents that bear our signature: PDF, signed by a key of their own and verified against our certificates.

PAdES-B-B (ETSI EN 319 142-1 §6.3), by pyHanko. The key is apart from those of tokens (``keys.py``): what it signs
is read for years. ``keys/documents/active.pem`` holds it with its self-signed certificate, mode 600; each
certificate is kept beside it as ``<fingerprint>.crt``, and published. A rotation forgets the former key and keeps
its certificate, so that what it signed still verifies and nothing more is signed by it.
"""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from idp.errors import ConfigurationError

T = TypeVar("T")

FOLDER = "documents"
ACTIVE = "active.pem"
RSA_BITS = 3072
VALID = timedelta(days=3653)
"""Longer than any document is kept: without a time stamp, a certificate that is over verifies nothing."""
FIELD = "Signature"


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """The key that signs, and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of a certificate, in hexadecimal: what is compared with what we publish."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def document_key(keys_dir: Path, now: datetime) -> DocumentKey:
    """The key that signs; drawn when there is none. Of two processes that draw one, both use the first."""
    active = keys_dir / FOLDER / ACTIVE
    if not active.exists():
        _draw(keys_dir, now, replace=False)
    return _read(active)


def rotate(keys_dir: Path, now: datetime) -> DocumentKey:
    """Sign with a new key from now on; the former one is gone, and its certificate stays."""
    _draw(keys_dir, now, replace=True)
    return _read(keys_dir / FOLDER / ACTIVE)


def certificates(keys_dir: Path) -> list[x509.Certificate]:
    """All those that ever signed a document, the newest first: what readers may trust."""
    kept = [
        x509.load_pem_x509_certificate(path.read_bytes())
        for path in (keys_dir / FOLDER).glob("*.crt")
    ]
    return sorted(kept, key=lambda one: one.not_valid_before_utc, reverse=True)


def sign(pdf: bytes, *, reason: str, keys_dir: Path, now: datetime) -> bytes:
    """The same document with our signature, which covers it whole."""
    held = document_key(keys_dir, now)
    der = serialization.Encoding.DER
    certificate = asn1_x509.Certificate.load(held.certificate.public_bytes(der))
    private = held.key.private_bytes(
        der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    signer = signers.SimpleSigner(
        signing_cert=certificate,
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore.from_certs([certificate]),  # type: ignore[no-untyped-call] # its own
    )
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        subfilter=fields.SigSeedSubFilter.PADES,
        reason=reason,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )

    def signed() -> bytes:
        written = signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), meta, signer=signer)
        return bytes(written.getvalue())

    return _apart(signed)


def _apart(work: Callable[[], T]) -> T:
    """Do it in a thread of its own: the library runs an event loop, which the caller's may not allow."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check found: whether the document is whole and ours, and which certificate signed it."""

    ours: bool
    fingerprint: str | None = None
    signed_at: datetime | None = None


def verify(pdf: bytes, keys_dir: Path) -> Verified:
    """Whether this document was signed here and nothing that the signature covers changed since.

    It covers every byte but its own place, which a signature cannot.
    """
    roots = [
        asn1_x509.Certificate.load(one.public_bytes(serialization.Encoding.DER))
        for one in certificates(keys_dir)
    ]
    try:
        embedded = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        if len(embedded) != 1:
            return Verified(ours=False)
        trusted = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = _apart(lambda: validate_pdf_signature(embedded[0], trusted))
    except (PdfError, SigningError, SignatureValidationError, ValueError, TypeError, KeyError):
        # Whatever is wrong with what somebody hands over, it is not ours.
        return Verified(ours=False)
    whole = status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    return Verified(
        ours=bool(status.bottom_line and whole),
        fingerprint=embedded[0].signer_cert.sha256.hex(),
        signed_at=embedded[0].self_reported_timestamp,
    )


def _draw(keys_dir: Path, now: datetime, *, replace: bool) -> None:
    folder = keys_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    certificate = _self_signed(key, now)
    pem = serialization.Encoding.PEM
    public = certificate.public_bytes(pem)
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # First the certificate: nothing is signed that could not be verified.
    named = folder / f"{fingerprint(certificate)}.crt"
    named.write_bytes(public)
    draft = folder / f".{named.stem}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private + public)
    if replace:
        draft.rename(folder / ACTIVE)
        return
    try:
        os.link(draft, folder / ACTIVE)
    except FileExistsError:
        named.unlink()
    draft.unlink()


def _self_signed(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Mon Compte Partenaire"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Mon Compte Partenaire, documents"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # Clocks differ a little.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _read(active: Path) -> DocumentKey:
    if stat.S_IMODE(active.stat().st_mode) & 0o077:
        raise ConfigurationError([f"{active.name}: others can read this private key; chmod 600"])
    pem = active.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError([f"{active.name}: this is not an RSA key"])
    return DocumentKey(key, x509.load_pem_x509_certificate(pem))
