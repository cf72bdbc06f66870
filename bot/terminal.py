"""`milepost watch`: one task, a progress bar, no Slack."""

import asyncio
from datetime import UTC, datetime

from msgspec.structs import replace
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bot.core.advance import advance
from bot.core.cadence import Limits, next_look
from bot.core.estimate import remaining
from bot.core.model import Watch, watch_id
from bot.core.text import plain
from bot.core.wording.words import SIGNS, STATE_WORDS, about, doing, duration, lag, percent
from bot.ports import Account
from bot.settings import Settings
from bot.wiring import cloud_client, make_clouds
from providers.base import AccessDenied, InvalidKey, ProviderError, TaskNotFound, TaskSnapshot, TaskState


class CannotWatch(Exception):
    """The task cannot be watched; the message says why and what would be right."""


async def watch_task(settings: Settings, account_name: str, task: str, console: Console) -> TaskState:
    """Show a task until it ends, and return how it ended."""
    async with cloud_client(settings) as client:
        clouds = make_clouds(settings, client)
        if account_name not in clouds:
            known = ", ".join(clouds) or "none is configured"
            raise CannotWatch(f"There is no account {account_name!r}. Accounts: {known}.")
        return await _show(clouds[account_name], task, _limits(settings), console)


def _limits(settings: Settings) -> Limits:
    polling = settings.polling
    return Limits(min_interval=polling.min_interval, max_interval=polling.max_interval)


async def _show(account: Account, task: str, limits: Limits, console: Console) -> TaskState:
    try:
        key = account.provider.parse_key(task)
    except InvalidKey as error:
        raise CannotWatch(f"{error} For example: milepost watch {account.name} {error.example}") from None
    now = datetime.now(UTC)
    name = plain(await account.provider.describe(key) or "", 60) or plain(key, 60)
    watch = Watch(
        id=watch_id(account.name, key, 1), account=account.name, key=key, created_at=now, due_at=now, run_since=now
    )
    with Progress(
        TextColumn("{task.fields[sign]} {task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[words]}", markup=False),
        console=console,
        auto_refresh=False,
    ) as progress:
        row = progress.add_task(name, total=100, sign=SIGNS[TaskState.QUEUED], words="waiting for the first reading")
        while True:
            reading = (await account.provider.fetch([key]))[key]
            if isinstance(reading, TaskNotFound | AccessDenied) and watch.seen is None:
                raise CannotWatch(f"{account.name}: {reading.message}")
            now = datetime.now(UTC)
            watch = advance(watch, reading, now, patience=limits.max_interval).watch
            _tell(progress, row, watch, reading, now)
            if watch.ended_at is not None:
                break
            wait = reading.retry_after if isinstance(reading, ProviderError) else None
            look = next_look(watch, now, (25, 50, 75, 100), limits, retry_after=wait)
            watch = replace(watch, due_at=now + look.after)
            await asyncio.sleep(look.after.total_seconds())
    console.print(_end(watch), soft_wrap=True)
    return watch.seen.state if watch.seen is not None else TaskState.STOPPED


def _end(watch: Watch) -> Text:
    """Return the last line: how it ended, and the cloud's words whole."""
    seen = watch.seen
    if seen is None or watch.gone or watch.ended_at is None:
        return Text("The cloud no longer knows this task.")
    words = f"{STATE_WORDS[seen.state]} after {duration((watch.ended_at - watch.run_since).total_seconds())}"
    return Text(f"{words}: “{plain(seen.message, 1000)}”" if seen.message else f"{words}.")


def _tell(progress: Progress, row: TaskID, watch: Watch, reading: TaskSnapshot | ProviderError, now: datetime) -> None:
    seen = watch.seen
    if isinstance(reading, ProviderError):
        words = f"cannot be read: {plain(reading.message, 120)}"
        progress.update(row, words=words, sign="⚠️", refresh=True)
        return
    if seen is None:
        return
    words = doing(seen)
    if seen.percent is not None:
        words = f"{percent(seen.percent)}  {words}"
    if seen.state is TaskState.SYNCING and seen.lag_seconds is not None:
        words += f", changes arrive {lag(seen.lag_seconds)}"
    left = remaining(watch, now)
    if left is not None:
        words += f", {about(left[0])} left"
    progress.update(
        row,
        completed=seen.percent or (100 if seen.state is TaskState.SUCCEEDED else 0),
        words=str(Text(words)),
        sign=SIGNS[seen.state],
        refresh=True,
    )
