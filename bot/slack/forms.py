"""The forms, on Slack's side: opening them, and what is sent by them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.core.commands import command_text
from bot.core.message import Message
from bot.core.text import channel_link
from bot.core.view import Modal
from bot.core.wishes import Wishes
from bot.core.wording import field_errors
from bot.core.wording import forms as wording
from bot.core.wording.forms import Field
from bot.ports import People
from bot.slack import payloads
from bot.slack.payloads import Payload
from bot.slack.windows import Draft, Windows, draft_of, view_of
from bot.slack.work import Answer, Work
from bot.usecases.asker import Asker
from bot.usecases.forms import Errors, Filled, Forms, Ready
from bot.usecases.requests import Requests

SHORTCUT = "milepost_track"
NEW = "milepost_subscribe"
EDIT = "milepost_edit"
STOP = "milepost_stop"
TRANSFER = "milepost_transfer"
_NOTICE = "milepost_notice"

Afterwards = Callable[[str, int, Answer], Awaitable[None]]
"""Shows somebody's home anew: whose, which page, and what is to be said there."""


class FormListeners:
    """Opens forms, and carries out what they ask for."""

    def __init__(
        self, *, work: Work, forms: Forms, requests: Requests, people: People, windows: Windows, show_home: Afterwards
    ) -> None:
        self._work = work
        self._forms = forms
        self._requests = requests
        self._people = people
        self._windows = windows
        self._show_home = show_home

    def register(self, app: AsyncApp) -> None:
        """Let *app* hand us the shortcut and what forms send."""
        app.shortcut(SHORTCUT)(self._shortcut)
        app.view(NEW)(self._subscribe)
        app.view(EDIT)(self._edit)
        app.view(STOP)(self._stop)
        app.view(TRANSFER)(self._transfer)

    # --- opening -------------------------------------------------------------------------------------------------

    async def new(self, trigger: str, user: str, channel: str = "", *, page: int = 0) -> Answer:
        """Open the form for following a task; return the answer where that is not possible."""
        draft = Draft(channel=channel, page=page)
        return await self._windows.open(trigger, NEW, draft, lambda: self._forms.new(user, channel or None))

    async def change(self, trigger: str, form: str, subscription: str, asker: Asker, *, page: int = 0) -> Answer:
        """Open one of the forms about a subscription."""
        prepare: dict[str, Callable[[str, Asker], Awaitable[Modal | Message]]] = {
            EDIT: self._forms.edit,
            STOP: self._forms.stop,
            TRANSFER: self._forms.transfer,
        }
        draft = Draft(channel=asker.channel, subscription=subscription, thread=asker.thread_ts or "", page=page)
        return await self._windows.open(trigger, form, draft, lambda: prepare[form](subscription, asker))

    async def _shortcut(self, ack: AsyncAck, body: Payload) -> None:
        """A shortcut works anywhere, and so says no channel."""
        await ack()

        async def work() -> Answer:
            user = payloads.looker(body).user
            answer = await self.new(payloads.trigger(body), user)
            if answer is not None:
                await self._people.whisper(channel=user, user=user, message=answer)
            return None

        await self._work.safely(work)

    # --- what was sent -------------------------------------------------------------------------------------------

    async def _subscribe(self, ack: AsyncAck, body: Payload, view: Payload) -> None:
        draft = draft_of(view)

        async def read() -> Ready | Message | Errors:
            if draft is None or draft.subscription:
                return wording.stale()
            return await self._forms.subscription(_filled(view), payloads.looker(body).user, draft.channel or None)

        ready = await self._work.safely(read)
        if not isinstance(ready, Ready):
            await _not_yet(ack, ready)
            return
        await ack()
        answer = await self._work.safely(lambda: self._requests.carry_out(ready.command, ready.asker))
        page = draft.page if draft is not None else 0
        await self._tell(ready.asker, page, answer, command_text(ready.command))

    async def _edit(self, ack: AsyncAck, body: Payload, view: Payload) -> None:
        about = _about(body, view)

        async def read() -> Wishes | Message | Errors:
            if about is None:
                return wording.stale()
            return await self._forms.changes(_filled(view), about.subscription, about.asker)

        wishes = await self._work.safely(read)
        if about is None or not isinstance(wishes, Wishes):
            await _not_yet(ack, wording.stale() if isinstance(wishes, Wishes) else wishes)
            return
        await ack()
        if wishes.nothing:
            return
        answer = await self._work.safely(lambda: self._requests.edit(about.subscription, about.asker, wishes))
        await self._tell(about.asker, about.page, answer)

    async def _stop(self, ack: AsyncAck, body: Payload, view: Payload) -> None:
        self._work.begin()
        about = _about(body, view)
        if about is None:
            await _not_yet(ack, wording.stale())
            return
        await ack()
        answer = await self._work.safely(lambda: self._requests.stop(about.subscription, about.asker))
        await self._tell(about.asker, about.page, answer)

    async def _transfer(self, ack: AsyncAck, body: Payload, view: Payload) -> None:
        self._work.begin()
        about, to = _about(body, view), payloads.user(_fields(view).get(Field.PERSON))
        if about is None:
            await _not_yet(ack, wording.stale())
            return
        if to is None:
            await _not_yet(ack, {Field.PERSON: field_errors.no_person()})
            return
        await ack()
        answer = await self._work.safely(lambda: self._requests.transfer(about.subscription, about.asker, to=to))
        await self._tell(about.asker, about.page, answer)

    async def _tell(self, asker: Asker, page: int, answer: Answer, command: str = "") -> None:
        """Say what came of it: in App Home where the form was opened there, else to the person alone, in place."""
        if page:
            await self._show_home(asker.user, page, answer)
            return
        if answer is None:
            return
        told = await self._people.whisper(
            channel=asker.channel, user=asker.user, message=answer, thread_ts=asker.thread_ts
        )
        if not told:
            # The channel was closed meanwhile, or we are not in it: nothing that was typed may be lost.
            elsewhere = wording.elsewhere(answer, channel_link(asker.channel), command)
            await self._people.whisper(channel=asker.user, user=asker.user, message=elsewhere)


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What a form about a subscription says of itself."""

    subscription: str
    asker: Asker
    page: int


async def _not_yet(ack: AsyncAck, why: Message | Errors) -> None:
    """Keep the form open, with what is wrong at its fields, or with an answer on top."""
    if isinstance(why, Message):
        await ack(response_action="push", view=view_of(wording.notice(why), _NOTICE, Draft()))
    else:
        await ack(response_action="errors", errors={str(field): text for field, text in why.items()})


def _about(body: Payload, view: Payload) -> _About | None:
    draft, user = draft_of(view), payloads.user(payloads.part(body, "user").get("id"))
    if draft is None or user is None or not draft.subscription or not draft.channel:
        return None
    asker = Asker(user=user, channel=draft.channel, thread_ts=draft.thread or None)
    return _About(subscription=draft.subscription, asker=asker, page=draft.page)


def _filled(view: Payload) -> Filled:
    fields = _fields(view)
    channel, mention = payloads.channel(fields.get(Field.CHANNEL)), payloads.user(fields.get(Field.MENTION))
    return Filled(
        account=fields.get(Field.ACCOUNT, ""),
        task=fields.get(Field.TASK, ""),
        channel=channel or "",
        milestones=fields.get(Field.MILESTONES, ""),
        broadcast=fields.get(Field.BROADCAST, ""),
        mention=mention or "",
        label=fields.get(Field.LABEL, ""),
        more=fields.get(Field.MORE, ""),
    )


def _fields(view: Payload) -> dict[str, str]:
    """Return what stands in the fields, by their names; what has another form is left out."""
    values = payloads.part(payloads.part(view, "state"), "values")
    found: dict[str, str] = {}
    for name in Field:
        element = payloads.part(payloads.part(values, name), name)
        option = payloads.part(element, "selected_option").get("value")
        chosen = element.get("selected_conversation") or element.get("selected_user")
        value = element.get("value") or option or chosen
        if isinstance(value, str):
            found[name] = value
    return found
