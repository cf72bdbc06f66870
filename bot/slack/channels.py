"""Whether a channel was archived."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.errors import SDK_TROUBLE
from bot.slack.payloads import part


class SlackChannels:
    """The Channels on slack_sdk."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def is_archived(self, channel: str) -> bool:
        """Ask conversations.info; what Slack does not tell is not archived."""
        try:
            answer = await self._client.conversations_info(channel=channel)
        except SDK_TROUBLE:
            return False
        found = part(answer.data, "channel") if isinstance(answer.data, dict) else {}
        return found.get("is_archived") is True
