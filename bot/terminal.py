"""`milepost watch`: one task, a progress bar, no Slack."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeAlias

from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from bot.commandline import BAD_SETTINGS, fail
from bot.core.advance import advance
from bot.core.cadence import Limits, next_look
from bot.core.estimate import remaining
from bot.core.model import Watch, watch_id
from bot.core.text import plain
from bot.core.wording.flaws import flaw_words
from bot.core.wording.reasons import cause_words
from bot.core.wording.words import (
    SIGNS,
    STATE_WORDS,
    TROUBLE_SIGN,
    doing,
    duration,
    files_failed,
    lag,
    left_words,
    percent,
)
from bot.ports import Account
from bot.settings import Settings
from bot.wiring import cloud_client, lent_tokens, limits_of, make_clouds
from providers.base import (
    AccessDenied,
    InvalidKey,
    ProviderError,
    Reading,
    TaskKey,
    TaskNotFound,
    TaskSnapshot,
    TaskState,
)

Tell: TypeAlias = Callable[[Watch, Reading, datetime], None]
"""Shows the watch after a reading."""


class CannotWatch(Exception):
    """The task cannot be watched; the message says why and what would be right."""


def watch(settings: Settings, account: str, task: str) -> int:
    """Show a task until it ends; return the exit status, 0 where it succeeded."""
    try:
        state = asyncio.run(watch_task(settings, account, task, Console(highlight=False)))
    except CannotWatch as error:
        fail(str(error), BAD_SETTINGS)
    except KeyboardInterrupt:
        return 130
    return 0 if state is TaskState.SUCCEEDED else 1


async def watch_task(settings: Settings, account_name: str, task: str, console: Console) -> TaskState:
    """Show a task until it ends, and return how it ended."""
    async with cloud_client(settings) as client, lent_tokens(settings) as tokens:
        clouds = make_clouds(settings, client, tokens)
        if account_name not in clouds:
            raise CannotWatch(_no_account(account_name, list(clouds.values())))
        account = clouds[account_name]
        return await _show(account, task, account.limits or limits_of(settings), console)


async def _show(account: Account, task: str, limits: Limits, console: Console) -> TaskState:
    try:
        key = account.provider.parse_key(task)
    except InvalidKey as error:
        raise CannotWatch(f"{flaw_words(error)} For example: milepost watch {account.name} {error.example}") from None
    now = datetime.now(UTC)
    name = plain(await account.provider.describe(key) or "", 60) or plain(key, 60)
    watch = Watch(
        id=watch_id(account.name, key, 1), account=account.name, key=key, created_at=now, due_at=now, run_since=now
    )
    with console.status(Text(f"{name}: waiting for the first reading")):
        # Nothing of it may stay above the reason why the task cannot be watched.
        reading = (await account.provider.fetch([key]))[key]
    if isinstance(reading, TaskNotFound | AccessDenied):
        raise CannotWatch(f"{account.name}: {cause_words(reading.cause)}")
    with (_bar if console.is_terminal else _lines)(name, console) as tell:
        while True:
            now = datetime.now(UTC)
            watch = advance(watch, reading, now, patience=limits.max_interval).watch
            tell(watch, reading, now)
            if watch.ended_at is not None:
                break
            wait = reading.retry_after if isinstance(reading, ProviderError) else None
            look = next_look(watch, now, (25, 50, 75, 100), limits, retry_after=wait)
            watch = replace(watch, due_at=now + look.after)
            await asyncio.sleep(look.after.total_seconds())
            reading = (await account.provider.fetch([key]))[key]
    console.print(_end(watch), soft_wrap=True)
    return watch.seen.state if watch.seen is not None else TaskState.STOPPED


def _no_account(name: str, accounts: Sequence[Account]) -> str:
    if not accounts:
        return f"There is no account {name!r}; none is configured. Add one to milepost.toml: [accounts.<name>]."
    known = ", ".join(each.name for each in accounts)
    return f"There is no account {name!r}. Accounts: {known}. For example: {_example(accounts[0])}"


def _example(account: Account) -> str:
    try:
        key = account.provider.parse_key("")
    except InvalidKey as error:
        key = TaskKey(error.example)
    return f"milepost watch {account.name} {key}"


def _end(watch: Watch) -> Text:
    """Return the last line: how it ended, and the cloud's words whole."""
    seen = watch.seen
    if seen is None or watch.gone or watch.ended_at is None:
        return Text("The cloud no longer knows this task.")
    words = f"{STATE_WORDS[seen.state]} after {duration((watch.ended_at - watch.run_since).total_seconds())}"
    if seen.failed_files:
        words += f", {files_failed(seen.failed_files)}"
    return Text(f"{words}: “{plain(seen.message, 1000)}”" if seen.message else f"{words}.")


@contextmanager
def _bar(name: str, console: Console) -> Iterator[Tell]:
    """One line that is drawn over, for a terminal."""
    with Progress(
        TextColumn("{task.fields[sign]} {task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        console=console,
        auto_refresh=False,
    ) as progress:
        row = progress.add_task(name, total=100, sign="", words="")

        def tell(watch: Watch, reading: Reading, now: datetime) -> None:
            seen = watch.seen
            words = _words(seen, reading)
            if isinstance(reading, ProviderError) or seen is None:
                progress.update(row, words=words, sign=TROUBLE_SIGN, refresh=True)
                return
            if seen.state is TaskState.SYNCING and seen.lag_seconds is not None:
                words += f", changes arrive {lag(seen.lag_seconds)}"
            left = remaining(watch, now)
            if left is not None:
                words += f", {left_words(left)}"
            completed = seen.percent or (100 if seen.state is TaskState.SUCCEEDED else 0)
            progress.update(row, completed=completed, words=words, sign=SIGNS[seen.state], refresh=True)

        yield tell


@contextmanager
def _lines(name: str, console: Console) -> Iterator[Tell]:
    """A line for each change, for a file or a pipe; an estimate that moves is no change."""
    said = ""

    def tell(watch: Watch, reading: Reading, _now: datetime) -> None:
        nonlocal said
        words = _words(watch.seen, reading)
        if words != said:
            said = words
            console.print(Text(f"{name}: {words}"), soft_wrap=True)

    yield tell


def _words(seen: TaskSnapshot | None, reading: Reading) -> str:
    if isinstance(reading, ProviderError):
        return f"cannot be read: {plain(cause_words(reading.cause), 120)}"
    if seen is None:
        return "waiting for the first reading"
    return doing(seen) if seen.percent is None else f"{percent(seen.percent)}  {doing(seen)}"
