"""Windows over Slack: opened while Slack still allows it, and filled as soon as it is known with what."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.core.view import FRAME_LIMIT, Modal, words
from bot.core.wording import forms as wording
from bot.slack.errors import SDK_TROUBLE
from bot.slack.payloads import Payload
from bot.slack.work import Work

_log = structlog.get_logger(__name__)

AT_ONCE_SECONDS = 0.3
"""So long a window may wait for what it shows. Slack allows three seconds in all, of which networks take some."""


class Draft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where a form belongs. It travels with the form, and so may come back as anything."""

    channel: Annotated[str, msgspec.Meta(pattern=r"^([CGD][A-Z0-9]{2,20})?\Z")] = ""
    """The channel where it was opened; empty: it asks for one."""
    subscription: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{12})?\Z")] = ""
    """What it is about; empty: a new one."""
    thread: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,15}\.[0-9]{1,6})?\Z")] = ""
    """The thread where it was opened."""
    page: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 0
    """The page of the App Home where it was opened; 0: elsewhere."""


def draft_of(view: Payload) -> Draft | None:
    """Return where a form belongs; None where that is not as we wrote it."""
    written = view.get("private_metadata")
    if not isinstance(written, str):
        return None
    try:
        return msgspec.json.decode(written, type=Draft)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None


def view_of(modal: Modal, callback_id: str, draft: Draft) -> dict[str, Any]:
    """Return a window as Slack takes it."""
    view: dict[str, Any] = {
        "type": "modal",
        "callback_id": callback_id,
        "title": words(modal.title, FRAME_LIMIT),
        "close": words(modal.close, FRAME_LIMIT),
        "blocks": list(modal.blocks),
        "private_metadata": msgspec.json.encode(draft).decode(),
    }
    if modal.submit is not None:
        view["submit"] = words(modal.submit, FRAME_LIMIT)
    return view


class Windows:
    """Opens windows."""

    def __init__(self, client: AsyncWebClient, work: Work) -> None:
        self._client = client
        self._work = work

    async def open(
        self, trigger: str, callback_id: str, draft: Draft, prepare: Callable[[], Awaitable[Modal | Message]]
    ) -> Message | None:
        """Open a window with what *prepare* returns; return the answer where Slack does not let us."""
        preparing = asyncio.ensure_future(self._work.safely(prepare))
        await asyncio.wait((preparing,), timeout=AT_ONCE_SECONDS)
        try:
            if preparing.done():
                await self._client.views_open(
                    trigger_id=trigger, view=view_of(_shown(preparing.result()), callback_id, draft)
                )
                return None
            opened = await self._client.views_open(
                trigger_id=trigger, view=view_of(wording.waiting(), callback_id, draft)
            )
            filled = view_of(_shown(await preparing), callback_id, draft)
            await self._client.views_update(view_id=str(opened["view"]["id"]), view=filled)
        except (*SDK_TROUBLE, KeyError) as error:
            _log.warning("a window could not be opened", window=callback_id, error=str(error))
            preparing.cancel()
            return wording.cannot_open()
        return None


def _shown(prepared: Modal | Message) -> Modal:
    return wording.notice(prepared) if isinstance(prepared, Message) else prepared
