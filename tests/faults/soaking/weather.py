"""Bad weather: every fault that the playground knows, at random, on Slack's side and on the clouds'."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tests.faults.soaking.tasks import CLOUDS
from tests.faults.soaking.workspace import Workspace

Fault = tuple[int, str, dict[str, Any]]
"""Weight, kind, more."""

POSTS: tuple[Fault, ...] = (
    (8, "drop", {"done": True}),
    (4, "drop", {"done": False}),
    (6, "server_error", {"done": True}),
    (3, "server_error", {"done": False, "status": 502}),
    (3, "garbage", {"done": True}),
    (2, "garbage", {"done": False}),
    (5, "refuse", {"code": "internal_error", "done": True}),
    (3, "refuse", {"code": "fatal_error", "done": False}),
    (2, "refuse", {"code": "service_unavailable", "done": False}),
    (5, "throttle", {"retry_after": 1}),
    (3, "throttle", {"retry_after": 4}),
    (1, "throttle", {"retry_after": "missing"}),
    (4, "delay", {"seconds": 2}),
    (3, "delay", {"seconds": 9}),
    (6, "unthread", {}),
    (4, "refuse", {"code": "thread_not_found"}),
    (2, "refuse", {"code": "invalid_thread_ts"}),
    (4, "refuse", {"code": "invalid_blocks"}),
    (3, "refuse", {"code": "msg_too_long"}),
    (4, "refuse", {"code": "a_code_of_tomorrow"}),
    (1, "refuse", {"code": "is_archived"}),
    (1, "refuse", {"code": "restricted_action"}),
    (1, "refuse", {"code": "channel_not_found"}),
)
EDITS: tuple[Fault, ...] = (
    (3, "drop", {"done": True}),
    (3, "server_error", {"done": False}),
    (3, "throttle", {"retry_after": 2}),
    (2, "refuse", {"code": "internal_error", "done": True}),
    (1, "refuse", {"code": "edit_window_closed"}),
    (1, "refuse", {"code": "invalid_blocks"}),
    (2, "delay", {"seconds": 5}),
)
READS: tuple[Fault, ...] = (
    (3, "drop", {"done": False}),
    (3, "server_error", {"done": False}),
    (3, "throttle", {"retry_after": 2}),
    (2, "refuse", {"code": "internal_error"}),
    (2, "garbage", {"done": False}),
    (2, "delay", {"seconds": 3}),
)
CONNECTING: tuple[Fault, ...] = (
    (3, "drop", {"done": False}),
    (3, "server_error", {"done": False}),
    (2, "refuse", {"code": "internal_error"}),
    (2, "throttle", {"retry_after": 1}),
)
METHODS: tuple[tuple[int, str, tuple[Fault, ...]], ...] = (
    (60, "chat.postMessage", POSTS),
    (18, "chat.update", EDITS),
    (8, "conversations.replies", READS),
    (4, "conversations.history", READS),
    (2, "auth.test", CONNECTING),
    (2, "apps.connections.open", CONNECTING),
)
CLOUD_FAULTS = (
    (4, "down", (2, 14)),
    (4, "throttled", (2, 8)),
    (3, "expired", (1, 2)),
    (4, "nonsense", (2, 12)),
    (3, "slow", (2, 8)),
    (4, "dropped", (2, 10)),
    (1, "denied", (1, 5)),
    (1, "huge", (1, 2)),
    (1, "redirect", (1, 4)),
)
SOCKETS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")
MOST_PLANNED = 3
"""Faults of one method that wait for a call: more would be an outage and not weather."""
MOST_CLOSED = 6
ALONE = ("thread_not_found", "invalid_thread_ts", "invalid_blocks", "msg_too_long", "a_code_of_tomorrow")
ALONE_SECONDS = 4.0

Planned = Callable[[], Awaitable[Mapping[str, int]]]


class Weather:
    """Makes it, until it is told to clear up."""

    def __init__(self, workspace: Workspace, channels: list[str], planned: Planned, dice: random.Random) -> None:
        self._workspace = workspace
        self._channels = channels
        self._planned = planned
        self._dice = dice
        self._closed: dict[str, str] = {}
        self._spells: set[asyncio.Task[None]] = set()
        self.made: Counter[str] = Counter()
        """How often each fault was made, by kind."""
        self.unthreaded = 0

    async def rage(self) -> None:
        """Let it storm until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._calls())
            group.create_task(self._clouds())
            group.create_task(self._channels_close())
            group.create_task(self._connections())

    async def clear_up(self) -> None:
        """End every fault: everything works from here on."""
        for spell in self._spells:
            spell.cancel()
        await asyncio.gather(*self._spells, return_exceptions=True)
        left = await self._planned()
        for name, count in left.items():
            # What no call met did not happen.
            self.made[_KIND.get(name.split()[-1], name)] -= count
            self.unthreaded -= count if name.endswith("Unthread") else 0
        self.made = +self.made
        await self._workspace.fault("chat.postMessage", "none")
        for cloud in (*CLOUDS, "huawei-iam"):
            await self._workspace.post(f"/control/clouds/{cloud}", {"fault": "none"})
        for channel in list(self._closed):
            await self._open(channel)
        await self._workspace.happen("reinstall")

    async def _calls(self) -> None:
        calm_before = False
        alone_at = 0.0
        while True:
            await asyncio.sleep(self._dice.uniform(0.3, 1.3))
            method, faults = self._drawn([(weight, (name, faults)) for weight, name, faults in METHODS])
            kind, more = self._drawn([(weight, (kind, more)) for weight, kind, more in faults])
            planned = await self._planned()
            posts = sum(count for name, count in planned.items() if name.startswith("chat.postMessage "))
            calm, calm_before = calm_before and posts == 0, posts == 0
            if sum(count for name, count in planned.items() if name.startswith(f"{method} ")) >= MOST_PLANNED:
                continue
            if kind == "unthread" or more.get("code") in ALONE:
                # A message that is refused twice in a row is let go, and threads that are lost one after the other
                # are given up: that is the rule, so it must not happen by chance.
                if not calm or time.monotonic() - alone_at < ALONE_SECONDS:
                    continue
                alone_at = time.monotonic()
            await self._workspace.fault(method, kind, **more)
            self.made[kind] += 1
            self.unthreaded += kind == "unthread"

    async def _clouds(self) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(2, 6))
            kind, (low, high) = self._drawn([(weight, (kind, span)) for weight, kind, span in CLOUD_FAULTS])
            more: dict[str, Any] = {"delay": self._dice.uniform(1, 9)} if kind == "slow" else {}
            more |= {"retry_after": self._dice.randint(1, 6)} if kind == "throttled" else {}
            more |= {"size": 4 * 1024 * 1024, "how": self._dice.choice(("", "gzip"))} if kind == "huge" else {}
            cloud = self._dice.choice(CLOUDS)
            await self._workspace.cloud(cloud, kind, seconds=self._dice.uniform(low, high), **more)
            self.made[f"cloud {kind}"] += 1

    async def _channels_close(self) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(4, 10))
            if len(self._closed) >= min(MOST_CLOSED, len(self._channels) - 1):
                continue
            channel = self._dice.choice([c for c in self._channels if c not in self._closed])
            how = self._dice.choice(("archive", "remove_bot"))
            self._closed[channel] = how
            self.made[how.replace("_", " ")] += 1
            await self._workspace.happen(how, channel=channel)
            self._later(self._dice.uniform(3, 25), lambda channel=channel: self._open(channel))  # type: ignore[misc]  # a lambda cannot say what it takes

    async def _connections(self) -> None:
        while True:
            await asyncio.sleep(self._dice.uniform(3, 9))
            match self._dice.choice(("lost_ack", "duplicate", "duplicate", "disconnect", "disconnect", "sever", "app")):
                case "disconnect":
                    reason = self._dice.choice(SOCKETS)
                    await self._workspace.happen("disconnect", reason=reason)
                    self.made[f"disconnect {reason}"] += 1
                case "sever":
                    await self._workspace.happen("sever")
                    self.made["sever"] += 1
                case "app":
                    # The whole installation goes, and comes back: seldom, for all channels pause.
                    if self._dice.random() < 0.25:
                        self.made["uninstall"] += 1
                        await self._workspace.happen("uninstall")
                        self._later(self._dice.uniform(1, 4), lambda: self._workspace.happen("reinstall"))
                case kind:
                    await self._workspace.fault("", kind)
                    self.made[kind] += 1

    async def _open(self, channel: str) -> None:
        how = self._closed.pop(channel, None)
        if how is not None:
            await self._workspace.happen("unarchive" if how == "archive" else "invite_bot", channel=channel)

    def _later(self, seconds: float, act: Callable[[], Awaitable[None]]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await act()

        spell = asyncio.create_task(wait())
        self._spells.add(spell)
        spell.add_done_callback(self._spells.discard)

    def _drawn(self, choices: list[tuple[int, Any]]) -> Any:
        return self._dice.choices([what for _, what in choices], [weight for weight, _ in choices])[0]


_KIND = {
    "Drop": "drop",
    "ServerError": "server_error",
    "Garbage": "garbage",
    "Refuse": "refuse",
    "Throttle": "throttle",
    "Delay": "delay",
    "Unthread": "unthread",
}
