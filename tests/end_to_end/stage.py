"""A playground with a bot in it, and what a test wants to know of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from bot.settings import Settings, from_mapping
from bot.wiring import Bot
from playground.clouds.task import Task
from playground.server import Playground
from playground.settings import settings as playground_settings
from providers.registry import ACCOUNT_TYPES

T = TypeVar("T")

ALICE, BOB = "U0ALICE", "U0BOB"
MIGRATIONS, DATABASES, RANDOM = "C0MIGRATE", "C0DATABASE", "C0RANDOM"
CLOUDS = ("tencent-cos", "huawei-codearts", "huawei-drs", "scloud-usmc", "pan123")
PATIENCE = 30.0
"""Seconds after which a test gives up waiting; nothing here takes a tenth of it."""


class Stage:
    """A playground, and the words for what is done and seen in it."""

    def __init__(self, playground: Playground) -> None:
        self.playground = playground
        self.slack = playground.slack
        self.clouds = playground.clouds

    def settings(self, folder: Path, **sections: dict[str, Any]) -> Settings:
        """Return settings that point at this playground, the data file in *folder*."""
        return from_mapping({**self.mapping(folder), **sections}, {}, ACCOUNT_TYPES)

    def mapping(self, folder: Path) -> dict[str, Any]:
        """Return the same as the content of a milepost.toml."""
        store = {"url": f"sqlite:///{folder}/milepost.db"}
        return {**playground_settings(self.playground.url), "store": store}

    def start(self, provider: str, **options: Any) -> Task:
        """Start a task that stands still until the test moves it."""
        return self.clouds.start(provider, **{"speed": 0.0, "percent": 0.0, **options})

    def command(self, task: Task, rest: str = "") -> str:
        """Return the command that subscribes to *task*."""
        return f"{self.clouds.view(task)['command']} {rest}".strip()

    async def follow(self, task: Task, rest: str = "", *, channel: str = MIGRATIONS, user: str = ALICE) -> str:
        """Subscribe as a person would, and return the card's ts."""
        before = {m["ts"] for m in self.cards(channel)}
        await self.slack.say(user, channel, self.command(task, rest))
        card = await self.until(lambda: next((m for m in self.cards(channel) if m["ts"] not in before), None))
        assert card is not None
        return str(card["ts"])

    def cards(self, channel: str) -> list[dict[str, Any]]:
        """Return the bot's messages that are no replies."""
        return [m for m in self.slack.messages(channel) if m.get("bot_id") and m.get("thread_ts", m["ts"]) == m["ts"]]

    def card(self, ts: str, channel: str = MIGRATIONS) -> str:
        """Return what a card says to who cannot see blocks."""
        return str(next(m["text"] for m in self.slack.messages(channel) if m["ts"] == ts))

    def option(self, ts: str, what: str, channel: str = MIGRATIONS) -> str:
        """Return the value of an option of a card's menu, by its first word."""
        (message,) = (m for m in self.slack.messages(channel) if m["ts"] == ts)
        elements = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
        options = next(one["options"] for one in elements if one["type"] == "overflow")
        return str(next(one["value"] for one in options if one["value"].startswith(f"{what}:")))

    def replies(self, ts: str, channel: str = MIGRATIONS) -> list[str]:
        """Return what a thread says, oldest first."""
        return [str(m["text"]) for m in self.slack.thread(channel, ts)[1:]]

    def broadcasts(self, ts: str, channel: str = MIGRATIONS) -> list[str]:
        """Return what of a thread is shown in the channel as well."""
        thread = self.slack.thread(channel, ts)[1:]
        return [str(m["text"]) for m in thread if m.get("subtype") == "thread_broadcast"]

    def private(self, user: str = ALICE) -> list[str]:
        """Return what *user* alone was told, oldest first."""
        return [str(e["text"]) for e in self.slack.ephemerals(user)]

    async def ask(self, text: str, *, channel: str = MIGRATIONS, user: str = ALICE) -> str:
        """Type a command and return its private answer."""
        before = len(self.private(user))
        await self.slack.say(user, channel, text)
        await self.until(lambda: len(self.private(user)) > before)
        return self.private(user)[-1]

    async def until(self, predicate: Callable[[], T]) -> T:
        """Wait for the playground to make *predicate* true."""
        return await self.slack.wait_for(predicate, PATIENCE)


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[asyncio.Event]:
    """Run a bot until it is connected, and stop it at the end."""
    stopping = asyncio.Event()
    run = asyncio.create_task(bot.run(stopping))
    connected = asyncio.create_task(bot.connected.wait())
    try:
        await asyncio.wait({run, connected}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        if run.done():
            await run
        yield stopping
    finally:
        connected.cancel()
        stopping.set()
        await run
