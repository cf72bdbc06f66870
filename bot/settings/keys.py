"""Keys that encrypt, as people write them: 32 bytes in base64, such as ``openssl rand -base64 32`` prints."""

import base64
import binascii

KEY_BYTES = 32


def key_bytes(text: str) -> bytes | None:
    """Return the key; None where it is not base64, plain or for URLs, of exactly 32 bytes."""
    plain = text.strip().translate(str.maketrans("-_", "+/"))
    try:
        key = base64.b64decode(plain.rstrip("=") + "=", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None
