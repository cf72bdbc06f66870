"""The App Home, on Slack's side: showing it, and what is pressed there."""

import re
from collections.abc import Awaitable, Callable

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.core.wording import answers
from bot.core.wording.home import MORE, PAGE, TRACK
from bot.slack import payloads
from bot.slack.errors import SDK_TROUBLE
from bot.slack.forms import EDIT, STOP, TRANSFER, FormListeners
from bot.slack.payloads import Payload
from bot.slack.work import Answer, Work
from bot.usecases.asker import Asker
from bot.usecases.home import Homes
from bot.usecases.requests import Requests

_log = structlog.get_logger(__name__)

OPENED = "app_home_opened"
_FORMS = {"edit": EDIT, "stop": STOP, "transfer": TRANSFER}


class HomeListeners:
    """Shows people their home, and carries out what they press there."""

    def __init__(self, *, work: Work, homes: Homes, requests: Requests, client: AsyncWebClient) -> None:
        self._work = work
        self._homes = homes
        self._requests = requests
        self._client = client

    def register(self, app: AsyncApp, forms: FormListeners) -> None:
        """Let *app* hand us what happens in App Home."""
        self._forms = forms
        app.event(OPENED)(self._opened)
        app.action(TRACK)(self._track)
        app.action(MORE)(self._chosen)
        app.action(re.compile(rf"{re.escape(PAGE)}\..*"))(self._turned)

    async def show(self, user: str, page: int = 1, notice: Answer = None) -> None:
        """Show somebody's home anew. A failure is logged; opening it again shows it."""
        home = await self._homes.of(user, page=page, notice=notice)
        view = {"type": "home", "blocks": list(home.blocks), "private_metadata": str(home.page)}
        try:
            await self._client.views_publish(user_id=user, view=view)
        except SDK_TROUBLE as error:
            _log.warning("an App Home could not be shown", user=user, error=str(error))

    async def _opened(self, event: Payload) -> None:
        async def work() -> None:
            user = payloads.user(event.get("user"))
            if user is not None and event.get("tab") == "home":
                await self.show(user)

        await self._work.safely(work)

    async def _track(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        await self._here(body, lambda asker: self._forms.new(payloads.trigger(body), asker.user, page=_page(body)))

    async def _turned(self, ack: AsyncAck, body: Payload) -> None:
        await ack()

        async def work() -> None:
            wanted = payloads.value(body)
            await self.show(payloads.looker(body).user, int(wanted) if re.fullmatch("[0-9]{1,5}", wanted) else 1)

        await self._work.safely(work)

    async def _chosen(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        what, of = payloads.chosen(payloads.value(body))
        if what in _FORMS:
            await self._here(body, lambda asker: self._open(body, asker, what, of), anew=False)
        else:
            await self._here(body, lambda asker: self._do(asker, what, of))

    async def _open(self, body: Payload, asker: Asker, what: str, of: str) -> Answer:
        there = await self._there(asker, of)
        if there is None:
            return answers.expired_button()
        return await self._forms.change(payloads.trigger(body), _FORMS[what], of, there, page=_page(body))

    async def _do(self, asker: Asker, what: str, of: str) -> Answer:
        there = await self._there(asker, of)
        if there is None:
            return answers.expired_button()
        match what:
            case "mute":
                return await self._requests.mute(of, there, seconds=None)
            case "unmute":
                return await self._requests.unmute(of, there)
            case "refresh":
                return await self._requests.refresh(of, there)
            case "take":
                return await self._requests.transfer(of, there, to=None)
            case _:
                return answers.expired_button()

    async def _there(self, asker: Asker, of: str) -> Asker | None:
        """Return somebody as one who asks in the channel of a subscription which their home shows."""
        followed = await self._homes.find(asker.user, of)
        return Asker(user=asker.user, channel=followed.subscription.channel) if followed is not None else None

    async def _here(self, body: Payload, act: Callable[[Asker], Awaitable[Answer]], *, anew: bool = True) -> None:
        """Do something for somebody in their home, and show it: always, or only where there is something to say."""

        async def work() -> Message | None:
            return await act(payloads.looker(body))

        answer = await self._work.safely(work)
        user = payloads.user(payloads.part(body, "user").get("id"))
        if user is not None and (anew or answer is not None):
            await self._work.safely(lambda: self.show(user, _page(body), answer))


def _page(body: Payload) -> int:
    written = payloads.part(body, "view").get("private_metadata")
    return int(written) if isinstance(written, str) and re.fullmatch("[1-9][0-9]{0,4}", written) else 1
