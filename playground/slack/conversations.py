"""The conversations.*, users.* and team.* methods."""

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from playground.slack import names
from playground.slack.arguments import Arguments
from playground.slack.errors import Refusal
from playground.slack.members import require_member, require_readable
from playground.slack.workspace import Channel, Json, User, Workspace

T = TypeVar("T")

MOST_PER_PAGE = 999
USUAL_PER_PAGE = 100


class Conversations:
    """What the bot can look up."""

    def __init__(self, workspace: Workspace, now: Callable[[], float]) -> None:
        self._workspace = workspace
        self._now = now

    def info(self, arguments: Arguments) -> Json:
        """conversations.info."""
        channel = require_readable(self._workspace, arguments.required("channel"))
        return {"channel": _described(channel) | ({"locale": "en-US"} if arguments.flag("include_locale") else {})}

    def visible(self, arguments: Arguments) -> Json:
        """conversations.list."""
        return self._listed(
            arguments, [one for one in self._workspace.channels.values() if not one.is_private or one.bot_in]
        )

    def joined(self, arguments: Arguments) -> Json:
        """users.conversations: where the bot, or the person in `user`, is a member."""
        user = arguments.text("user")
        if user and user != names.BOT_USER and user not in self._workspace.users:
            raise Refusal("user_not_found")
        # Of a person the bot is told only the channels that it can see itself.
        seen = [one for one in self._workspace.channels.values() if one.bot_in or not one.is_private]
        if user in ("", names.BOT_USER):
            return self._listed(arguments, [one for one in seen if one.bot_in])
        return self._listed(arguments, [one for one in seen if user in self._workspace.members(one)])

    def history(self, arguments: Arguments) -> Json:
        """conversations.history: newest first, without replies that were not broadcast."""
        channel = require_member(self._workspace, arguments.required("channel"))
        shown = [message for message in channel.messages.values() if _stands_in_channel(message)]
        page, after = _page(arguments, [message for message in reversed(shown) if _in_window(arguments, message)])
        answer: Json = {
            "messages": [_as_read(arguments, message) for message in page],
            "has_more": bool(after),
            "pin_count": 0,
        }
        return answer | {"response_metadata": {"next_cursor": after}}

    def replies(self, arguments: Arguments) -> Json:
        """conversations.replies: the parent, then its replies, oldest first."""
        channel = require_member(self._workspace, arguments.required("channel"))
        ts = arguments.required("ts")
        message = channel.messages.get(ts)
        if message is None:
            raise Refusal("thread_not_found")
        thread = channel.thread(message.get("thread_ts", ts))
        parent = [one for one in thread if one.get("thread_ts", one["ts"]) == one["ts"]]
        replies = [one for one in thread if one not in parent and _in_window(arguments, one)]
        page, after = _page(arguments, parent + replies)
        answer: Json = {"messages": [_as_read(arguments, one) for one in page], "has_more": bool(after)}
        return answer | {"response_metadata": {"next_cursor": after}}

    def members(self, arguments: Arguments) -> Json:
        """conversations.members."""
        channel = require_readable(self._workspace, arguments.required("channel"))
        everybody = self._workspace.members(channel) + ([names.BOT_USER] if channel.bot_in else [])
        page, after = _page(arguments, everybody)
        return {"members": page, "response_metadata": {"next_cursor": after}}

    def open(self, arguments: Arguments) -> Json:
        """conversations.open: the direct messages with one person."""
        people = [name for name in arguments.required("users").split(",") if name]
        if len(people) != 1 or people[0] not in self._workspace.users:
            raise Refusal("user_not_found")
        known = any(channel.person == people[0] for channel in self._workspace.channels.values())
        channel = self._workspace.direct(people[0])
        return {"no_op": known, "already_open": known, "channel": {"id": channel.id}}

    def user(self, arguments: Arguments) -> Json:
        """users.info."""
        user = arguments.required("user")
        if user == names.BOT_USER:
            bot = User(id=user, name="milepost", real_name=names.BOT_NAME)
            return {"user": _person(bot, locale=False, now=self._now()) | {"is_bot": True}}
        if user not in self._workspace.users:
            raise Refusal("user_not_found")
        return {"user": _person(self._workspace.users[user], locale=arguments.flag("include_locale"), now=self._now())}

    def groups(self, arguments: Arguments) -> Json:
        """usergroups.list."""
        with_users = arguments.flag("include_users")
        described = [
            group.shown() | {"team_id": names.TEAM, "user_count": len(group.users), "date_delete": 0, "description": ""}
            for group in self._workspace.groups.values()
        ]
        for one in described if with_users else ():
            one["users"] = list(self._workspace.groups[one["id"]].users)
        return {"usergroups": described}

    def group_members(self, arguments: Arguments) -> Json:
        """usergroups.users.list."""
        group = self._workspace.groups.get(arguments.required("usergroup"))
        if group is None:
            raise Refusal("no_such_subteam")
        return {"users": list(group.users)}

    def team(self, arguments: Arguments) -> Json:
        """team.info."""
        if arguments.text("team") not in ("", names.TEAM):
            raise Refusal("team_not_found")
        return {
            "team": {
                "id": names.TEAM,
                "name": names.TEAM_NAME,
                "domain": names.TEAM_DOMAIN,
                "email_domain": "",
                "icon": {},
            }
        }

    def _listed(self, arguments: Arguments, channels: list[Channel]) -> Json:
        types = {"public_channel": "C", "private_channel": "G", "im": "D", "mpim": "M"}
        wanted = {types.get(name.strip(), "") for name in (arguments.text("types") or "public_channel").split(",")}
        if "" in wanted:
            raise Refusal("invalid_types")
        dead = arguments.flag("exclude_archived")
        page, after = _page(
            arguments, [one for one in channels if one.kind in wanted and not (dead and one.is_archived)]
        )
        return {"channels": [_described(one) for one in page], "response_metadata": {"next_cursor": after}}


