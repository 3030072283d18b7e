"""Random values, digests and sealing, on top of ``secrets``, ``hashlib`` and ``cryptography``.

Passwords are hashed in ``idp/accounts/passwords.py``, tokens are signed with ``idp/keys.py``.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def new_token() -> str:
    """256 random bits as 43 characters of ``[A-Za-z0-9_-]``: for cookies, codes, client secrets."""
    return secrets.token_urlsafe(32)


def new_digits(length: int) -> str:
    """``length`` random decimal digits: for codes that people type."""
    return "".join(secrets.choice("0123456789") for _ in range(length))


def digest(token: str) -> str:
    """SHA-256 in hexadecimal (64 characters) of a value drawn by ``new_token``.

    A plain digest is enough for 256 random bits; what people type goes through ``KeyedDigest`` or Argon2.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in a time that does not depend on where they differ; any text is accepted."""
    return hmac.compare_digest(left.encode(), right.encode())


class SecretBox:
    """What the deployment's secret key lets us do: seal for storage, and digest short codes.

    Each use has a key of its own, derived by HKDF (RFC 5869), so that no value serves in two places.
    """

    def __init__(self, secret_key: str) -> None:
        self._secret_key = secret_key.encode()
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derived(b"seal")))
        self._code_key = self._derived(b"code")
        self._pairwise_key = self._derived(b"pairwise")
        self._refresh_key = self._derived(b"refresh")

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), length=32, salt=None, info=b"mcp/" + purpose).derive(self._secret_key)

    def seal(self, data: bytes) -> bytes:
        """Encrypt and authenticate for storage; ``unseal`` gives it back."""
        return self._fernet.encrypt(data)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises ``ValueError`` when the data was altered, or sealed under another secret key."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise ValueError("sealed under another key, or altered") from error

    def pairwise(self, sector: str, subject: str) -> str:
        """What the clients of one sector are told of a person (OpenID Connect Core §8.1); 43 characters."""
        return _mac(self._pairwise_key, f"{sector}\0{subject}")

    def refresh_proof(self, text: str) -> str:
        """What shows that a refresh token was made here; 43 characters."""
        return _mac(self._refresh_key, text)

    def code_digest(self, code: str, *, bound_to: str) -> str:
        """Keyed digest of a short code: useless without the key, and only for what it is bound to."""
        return hmac.new(self._code_key, f"{bound_to}\0{code}".encode(), hashlib.sha256).hexdigest()


def _mac(key: bytes, text: str) -> str:
    mac = hmac.new(key, text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(mac.digest()).decode().rstrip("=")
