"""What people say to the bot without a slash: by a mention, which works in threads, or in direct messages."""

from slack_bolt.async_app import AsyncApp

from bot.ports import Clouds, People
from bot.slack import payloads
from bot.slack.payloads import Payload
from bot.slack.work import Answer, Work
from bot.usecases.asker import Asker
from bot.usecases.requests import Requests
from bot.usecases.spoken import after_mention, as_command

MENTIONED = "app_mention"
WRITTEN = "message"
"""The type of the event that a manifest calls ``message.im``."""


class MentionListeners:
    """Listens to what is said to the bot, and answers whoever said it alone."""

    def __init__(self, *, work: Work, requests: Requests, people: People, clouds: Clouds, me: str | None) -> None:
        self._work = work
        self._requests = requests
        self._people = people
        self._clouds = clouds
        self._me = me or ""

    def register(self, app: AsyncApp) -> None:
        """Let *app* hand us what is said."""
        app.event(MENTIONED)(self._mentioned)
        app.event(WRITTEN)(self._written)

    async def _mentioned(self, event: Payload) -> None:
        asker = self._asker(event)
        # In direct messages the same text comes as a message.
        if asker is not None and not asker.channel.startswith("D"):
            await self._answer(asker, _text(event))

    async def _written(self, event: Payload) -> None:
        asker = self._asker(event)
        if asker is not None and event.get("channel_type") == "im":
            await self._answer(asker, _text(event), direct=True)

    def _asker(self, event: Payload) -> Asker | None:
        """Return who wrote it just now: no bot (not we ourselves either), and no edit, nobody who joined."""
        user, channel = payloads.user(event.get("user")), payloads.channel(event.get("channel"))
        if user is None or channel is None or user == self._me:
            return None
        if any(event.get(sign) for sign in ("bot_id", "subtype", "edited", "hidden")):
            return None
        return Asker(user=user, channel=channel, thread_ts=payloads.ts(event.get("thread_ts")))

    async def _answer(self, asker: Asker, text: str, *, direct: bool = False) -> None:
        async def work() -> Answer:
            in_thread = asker.thread_ts is not None
            said = after_mention(text, self._me, in_thread=in_thread)
            if said is None and direct:
                said = text
            if said is None:
                return None
            return await self._requests.run(as_command(said, self._clouds, in_thread=in_thread), asker)

        answer = await self._work.safely(work)
        if answer is not None:
            await self._people.whisper(
                channel=asker.channel, user=asker.user, message=answer, thread_ts=asker.thread_ts
            )


def _text(event: Payload) -> str:
    text = event.get("text")
    return text if isinstance(text, str) else ""
