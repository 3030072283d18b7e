"""A device that holds passkeys, written from W3C Web Authentication Level 2 (§6.1, §6.5) apart from the code."""

import base64
import hashlib
import json
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.hashes import SHA256

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Device:
    """One device; what an attacker would change of it are its fields."""

    origin: str = ORIGIN
    rp_id: str = "localhost"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    eddsa: bool = False
    sign_count: int = 0
    credential_id: bytes = b"k" * 32
    user_handle: bytes | None = None
    sign: Callable[[bytes], bytes] = field(init=False)
    cose: bytes = field(init=False)

    def __post_init__(self) -> None:
        if self.eddsa:
            edwards = ed25519.Ed25519PrivateKey.generate()
            self.sign = edwards.sign
            public = edwards.public_key().public_bytes_raw()
            self.cose = cbor2.dumps({1: 1, 3: -8, -1: 6, -2: public})
            return
        elliptic = ec.generate_private_key(ec.SECP256R1())
        self.sign = lambda data: elliptic.sign(data, ec.ECDSA(SHA256()))
        point = elliptic.public_key().public_numbers()
        self.cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
        )

    def create(self, options: dict[str, Any]) -> str:
        """Answer a registration."""
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._authenticator_data(ATTESTED) + attested + self.cose
        self.user_handle = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        return self._answer(
            options["challenge"],
            "webauthn.create",
            lambda _client_data: {
                "attestationObject": b64(
                    cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
                ),
                "transports": ["internal"],
            },
        )

    def get(self, options: dict[str, Any]) -> str:
        """Answer an authentication."""
        self.sign_count += self.counts
        data = self._authenticator_data()

        def signed(client_data: bytes) -> dict[str, Any]:
            return {
                "authenticatorData": b64(data),
                "signature": b64(self.sign(data + hashlib.sha256(client_data).digest())),
                "userHandle": b64(self.user_handle or b""),
            }

        return self._answer(options["challenge"], "webauthn.get", signed)

    def _authenticator_data(self, more: int = 0) -> bytes:
        hashed = hashlib.sha256(self.rp_id.encode()).digest()
        return hashed + struct.pack(">BI", self.flags | more, self.sign_count)

    def _answer(self, challenge: str, kind: str, rest: Callable[[bytes], dict[str, Any]]) -> str:
        client_data = json.dumps(
            {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        ).encode()
        identifier = b64(self.credential_id)
        response = {"clientDataJSON": b64(client_data), **rest(client_data)}
        return json.dumps(
            {"id": identifier, "rawId": identifier, "type": "public-key", "response": response}
        )
