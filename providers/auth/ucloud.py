"""UCloud and its white labels: SHA-1 over all parameters, without time or nonce.

https://docs.ucloud.cn/api/summary/signature
"""

import hashlib
from collections.abc import Mapping

from pydantic import SecretStr

from providers.call import Call


def flatten(params: Mapping[str, object]) -> dict[str, str]:
    """Return nested parameters as the flat texts that are signed and sent: ``Name.0``, ``Name.Sub``."""
    flat: dict[str, str] = {}
    for name, value in params.items():
        if isinstance(value, Mapping):
            flat.update(flatten({f"{name}.{key}": inner for key, inner in value.items()}))
        elif isinstance(value, list | tuple):
            flat.update(flatten({f"{name}.{index}": inner for index, inner in enumerate(value)}))
        else:
            flat[name] = _as_text(value)
    return flat


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def sign(params: Mapping[str, str], private_key: str) -> str:
    """Return the Signature of flat *params*, PublicKey included; a Signature among them is left out."""
    signed = "".join(name + value for name, value in sorted(params.items()) if name != "Signature")
    return hashlib.sha1((signed + private_key).encode(), usedforsecurity=False).hexdigest()


class UCloudAuth:
    """Adds PublicKey and Signature to a POST form; what is signed is what is sent."""

    def __init__(self, public_key: str, private_key: SecretStr) -> None:
        self._public_key = public_key
        self._private_key = private_key

    async def sign(self, call: Call) -> None:
        """Add two parameters to the form."""
        call.form = {**(call.form or {}), "PublicKey": self._public_key}
        call.form["Signature"] = sign(call.form, self._private_key.get_secret_value())
