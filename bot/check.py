"""`milepost check`: what works and what does not, before anybody relies on it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
from rich.console import Console
from rich.text import Text

from bot import logs
from bot.core.wording.reasons import cause_words
from bot.ports import Account, StoreUnusable
from bot.settings import Settings
from bot.slack.session import SlackUnreachable, TokenRefused, check_app_token, granted_scopes, make_client, who_am_i
from bot.store.choosing import look
from bot.usecases.which_account import example_key
from bot.wiring import cloud_client, lent_tokens, make_clouds
from providers.base import (
    AccessDenied,
    RateLimited,
    Reading,
    TaskNotFound,
    TaskSnapshot,
    Unavailable,
    UnexpectedResponse,
)

HISTORY_SCOPES = frozenset({"channels:history", "groups:history"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    works: bool
    said: str


def show(settings: Settings) -> int:
    """Print what was found, line by line as it comes; return the exit status, 1 where something does not work."""
    console = Console(highlight=False)
    console.print("[green]✓[/green] configuration: no problem found")
    return asyncio.run(_show(settings, console))


async def _show(settings: Settings, console: Console) -> int:
    worst = 0
    async for finding in findings(settings):
        sign = Text("✓ ", "green") if finding.works else Text("✗ ", "red")
        # As text: what a cloud or a file says may look like markup.
        console.print(sign + Text(logs.redact_known(f"{finding.what}: {finding.said}")), soft_wrap=True)
        worst = worst if finding.works else 1
    return worst


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the database and at Slack's tokens, then make one signed call per account."""
    if settings.store.is_database:
        yield await _database(settings)
        yield _tokens(settings)
    async for finding in _slack(settings):
        yield finding
    async with cloud_client(settings) as client, lent_tokens(settings) as tokens:
        accounts = make_clouds(settings, client, tokens).values()
        for done in asyncio.as_completed([_account(account) for account in accounts]):
            yield await done
    if not settings.accounts:
        yield Finding(what="accounts", works=False, said="none is configured: add [accounts.NAME] to milepost.toml")


async def _database(settings: Settings) -> Finding:
    what = f"store {settings.store.shown}"
    try:
        return Finding(what=what, works=True, said=await look(settings.store.url.get_secret_value()))
    except StoreUnusable as error:
        return Finding(what=what, works=False, said=str(error))


def _tokens(settings: Settings) -> Finding:
    said = "are sealed in the database, for all replicas"
    if settings.store.sealing_key is None:
        said = "are not shared, each replica fetches its own: for several, set [store] encryption_key"
    return Finding(what="the clouds' tokens", works=True, said=said)


async def _slack(settings: Settings) -> AsyncIterator[Finding]:
    slack = settings.slack
    if slack.bot_token is None:
        yield Finding(what="Slack", works=True, said="no tokens set: `milepost run` starts the playground")
        return
    async with aiohttp.ClientSession() as session:
        client = make_client(session, token=slack.bot_token.get_secret_value(), api_url=slack.api_url)
        try:
            me = await who_am_i(client)
        except (TokenRefused, SlackUnreachable) as error:
            yield Finding(what="Slack bot token", works=False, said=_slack_trouble(error))
            return
        yield Finding(what="Slack bot token", works=True, said=f"works in workspace {me.team}")
        if slack.mode == "socket" and slack.app_token is not None:
            try:
                await check_app_token(client, slack.app_token.get_secret_value())
            except (TokenRefused, SlackUnreachable) as error:
                yield Finding(what="Slack app token", works=False, said=_slack_trouble(error))
            else:
                yield Finding(what="Slack app token", works=True, said="Socket Mode can connect")
        yield _lost_answers(await granted_scopes(client), repeats=settings.delivery.ambiguous == "repeat")


def _lost_answers(granted: frozenset[str], *, repeats: bool) -> Finding:
    """Tell which guarantee holds when Slack's answer to a post is lost."""
    if granted & HISTORY_SCOPES:
        said = "are looked up in the channel: nothing is lost, nothing is said twice"
    elif repeats:
        said = "cannot be looked up (no history scope): the message is sent again and says that it may be a repeat"
    else:
        said = "cannot be looked up (no history scope): the message is dropped, as [delivery] ambiguous says"
    return Finding(what="Slack's lost answers", works=True, said=said)


def _slack_trouble(error: TokenRefused | SlackUnreachable) -> str:
    return str(error) if isinstance(error, TokenRefused) else f"cannot be reached: {error}"


async def _account(account: Account) -> Finding:
    """Ask for a task that cannot exist: a good key gets 'not found', a bad one is refused."""
    key = account.provider.parse_key(example_key(account))
    reading = (await account.provider.fetch([key]))[key]
    works, said = _told(reading)
    return Finding(what=f"account {account.name} ({account.title})", works=works, said=said)


def _told(reading: Reading) -> tuple[bool, str]:
    match reading:
        case TaskSnapshot() | TaskNotFound():
            return True, "answers, and accepts the credentials"
        case AccessDenied():
            return False, f"refuses: {cause_words(reading.cause)}"
        case RateLimited():
            return True, "answers, and asks for fewer calls just now"
        case UnexpectedResponse():
            return False, f"answers something unexpected: {cause_words(reading.cause)}"
        case Unavailable():
            return False, f"cannot be reached: {cause_words(reading.cause)}"
        case _:
            return False, cause_words(reading.cause)
