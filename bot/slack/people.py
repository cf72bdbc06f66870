# ruff: noqa: ARG002 - provisional
"""People of whom nothing is asked yet: provisional, until Slack is asked for them."""

from collections.abc import Collection

from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.ports import Person


class SlackPeople:
    """Knows nobody."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def person(self, user: str) -> Person:
        """Return what is known of a user."""
        return Person()

    async def is_in_a_group(self, user: str, groups: Collection[str]) -> bool | None:
        """Tell whether a user is in one of these user groups."""
        return None

    async def whisper(self, *, channel: str, user: str, message: Message, thread_ts: str | None = None) -> bool:
        """Show a message to one user alone."""
        return False
