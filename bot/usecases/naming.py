"""Which of the tasks that a channel follows somebody means: by key, short id, label or name, or by its thread."""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.core.commands import Edit, MuteTask, Refresh, Status, Transfer, UnmuteTask, Unsubscribe, command_text
from bot.core.message import Message
from bot.core.wording import naming as wording
from bot.core.wording.card import short_id, task_name
from bot.ports import Followed, Store
from bot.usecases.asker import Asker

About: TypeAlias = Unsubscribe | Status | Edit | MuteTask | UnmuteTask | Transfer | Refresh
"""The commands that name a task."""

_SHORTEST = 4
"""Characters of the beginning of an id, a label or a name that may stand for it."""
_CLOSE = 3
_ENDED = 500
_LATELY = 50


class Naming:
    """Finds the subscription that a command is about."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def meant(self, command: About, asker: Asker, *, example: str) -> Followed | Message:
        """Return the one that is meant, or the answer that asks. *example*: a command to begin with."""
        if not command.task and asker.thread_ts is not None:
            found = await self.in_thread(asker.channel, asker.thread_ts)
            return found if found is not None else wording.no_task_in_thread()
        offers = _Offers(command, asker.thread_ts is not None)
        followed = [*await self._store.followed_in(asker.channel)]
        if isinstance(command, Unsubscribe):
            followed += await self._about_to_speak(asker.channel)
        if not followed:
            return wording.nothing_followed(example)
        if not command.task:
            return wording.which(offers.of(followed), follows=len(followed))
        named = _named(command.task, followed)
        if len(named) == 1:
            return named[0]
        if named:
            return wording.ambiguous(command.task, offers.of(named))
        close = _close(command.task, followed)
        return wording.unknown(command.task, offers.of(close or followed), close=bool(close), follows=len(followed))

    async def _about_to_speak(self, channel: str) -> list[Followed]:
        """Return those that ended and have not said so yet: whoever stops them wants to hear no more of them."""
        ended = await self._store.ended_in(channel, _LATELY)
        return [one for one in ended if await self._store.waiting(one.subscription.id)]

    async def in_thread(self, channel: str, thread_ts: str) -> Followed | None:
        """Return the subscription whose card begins a thread; one that has ended too."""
        for one in await self._store.followed_in(channel):
            if one.subscription.card is not None and one.subscription.card.ts == thread_ts:
                return one
        for one in await self._store.ended_in(channel, _ENDED):
            if one.subscription.card is not None and one.subscription.card.ts == thread_ts:
                return one
        return None


def whole_name(one: Followed) -> str:
    """Return the name that fits no other task of the channel."""
    return f"{one.watch.account} {one.watch.key}"


@dataclass(frozen=True, slots=True)
class _Offers:
    """Makes the commands that would have been right."""

    command: About
    in_thread: bool

    def of(self, followed: Sequence[Followed]) -> list[wording.Offer]:
        return [(self._right(one), _name_beside_id(one)) for one in followed]

    def _right(self, one: Followed) -> str:
        return command_text(dataclasses.replace(self.command, task=whole_name(one)), in_thread=self.in_thread)


def _name_beside_id(one: Followed) -> str:
    # The command holds the id.
    named = short_id(one.subscription, one.watch)
    return task_name(one.subscription, one.watch) if named else ""


def _named(task: str, followed: Sequence[Followed]) -> list[Followed]:
    """Return what a person may mean: by whole key, label or name, else by the beginning of the id, else of a name."""
    wanted = task.strip().strip('"').strip().lower()
    if not wanted:
        return []
    exact = [one for one in followed if wanted in _names(one)]
    if exact or len(wanted) < _SHORTEST:
        return exact
    by_id = [one for one in followed if _begins(one, wanted)]
    return by_id or [one for one in followed if any(name.startswith(wanted) for name in _names(one))]


def _names(one: Followed) -> set[str]:
    watch, subscription = one.watch, one.subscription
    own = {watch.key, whole_name(one), _last_part(one)}
    return {name.lower() for name in own | {subscription.label or "", watch.name or ""} if name}


def _begins(one: Followed, wanted: str) -> bool:
    account, _, rest = wanted.partition(" ")
    start = rest if rest and account == one.watch.account else wanted
    # As cards show it: 9a470239…jb21.
    start, _, end = start.partition("…")
    keys = (one.watch.key.lower(), _last_part(one).lower())
    return any(key.startswith(start) and key.endswith(end) for key in keys)


def _last_part(one: Followed) -> str:
    return one.watch.key.rsplit("/", 1)[-1]


def _close(task: str, followed: Sequence[Followed]) -> list[Followed]:
    """Return those with a name much like what was typed, the likeliest first."""
    by_name: Mapping[str, Followed] = {name: one for one in followed for name in _names(one)}
    names = difflib.get_close_matches(task.strip().strip('"').lower()[:200], list(by_name), n=_CLOSE, cutoff=0.6)
    return list({by_name[name].subscription.id: by_name[name] for name in names}.values())
