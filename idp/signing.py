"""Signatures of ours (RFC 7515): one explicit key, the active one of its algorithm, named by ``kid``.

Tokens are verified in ``idp/oidc/tokens/signing.py``, proofs of the journal in ``journal_proof.py``.
"""

import json
import warnings
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning

from idp.keys import Algorithm, KeyRing, StoredKey

# RFC 9864 renames EdDSA to Ed25519; the clients of today, and the certification plans, know the former name.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


def sign(claims: dict[str, Any], *, typ: str, algorithm: Algorithm, key_ring: KeyRing) -> str:
    """Sign with the active key of that algorithm; the header names it by ``kid``."""
    signer = key_ring.signing_key(algorithm)
    return jwt.encode(_header(signer, typ), claims, signer.key, [algorithm.value])


def length(claims: dict[str, Any], *, typ: str, algorithm: Algorithm, key_ring: KeyRing) -> int:
    """How many characters ``sign`` would give: known before anything is signed."""
    signer = key_ring.signing_key(algorithm)
    parts = (_header(signer, typ), claims)
    told = (json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts)
    modulus = signer.key.as_dict(private=False).get("n")
    # An RSA signature is as long as the modulus; those of ES256 and of Ed25519 have 64 bytes.
    signature = len(str(modulus)) if modulus else _in_base64(64)
    return sum(_in_base64(len(text.encode())) + len(".") for text in told) + signature


def _in_base64(size: int) -> int:
    return (size * 4 + 2) // 3


def _header(signer: StoredKey, typ: str) -> dict[str, str]:
    return {"alg": signer.algorithm.value, "kid": signer.kid, "typ": typ}
