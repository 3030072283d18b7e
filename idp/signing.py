"""Signatures of ours (RFC 7515): one explicit key, the active one of its algorithm, named by ``kid``.

Tokens are verified in ``idp/oidc/tokens/signing.py``, proofs of the journal in ``journal_proof.py``.
"""

import warnings
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning

from idp.keys import Algorithm, KeyRing

# RFC 9864 renames EdDSA to Ed25519; the clients of today, and the certification plans, know the former name.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


def sign(claims: dict[str, Any], *, typ: str, algorithm: Algorithm, key_ring: KeyRing) -> str:
    """Sign with the active key of that algorithm; the header names it by ``kid``."""
    signer = key_ring.signing_key(algorithm)
    header = {"alg": algorithm.value, "kid": signer.kid, "typ": typ}
    return jwt.encode(header, claims, signer.key, [algorithm.value])
