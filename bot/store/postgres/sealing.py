"""Seals what the database must not know: AES-256 in GCM, bound to the name under which it is kept."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORM = b"\x01"
"""Stands before what is sealed, so that another form can be told from it one day."""
_NONCE_BYTES = 12
_PURPOSE = b"milepost token\0"


class Seal:
    """One key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, name: str, content: bytes) -> bytes:
        """Return *content* so that it can be read with this key and under this name alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _FORM + nonce + self._cipher.encrypt(nonce, content, _PURPOSE + name.encode())

    def open(self, name: str, sealed: bytes) -> bytes | None:
        """Return what was sealed; None where it was damaged, or sealed with another key or for another name."""
        form, nonce, rest = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if form != _FORM or len(nonce) != _NONCE_BYTES:
            return None
        try:
            return self._cipher.decrypt(nonce, rest, _PURPOSE + name.encode())
        except InvalidTag:
            return None
