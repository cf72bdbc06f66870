"""Which tokens are good, and for which methods."""

from collections.abc import Callable
from dataclasses import dataclass

from playground.slack import names
from playground.slack.arguments import Arguments
from playground.slack.errors import Refusal
from playground.slack.workspace import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How one method is served, and what its token must be good for."""

    serve: Callable[[Arguments], Json]
    scopes: tuple[str, ...] = ()
    """Any one of these is enough."""
    app_level: bool = False


class Tokens:
    """Which tokens are good, and for what."""

    def __init__(self, scopes: frozenset[str]) -> None:
        self.scopes = scopes
        self.bot_error: str | None = None
        """What every call with the bot token is refused with, such as `token_revoked`."""

    def check(self, token: str, method: Method) -> None:
        """Refuse a token that is missing, unknown, of the wrong kind or without the scope."""
        if not token:
            raise Refusal("not_authed")
        if token not in (names.BOT_TOKEN, names.APP_TOKEN):
            raise Refusal("invalid_auth")
        if method.app_level != (token == names.APP_TOKEN):
            raise Refusal("not_allowed_token_type")
        if not method.app_level and self.bot_error is not None:
            raise Refusal(self.bot_error)
        if method.scopes and not self.scopes.intersection(method.scopes):
            raise Refusal("missing_scope", needed=",".join(method.scopes), provided=",".join(sorted(self.scopes)))
