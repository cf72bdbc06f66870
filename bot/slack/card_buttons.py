"""The buttons of a card, and the menu behind its three dots."""

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond

from bot.core.wording import answers
from bot.core.wording.card import (
    AGAIN,
    CONSOLE,
    EDIT,
    FOLLOW,
    MORE,
    MUTE,
    MUTE_2H,
    MUTE_DAY,
    REFRESH,
    STOP,
    STOP_FOLLOWING,
    TAKE,
    UNMUTE,
)
from bot.slack import forms, payloads
from bot.slack.forms import FormListeners
from bot.slack.payloads import Payload
from bot.slack.work import Answer, Work
from bot.usecases.asker import Asker
from bot.usecases.requests import Requests

_HOUR = 3600
_MUTES = {MUTE_2H: 2 * _HOUR, MUTE_DAY: 24 * _HOUR}
_FORMS = {EDIT: forms.EDIT, STOP_FOLLOWING: forms.STOP}

Pressed = Callable[[AsyncAck, Payload, AsyncRespond], Awaitable[None]]
Act = Callable[[str, Asker], Awaitable[Answer]]


class CardListeners:
    """Carries out what is pressed on a card."""

    def __init__(self, *, work: Work, requests: Requests, forms: FormListeners) -> None:
        self._work = work
        self._requests = requests
        self._forms = forms

    def register(self, app: AsyncApp) -> None:
        """Let *app* hand us what is pressed."""
        requests = self._requests
        acts: dict[str, Act] = {
            REFRESH: requests.refresh,
            MUTE: lambda of, asker: requests.mute(of, asker, seconds=None),
            UNMUTE: requests.unmute,
            AGAIN: requests.track_again,
            STOP: requests.stop,
        }
        for action, act in acts.items():
            app.action(action)(self._listener(act))
        app.action(MORE)(self._more)
        app.action(FOLLOW)(self._follow)
        app.action(CONSOLE)(self._console)

    def _listener(self, act: Act) -> Pressed:
        async def pressed(ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
            await ack()

            async def work() -> Answer:
                return await act(payloads.subscription(payloads.value(body)), payloads.presser(body))

            await self._work.answered(respond, work)

        return pressed

    async def _more(self, ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
        await ack()

        async def work() -> Answer:
            what, of = payloads.chosen(payloads.value(body))
            asker = payloads.presser(body)
            if what in _FORMS:
                return await self._forms.change(payloads.trigger(body), _FORMS[what], of, asker)
            if what in _MUTES:
                return await self._requests.mute(of, asker, seconds=_MUTES[what])
            if what == TAKE:
                return await self._requests.transfer(of, asker, to=None)
            return answers.expired_button()

        await self._work.answered(respond, work)

    async def _follow(self, ack: AsyncAck, body: Payload, respond: AsyncRespond) -> None:
        """The button carries account and key, as one would type them; whatever else it carries is read as typed."""
        await ack()

        async def work() -> Answer:
            return await self._requests.run(f"subscribe {payloads.value(body)}", payloads.presser(body))

        await self._work.answered(respond, work)

    async def _console(self, ack: AsyncAck) -> None:
        """A link button still sends an action; unanswered, it would show a warning sign."""
        await ack()
