"""The composition root: the only place that names concrete classes and puts them together."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import httpx
import structlog

from bot import logs
from bot.core.cadence import Limits
from bot.ports import Account, Clouds
from bot.scheduler import Ticks
from bot.settings import Settings
from bot.slack.connection import Connection, HttpConnection, SocketConnection
from bot.slack.listeners import Listeners, make_app
from bot.slack.poster import SlackPoster
from bot.slack.session import check_app_token, make_client, until_reached, who_am_i
from bot.store.embedded import EmbeddedStore
from bot.usecases.card_face import CardFace
from bot.usecases.cards import Cards
from bot.usecases.delivery import Deliveries
from bot.usecases.polling import Polling
from bot.usecases.subscriptions import Subscriptions
from providers import registry
from providers.auth.keeper import FileTokens, MemoryTokens, TokenKeeper
from providers.http import make_client as make_cloud_client

_log = structlog.get_logger(__name__)

POLL_EVERY = 0.25
DELIVER_EVERY = 0.2
CARDS_EVERY = 0.5
ALIVE_EVERY = 10.0
STOP_PATIENCE = 8.0
"""Seconds that a stop waits for what is in flight; with what closing takes it stays under ten."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)


def cloud_client(settings: Settings) -> httpx.AsyncClient:
    """Return the one HTTP client for all clouds."""
    return make_cloud_client(timeout=settings.polling.timeout.total_seconds())


def make_clouds(settings: Settings, client: httpx.AsyncClient, tokens: TokenKeeper | None = None) -> Clouds:
    """Return the configured accounts, ready to be asked."""
    keeper = tokens if tokens is not None else MemoryTokens()
    clouds: dict[str, Account] = {}
    for name, account in settings.accounts.items():
        clouds[name] = Account(
            name=name,
            title=registry.TITLES[account.provider],
            place=str(getattr(account, "region", None) or ""),
            provider=registry.build(name, account, client, tokens=keeper, on_secret=logs.hide),
        )
    return clouds


@dataclass(slots=True)
class _Parts:
    """What a running bot consists of, in the order in which it is taken apart."""

    store: EmbeddedStore
    session: aiohttp.ClientSession
    cloud_client: httpx.AsyncClient
    ticks: Ticks
    polling: Polling
    deliveries: Deliveries
    cards: Cards
    listeners: Listeners
    subscriptions: Subscriptions
    connection: Connection | None = None
    jumps: set[asyncio.Task[None]] = field(default_factory=set)


