"""The workspace: people, channels and what was said; every change is told to the pages."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from playground.live import LiveHub
from playground.slack import names

Json: TypeAlias = dict[str, Any]

# A page reload shows the latest private answers; Slack shows none after a reload, and nobody needs thousands.
EPHEMERALS_KEPT = 50


@dataclass(slots=True, kw_only=True)
class User:
    """A person."""

    id: str
    name: str
    real_name: str
    locale: str = "en-US"
    tz: str = "Etc/UTC"
    is_guest: bool = False
    """Guests see the channels that they were invited to, and no others."""

    def shown(self) -> Json:
        """What the page is told."""
        return {
            "id": self.id,
            "name": self.name,
            "real_name": self.real_name,
            "tz": self.tz,
            "is_guest": self.is_guest,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """People who are mentioned together."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]

    def shown(self) -> Json:
        """What the page is told."""
        return {"id": self.id, "handle": self.handle, "name": self.name}


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, or the direct messages between the bot and one person."""

    id: str
    name: str
    topic: str = ""
    is_private: bool = False
    bot_in: bool = True
    is_archived: bool = False
    absent: set[str] = field(default_factory=set)
    """The people who are no members."""
    person: str | None = None
    """Whose direct messages these are; None in a channel."""
    messages: dict[str, Json] = field(default_factory=dict)
    replies: dict[str, list[str]] = field(default_factory=dict)
    """For each parent the `ts` of its replies, oldest first."""

    @property
    def kind(self) -> str:
        """The letter of `channel_type` in events."""
        return "D" if self.person else "G" if self.is_private else "C"

    def shown(self) -> Json:
        """What the page is told."""
        shown: Json = {
            "id": self.id,
            "name": self.name,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_im": self.person is not None,
            "bot_in": self.bot_in,
            "absent": sorted(self.absent),
            "topic": self.topic,
        }
        return shown | ({"user": self.person} if self.person else {})

    def thread(self, ts: str) -> list[Json]:
        """The parent *ts* and its replies, oldest first."""
        return [self.messages[one] for one in (ts, *self.replies.get(ts, ())) if one in self.messages]


class Workspace:
    """Holds everything that Slack would hold, in memory; a message is never changed in place, but replaced."""

    def __init__(self, hub: LiveHub, now: Callable[[], float]) -> None:
        self._hub = hub
        self._now = now
        self._last_ts = 0
        self._serial = 0
        self.users = {
            names.ALICE: User(id=names.ALICE, name="alice", real_name="Alice", tz="Europe/Berlin"),
            names.BOB: User(id=names.BOB, name="bob", real_name="Bob", tz="America/New_York"),
            names.GUEST: User(id=names.GUEST, name="guest", real_name="Guest", tz="Asia/Tokyo", is_guest=True),
        }
        self.groups = {
            names.DBAS: UserGroup(id=names.DBAS, handle="dbas", name="Database people", users=(names.ALICE,))
        }
        self.channels = {
            names.MIGRATIONS: Channel(
                id=names.MIGRATIONS, name="migrations", topic="Moving everything to the new clouds"
            ),
            names.DATABASES: Channel(
                id=names.DATABASES,
                name="databases",
                topic="Replicas, backups and their owners",
                absent={names.GUEST},
            ),
            names.RANDOM: Channel(
                id=names.RANDOM, name="random", topic="Anything goes", bot_in=False, absent={names.GUEST}
            ),
        }
        self.ephemerals: dict[str, Json] = {}

    def timestamp(self) -> str:
        """Return a `ts` that is later than each one before it, even when the clock stands still or goes back."""
        self._last_ts = max(math.floor(self._now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def serial(self, prefix: str) -> str:
        """Return an id that was never used before."""
        self._serial += 1
        return f"{prefix}{self._serial}"

    def visible_to(self, user: str) -> Iterator[Channel]:
        """The channels that *user* may look at, and their direct messages."""
        return (channel for channel in self.channels.values() if self.sees(user, channel))

    def sees(self, user: str, channel: Channel) -> bool:
        """Say whether *user* may look at a channel: anybody at a public one, members at the others."""
        if channel.person is not None:
            return channel.person == user
        closed = channel.is_private or self.users[user].is_guest
        return not (closed and user in channel.absent)

    def members(self, channel: Channel) -> list[str]:
        """The people in a channel."""
        if channel.person is not None:
            return [channel.person]
        return [user for user in self.users if user not in channel.absent]

    def find(self, channel: str) -> Channel:
        """Return a channel by its id or its name; raises KeyError."""
        for one in self.channels.values():
            if channel == one.id or (channel == one.name and one.person is None):
                return one
        raise KeyError(channel)

    def direct(self, user: str) -> Channel:
        """Return the direct messages between the bot and *user*, opened when needed."""
        for channel in self.channels.values():
            if channel.person == user:
                return channel
        channel = Channel(id=f"D{user[1:]}", name=self.users[user].name, is_private=True, person=user)
        self.channels[channel.id] = channel
        self.tell_channel(channel)
        return channel

    def add(self, channel: Channel, message: Json) -> Json:
        """Append *message* with a new `ts`; a reply is counted on its parent."""
        message = {"type": "message", **message, "ts": self.timestamp()}
        channel.messages[message["ts"]] = message
        self._tell(channel, "message", message)
        if "thread_ts" in message:
            channel.replies.setdefault(message["thread_ts"], []).append(message["ts"])
            self._count_replies(channel, message["thread_ts"])
        return message

    def change(self, channel: Channel, message: Json) -> None:
        """Put *message* in the place of the one with its `ts`."""
        channel.messages[message["ts"]] = message
        self._tell(channel, "message_changed", message)

    def remove(self, channel: Channel, ts: str) -> None:
        """Delete a message; a parent with replies leaves a tombstone, as in Slack."""
        message = channel.messages[ts]
        if message.get("reply_count"):
            kept = {
                key: value
                for key, value in message.items()
                if key.startswith(("reply_", "latest_", "thread_")) or key == "ts"
            }
            tombstone = {"type": "message", "subtype": "tombstone", "hidden": True, "user": "USLACKBOT"}
            self.change(channel, tombstone | kept | {"text": "This message was deleted."})
            return
        del channel.messages[ts]
        self._hub.publish({"type": "message_deleted", "channel": channel.id, "ts": ts}, self._audience(channel))
        parent = message.get("thread_ts")
        if parent is not None and parent != ts:
            channel.replies[parent].remove(ts)
            self._count_replies(channel, parent)

    def whisper(self, channel: Channel, user: str, content: Json) -> Json:
        """Show *content* to *user* alone."""
        ephemeral = {"text": "", "blocks": None, "thread_ts": None, **content}
        ephemeral |= {"id": self.serial("e"), "channel": channel.id, "user": user, "ts": self.timestamp()}
        self.ephemerals[ephemeral["id"]] = ephemeral
        mine = [key for key, other in self.ephemerals.items() if other["user"] == user]
        for old in mine[:-EPHEMERALS_KEPT]:
            del self.ephemerals[old]
        self._hub.publish({"type": "ephemeral", "ephemeral": ephemeral}, {user})
        return ephemeral

    def change_whisper(self, ephemeral: Json) -> None:
        """Replace what a user was shown alone."""
        self.ephemerals[ephemeral["id"]] = ephemeral
        self._hub.publish({"type": "ephemeral_replaced", "ephemeral": ephemeral}, {ephemeral["user"]})

    def remove_whisper(self, ephemeral: Json) -> None:
        """Take back what a user was shown alone."""
        self.ephemerals.pop(ephemeral["id"], None)
        self._hub.publish({"type": "ephemeral_deleted", "id": ephemeral["id"]}, {ephemeral["user"]})

    def tell_channel(self, channel: Channel) -> None:
        """Show the pages what a channel is now."""
        self._hub.publish({"type": "channel", "channel": channel.shown()}, self._audience(channel))

    def tell_channel_gone(self, channel: Channel, user: str | None = None) -> None:
        """Show the pages (of *user* only) that a channel is no more."""
        audience = self._audience(channel) if user is None else {user}
        self._hub.publish({"type": "channel_deleted", "id": channel.id}, audience)

    def tell_error(self, text: str, user: str) -> None:
        """Show *user* that something failed."""
        self._hub.publish({"type": "error", "text": text}, {user})

    def _audience(self, channel: Channel) -> set[str]:
        return {user for user in self.users if self.sees(user, channel)}

    def _tell(self, channel: Channel, kind: str, message: Json) -> None:
        self._hub.publish({"type": kind, "channel": channel.id, "message": message}, self._audience(channel))

    def _count_replies(self, channel: Channel, ts: str) -> None:
        parent = channel.messages.get(ts)
        if parent is None:
            return
        counted = {key: value for key, value in parent.items() if not key.startswith(("reply_", "latest_reply"))}
        replies = channel.thread(ts)[1:]
        if replies:
            people = list(dict.fromkeys(reply["user"] for reply in replies))
            counted |= {
                "thread_ts": ts,
                "reply_count": len(replies),
                "reply_users": people,
                "reply_users_count": len(people),
                "latest_reply": replies[-1]["ts"],
            }
        else:
            counted.pop("thread_ts", None)
        self.change(channel, counted)
