"""The people of the workspace, as Slack tells of them, and a word to one of them alone."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.ports import Person
from bot.slack.errors import SDK_TROUBLE
from bot.slack.payloads import part
from bot.slack.poster import api_error

_log = structlog.get_logger(__name__)

PERSON_SECONDS = 3600.0
"""A time zone or the kind of an account changes rarely."""
GROUP_SECONDS = 300.0
"""Whoever is taken out of a group keeps what it gives for so long."""
CHANNELS_SECONDS = 60.0
MISSED_SECONDS = 30.0
"""So long nothing is asked again after Slack did not tell."""
REMEMBERED = 10_000
CHANNELS_A_PAGE = 999
CHANNEL_PAGES = 10
"""So many pages of somebody's channels are read."""

T = TypeVar("T")


class SlackPeople:
    """The People on slack_sdk. Two scopes may be missing (users:read, usergroups:read): then nothing is known."""

    def __init__(self, client: AsyncWebClient, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._persons: _Memory[Person] = _Memory(monotonic)
        self._groups: _Memory[frozenset[str] | None] = _Memory(monotonic)
        self._channels: _Memory[frozenset[str] | None] = _Memory(monotonic)

    async def person(self, user: str) -> Person:
        """Ask users.info."""
        known = self._persons.of(user)
        if known is None:
            person = await self._asked_for(user)
            known = (person,)
            self._persons.keep(user, person, PERSON_SECONDS if person.known else MISSED_SECONDS)
        return known[0]

    async def is_in_a_group(self, user: str, groups: Collection[str]) -> bool | None:
        """Ask usergroups.users.list of each group, until one has the user."""
        told = True
        for group in groups:
            members = await self._members(group)
            if members is None:
                told = False
            elif user in members:
                return True
        return False if told else None

    async def channels_of(self, user: str) -> frozenset[str] | None:
        """Ask users.conversations, page by page; it tells of private channels only where the bot is in them."""
        known = self._channels.of(user)
        if known is None:
            channels = await self._asked_for_channels(user)
            known = (channels,)
            self._channels.keep(user, channels, CHANNELS_SECONDS if channels is not None else MISSED_SECONDS)
        return known[0]

    async def is_in_channel(self, user: str, channel: str) -> bool | None:
        """Ask anew: whoever joined a moment ago is in it."""
        channels = await self._asked_for_channels(user)
        return None if channels is None else channel in channels

    async def whisper(self, *, channel: str, user: str, message: Message, thread_ts: str | None = None) -> bool:
        """Post an ephemeral message; in direct messages, where Slack knows none, an ordinary one."""
        direct = channel[:1] in ("D", "U", "W")
        arguments: dict[str, Any] = {"channel": channel, "text": message.text, "parse": "none"}
        arguments |= {"unfurl_links": False, "unfurl_media": False} if direct else {"user": user}
        if message.blocks:
            arguments["blocks"] = list(message.blocks)
        if thread_ts is not None:
            arguments["thread_ts"] = thread_ts
        method = "chat.postMessage" if direct else "chat.postEphemeral"
        try:
            await self._client.api_call(method, json=arguments)
        except SDK_TROUBLE as error:
            _log.info("somebody could not be told something alone", channel=channel, reason=_reason(error))
            return False
        return True

    async def _asked_for(self, user: str) -> Person:
        try:
            answer = await self._client.users_info(user=user)
        except SDK_TROUBLE as error:
            _log.info("Slack does not tell about a person", reason=_reason(error))
            return Person()
        told = part(answer.data, "user") if isinstance(answer.data, dict) else {}
        zone = told.get("tz")
        # A stranger is somebody of another organisation, in a shared channel.
        guest = any(told.get(name) is True for name in ("is_restricted", "is_ultra_restricted", "is_stranger"))
        nobody = any(told.get(name) is True for name in ("deleted", "is_bot"))
        return Person(
            zone=zone if isinstance(zone, str) and zone else None, is_guest=guest, is_nobody=nobody, known=bool(told)
        )

    async def _asked_for_channels(self, user: str) -> frozenset[str] | None:
        found, cursor = set[str](), ""
        try:
            for _ in range(CHANNEL_PAGES):
                answer = await self._client.users_conversations(
                    user=user,
                    types="public_channel,private_channel",
                    limit=CHANNELS_A_PAGE,
                    cursor=cursor,
                )
                told = answer.data if isinstance(answer.data, dict) else {}
                if not isinstance(told.get("channels"), list):
                    return None
                found |= _ids(told["channels"])
                cursor = str(part(told, "response_metadata").get("next_cursor") or "")
                if not cursor:
                    break
        except SDK_TROUBLE as error:
            _log.info("Slack does not tell where a person is", reason=_reason(error))
            return None
        return frozenset(found)

    async def _members(self, group: str) -> frozenset[str] | None:
        known = self._groups.of(group)
        if known is None:
            members = await self._asked_for_members(group)
            known = (members,)
            self._groups.keep(group, members, GROUP_SECONDS if members is not None else MISSED_SECONDS)
        return known[0]

    async def _asked_for_members(self, group: str) -> frozenset[str] | None:
        try:
            answer = await self._client.usergroups_users_list(usergroup=group)
        except SDK_TROUBLE as error:
            _log.warning("Slack does not tell who is in a user group", group=group, reason=_reason(error))
            return None
        users = answer.data.get("users") if isinstance(answer.data, dict) else None
        return frozenset(one for one in users if isinstance(one, str)) if isinstance(users, list) else None


class _Memory(Generic[T]):
    """What was learnt, for a while."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def of(self, key: str) -> tuple[T] | None:
        """Return what is kept under *key*; None where nothing is."""
        kept = self._kept.get(key)
        return (kept[1],) if kept is not None and self._monotonic() < kept[0] else None

    def keep(self, key: str, what: T, seconds: float) -> None:
        """Keep *what* for so many seconds."""
        self._kept[key] = (self._monotonic() + seconds, what)
        self._kept.move_to_end(key)
        if len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)


def _ids(channels: object) -> set[str]:
    if not isinstance(channels, list):
        return set()
    return {one["id"] for one in channels if isinstance(one, dict) and isinstance(one.get("id"), str)}


def _reason(error: Exception) -> str:
    return api_error(error)[0] if isinstance(error, SlackApiError) else type(error).__name__