class Bot:
    """The whole bot, from open store to clean stop."""

    def __init__(self, settings: Settings) -> None:
        if not settings.slack.configured or settings.slack.bot_token is None:
            raise ValueError("a bot needs a bot token")
        self._settings = settings
        self._bot_token = settings.slack.bot_token.get_secret_value()
        self._parts: _Parts | None = None
        self.connected = asyncio.Event()
        """Set once Slack was reached and commands can come in."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until *stopping* is set. StoreUnusable, TokenRefused and OSError (a port in use) end it before."""
        parts = await self._build()
        self._parts = parts
        try:
            self._start_reading(parts)
            if await until_reached(lambda: self._connect(parts), stopping):
                self._start_telling(parts)
                self.connected.set()
                _log.info(
                    "Milepost is running", accounts=list(self._settings.accounts), store=self._settings.store.shown
                )
                await stopping.wait()
            _log.info("stopping")
        finally:
            await self._stop(parts)

    # --- coming up -----------------------------------------------------------------------------------------------

    async def _build(self) -> _Parts:
        settings = self._settings
        store = await EmbeddedStore.open(settings.store.url.get_secret_value())
        if store.damaged is not None:
            _log.error("the data file was damaged; it was moved aside and a new one begun", moved_to=str(store.damaged))
        session = aiohttp.ClientSession()
        client = make_client(session, token=self._bot_token, api_url=settings.slack.api_url)
        clouds_client = cloud_client(settings)
        clouds = make_clouds(settings, clouds_client, _token_file(settings))
        poster, clock, face = SlackPoster(client), SystemClock(), CardFace(clouds)
        limits = Limits(min_interval=settings.polling.min_interval, max_interval=settings.polling.max_interval)
        polling = Polling(store=store, clouds=clouds, clock=clock, limits=limits)
        repeat = settings.delivery.ambiguous == "repeat"
        deliveries = Deliveries(store=store, poster=poster, face=face, clock=clock, repeat_ambiguous=repeat)
        cards = Cards(store=store, poster=poster, face=face, clock=clock)
        subscriptions = Subscriptions(
            store=store,
            poster=poster,
            clouds=clouds,
            deliveries=deliveries,
            cards=cards,
            polling=polling,
            face=face,
            clock=clock,
            limits=limits,
        )
        return _Parts(
            store=store,
            session=session,
            cloud_client=clouds_client,
            ticks=Ticks(on_jump=self._clock_jumped),
            polling=polling,
            deliveries=deliveries,
            cards=cards,
            listeners=Listeners(subscriptions),
            subscriptions=subscriptions,
        )

    def _start_reading(self, parts: _Parts) -> None:
        """The clouds are read whether or not Slack is there: what happens meanwhile is told when it is."""
        parts.ticks.every(POLL_EVERY, parts.polling.tick, "polling")
        parts.ticks.every(ALIVE_EVERY, _alive(parts.store), "heartbeat")
        parts.ticks.start()

    def _start_telling(self, parts: _Parts) -> None:
        parts.ticks.every(DELIVER_EVERY, parts.deliveries.tick, "deliveries")
        parts.ticks.every(CARDS_EVERY, parts.cards.tick, "cards")

    async def _connect(self, parts: _Parts) -> None:
        slack = self._settings.slack
        client = make_client(parts.session, token=self._bot_token, api_url=slack.api_url)
        me = await who_am_i(client)
        secret = slack.signing_secret.get_secret_value() if slack.signing_secret is not None else ""
        app = make_app(client, signing_secret=secret, me=me)
        parts.listeners.register(app)
        if slack.mode == "socket" and slack.app_token is not None:
            app_token = slack.app_token.get_secret_value()
            await check_app_token(client, app_token)
            parts.connection = SocketConnection(app, app_token)
        else:
            parts.connection = HttpConnection(app, slack.listen.host, slack.listen.port)
        await parts.connection.open()

    # --- going down ----------------------------------------------------------------------------------------------

    async def _stop(self, parts: _Parts) -> None:
        """No new work, then what is in flight ends or is left so that the next start finishes it, then let go."""
        await parts.ticks.drain(STOP_PATIENCE / 4)
        if parts.connection is not None:
            await parts.connection.stop_receiving()
        await asyncio.gather(
            parts.listeners.drain(STOP_PATIENCE / 2),
            parts.polling.drain(STOP_PATIENCE / 2),
            parts.deliveries.drain(STOP_PATIENCE / 2),
            parts.cards.drain(STOP_PATIENCE / 2),
        )
        if parts.connection is not None:
            await parts.connection.close()
        await parts.cloud_client.aclose()
        await parts.session.close()
        await parts.store.close()
        _log.info("stopped")

    def _clock_jumped(self, seconds: float) -> None:
        parts = self._parts
        if parts is None or seconds > 0:
            return
        parts.deliveries.clock_jumped()
        parts.cards.clock_jumped()
        task = asyncio.ensure_future(parts.polling.clock_jumped())
        parts.jumps.add(task)
        task.add_done_callback(parts.jumps.discard)


def _alive(store: EmbeddedStore) -> Callable[[], "asyncio.Future[None]"]:
    def touch() -> "asyncio.Future[None]":
        return asyncio.ensure_future(asyncio.to_thread(store.touch))

    return touch


def _token_file(settings: Settings) -> TokenKeeper:
    """123pan counts live tokens, so its token outlives a restart: beside the data file, for its owner only."""
    path: Path | None = settings.store.path
    return FileTokens(path.with_name(path.name + ".tokens")) if path is not None else MemoryTokens()
