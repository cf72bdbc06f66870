"""Hides an account's secrets from what a cloud says: a cloud may repeat in its message what it was sent."""

import dataclasses
import re
from collections.abc import Iterable

from msgspec.structs import replace
from pydantic import SecretStr

from providers.base import ProviderError, Reading, TaskSnapshot
from providers.reading import CUT

HIDDEN = "[hidden]"

# Shorter texts appear by chance, and hiding them would garble what is said.
_SHORTEST = 4
_LINK = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s”]+", re.IGNORECASE)
_SIGNATURE = re.compile(r"\b[0-9a-f]{40,}\b", re.IGNORECASE)


class Veil:
    """The secrets of one account, the tokens obtained on the way included."""

    def __init__(self, secrets: Iterable[SecretStr | str | None] = ()) -> None:
        self._secrets: list[str] = []
        for secret in secrets:
            if secret is not None:
                self.add(secret.get_secret_value() if isinstance(secret, SecretStr) else secret)

    def __repr__(self) -> str:
        return f"Veil({len(self._secrets)} secrets)"

    def add(self, secret: str) -> None:
        """Hide *secret* from now on."""
        if len(secret) >= _SHORTEST:
            # The longest first, so that one that holds another is hidden whole.
            self._secrets = sorted({*self._secrets, secret}, key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Return *text* without the secrets."""
        if not text:
            return text
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, HIDDEN)
            if CUT in text:
                text = _without_beginning(text, secret)
        return text

    def over(self, reading: Reading) -> Reading:
        """Return *reading* without the secrets; an error also loses links and what may be a signature."""
        if isinstance(reading, TaskSnapshot):
            raw_state, message = self.hide(reading.raw_state), self.hide(reading.message)
            phases = reading.phases
            if phases:
                phases = tuple(replace(phase, name=self.hide(phase.name)) for phase in phases)
            if raw_state == reading.raw_state and message == reading.message and phases == reading.phases:
                return reading
            return replace(reading, raw_state=raw_state, message=message, phases=phases)
        return self.over_error(reading)

    def over_error(self, error: ProviderError) -> ProviderError:
        """Rewrite *error* in place, so that its kind and traceback stay."""
        cause = error.cause
        error.cause = dataclasses.replace(cause, code=self._in_error(cause.code), said=self._in_error(cause.said))
        # An id ends at its first odd character, which may have been one of a secret.
        error.request_id = _SIGNATURE.sub(HIDDEN, self.hide(error.request_id + CUT).removesuffix(CUT))
        return error

    def _in_error(self, text: str) -> str:
        return _SIGNATURE.sub(HIDDEN, _LINK.sub("[link]", self.hide(text))) if text else text


def _without_beginning(text: str, secret: str) -> str:
    """Hide the part of *secret* that is left where *text* was cut in the middle of it."""
    for length in range(len(secret) - 1, _SHORTEST - 1, -1):
        text = text.replace(secret[:length] + CUT, HIDDEN + CUT)
    return text
