"""What Slack may send, and what we do with it: acknowledged at once, carried out, answered privately."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.core.wording import answers
from bot.core.wording.card import AGAIN, CONSOLE, FOLLOW, REFRESH, STOP
from bot.ports import StoreError
from bot.usecases.requests import Asker, Requests

_log = structlog.get_logger(__name__)

COMMAND = "/milepost"
_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")

Answer = Message | None


class Listeners:
    """Registers the listeners on a Bolt app, and keeps count of those that are running."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = False

    def register(self, app: AsyncApp) -> None:
        """Let *app* hand us the slash command and the card's buttons."""
        app.command(COMMAND)(self._command)
        app.action(REFRESH)(self._refresh)
        app.action(STOP)(self._stop)
        app.action(AGAIN)(self._again)
        app.action(FOLLOW)(self._follow)
        app.action(CONSOLE)(self._console)

    async def settle(self) -> None:
        """Wait for all that is running."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def drain(self, patience: float) -> None:
        """Take no more work, and let what is running end, so many seconds at most."""
        self._stopping = True
        if self._running:
            await asyncio.wait(set(self._running), timeout=patience)

    # A listener must not raise: Bolt then forgets that it was acknowledged, and the person sees an error as well.

    async def _command(self, ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()

        async def work() -> Answer:
            channel, user = _ids(body.get("channel_id"), body.get("user_id"))
            return await self._requests.run(str(body.get("text") or ""), Asker(user=user, channel=channel))

        await self._answered(respond, work)

    async def _refresh(self, ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()

        async def work() -> Answer:
            channel, user, value = _pressed(body)
            return await self._requests.refresh(value, Asker(user=user, channel=channel))

        await self._answered(respond, work)

    async def _stop(self, ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()

        async def work() -> Answer:
            channel, user, value = _pressed(body)
            return await self._requests.stop(value, Asker(user=user, channel=channel))

        await self._answered(respond, work)

    async def _again(self, ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()

        async def work() -> Answer:
            channel, user, value = _pressed(body)
            return await self._requests.track_again(value, Asker(user=user, channel=channel))

        await self._answered(respond, work)

    async def _follow(self, ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        """The button carries account and key, as one would type them; whatever else it carries is read as typed."""
        await ack()

        async def work() -> Answer:
            channel, user, _ = _pressed(body)
            return await self._requests.run(f"subscribe {_value(body)}", Asker(user=user, channel=channel))

        await self._answered(respond, work)

    async def _console(self, ack: AsyncAck) -> None:
        """A link button still sends an action; unanswered, it would show a warning sign."""
        await ack()

    async def _answered(self, respond: AsyncRespond, work: Callable[[], Awaitable[Answer]]) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        answer = answers.stopping() if self._stopping else await _safely(work)
        if answer is None:
            return
        try:
            await respond(
                text=answer.text, blocks=list(answer.blocks), response_type="ephemeral", replace_original=False
            )
        except Exception:
            # What was asked is done; only the private answer is lost.
            _log.exception("a private answer could not be given")


async def _safely(work: Callable[[], Awaitable[Answer]]) -> Answer:
    try:
        return await work()
    except StoreError as error:
        _log.error("a command could not be written down", error=str(error))
        return answers.try_again()
    except Exception:
        _log.exception("a command failed")
        return answers.broken()


def _ids(channel: object, user: object) -> tuple[str, str]:
    if not (isinstance(channel, str) and _CHANNEL.fullmatch(channel)):
        raise ValueError("a payload without a channel id")
    if not (isinstance(user, str) and _USER.fullmatch(user)):
        raise ValueError("a payload without a user id")
    return channel, user


def _pressed(body: dict[str, Any]) -> tuple[str, str, str]:
    """Return channel, user and value of a pressed button; a value of another form fits no subscription."""
    channel, user = _ids((body.get("channel") or {}).get("id"), (body.get("user") or {}).get("id"))
    value = _value(body)
    return channel, user, value if re.fullmatch(r"[0-9a-f]{12}", value) else ""


def _value(body: dict[str, Any]) -> str:
    value = (body.get("actions") or [{}])[0].get("value")
    return value if isinstance(value, str) else ""


def make_app(client: AsyncWebClient, *, signing_secret: str, me: AuthorizeResult) -> AsyncApp:
    """Return a Bolt app for one workspace.

    *me* is what auth.test said at the start. Given as a function it also keeps Bolt from turning into an OAuth app
    where SLACK_CLIENT_ID happens to be set.
    """

    async def authorize() -> AuthorizeResult:
        return me

    # Bolt warns that it will not read SLACK_BOT_TOKEN, which is just what is wanted here.
    logger = logging.getLogger("slack_bolt.AsyncApp")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        app = AsyncApp(
            logger=logger,
            name="milepost",
            client=client,
            authorize=authorize,
            signing_secret=signing_secret,
            raise_error_for_unhandled_request=True,
        )
    finally:
        logger.setLevel(level)
    app.error(_failed)
    return app


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse | None:
    """Acknowledge what has no listener: an event would be delivered again and again, a press shows a warning sign.

    A slash command without one is an error that the person must see.
    """
    event = body.get("event")
    kind = (event if isinstance(event, dict) else body).get("type") or body.get("command")
    if not isinstance(error, BoltUnhandledRequestError):
        _log.error("a payload could not be handled", kind=kind, exc_info=error)
        return None
    _log.warning("Slack sent something that nothing listens to", kind=kind)
    return None if "command" in body else BoltResponse(status=200, body="")