def _page(arguments: Arguments, found: list[T]) -> tuple[list[T], str]:
    """Cut one page out of *found*; the cursor says where the next one starts."""
    limit = arguments.number("limit", USUAL_PER_PAGE)
    if not 1 <= limit <= MOST_PER_PAGE:
        raise Refusal("invalid_limit")
    start = 0
    if cursor := arguments.text("cursor"):
        try:
            start = int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
        except (binascii.Error, ValueError):
            raise Refusal("invalid_cursor") from None
    end = start + limit
    return found[start:end], base64.b64encode(f"next:{end}".encode()).decode() if end < len(found) else ""


def _in_window(arguments: Arguments, message: Json) -> bool:
    """Say whether a message lies between `oldest` and `latest`, the ends themselves only when `inclusive`."""
    ts = Decimal(message["ts"])
    oldest, latest = _moment(arguments, "oldest"), _moment(arguments, "latest")
    if arguments.flag("inclusive"):
        return (oldest is None or ts >= oldest) and (latest is None or ts <= latest)
    return (oldest is None or ts > oldest) and (latest is None or ts < latest)


def _moment(arguments: Arguments, name: str) -> Decimal | None:
    text = arguments.text(name)
    if not text:
        return None
    if not re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        raise Refusal(f"invalid_ts_{name}")
    return Decimal(text)


def _stands_in_channel(message: Json) -> bool:
    return message.get("thread_ts", message["ts"]) == message["ts"] or message.get("subtype") == "thread_broadcast"


def _as_read(arguments: Arguments, message: Json) -> Json:
    """Without `include_all_metadata` only the kind of the metadata is told."""
    if "metadata" not in message or arguments.flag("include_all_metadata"):
        return message
    return message | {"metadata": {"event_type": message["metadata"]["event_type"]}}


def _described(channel: Channel) -> Json:
    described: Json = {
        "id": channel.id,
        "created": 0,
        "is_archived": channel.is_archived,
        "is_channel": channel.kind == "C",
        "is_group": channel.kind == "G",
        "is_im": channel.kind == "D",
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_member": channel.bot_in,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_shared": False,
        "context_team_id": names.TEAM,
    }
    if channel.person:
        return described | {"user": channel.person}
    topic = {"value": channel.topic, "creator": "", "last_set": 0}
    return described | {"name": channel.name, "name_normalized": channel.name, "topic": topic, "is_general": False}


def _person(user: User, *, locale: bool, now: float) -> Json:
    zone = datetime.fromtimestamp(now, ZoneInfo(user.tz))
    offset = zone.utcoffset() or timedelta()
    person: Json = {
        "id": user.id,
        "team_id": names.TEAM,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": False,
        "is_bot": False,
        "is_restricted": user.is_guest,
        "is_ultra_restricted": False,
        "tz": user.tz,
        "tz_label": zone.tzname(),
        "tz_offset": int(offset.total_seconds()),
        "profile": {"real_name": user.real_name, "display_name": user.name},
    }
    return person | ({"locale": user.locale} if locale else {})
