"""The composition root: the only place that names concrete classes and puts them together."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import httpx
import structlog

from bot import logs
from bot.core.cadence import Limits
from bot.core.model import PauseReason
from bot.core.wording import operators as operators_wording
from bot.ports import Account, Clock, Clouds, StoreUnusable
from bot.scheduler import Ticks
from bot.settings import Settings
from bot.slack.app import make_app
from bot.slack.channels import SlackChannels
from bot.slack.connection import Connection
from bot.slack.duplicates import Duplicates
from bot.slack.events import Events
from bot.slack.http_mode import HttpConnection
from bot.slack.listeners import Listeners
from bot.slack.people import SlackPeople
from bot.slack.poster import SlackPoster
from bot.slack.session import (
    SlackUnreachable,
    TokenRefused,
    make_client,
    until_reached,
    who_am_i,
)
from bot.slack.sockets import CONNECTIONS, WATCH_EVERY, SocketConnection
from bot.store.choosing import OpenStore, open_store, tokens_at, tokens_in
from bot.store.tools import owners_in
from bot.usecases.audit import Audit
from bot.usecases.card_face import CardFace
from bot.usecases.cards import Cards
from bot.usecases.changes_told import ChangesTold
from bot.usecases.delivery import Deliveries
from bot.usecases.doubts import Habits
from bot.usecases.forms import Forms
from bot.usecases.home import Homes
from bot.usecases.in_flight import InFlight
from bot.usecases.operators import Operators
from bot.usecases.pauses import Pauses
from bot.usecases.polling import Polling
from bot.usecases.pulse import Pulse
from bot.usecases.requests import Requests
from bot.usecases.rights import Permissions, Rights
from bot.usecases.together import SEEN_EVERY, Together
from providers import registry
from providers.auth.keeper import FileTokens, TokenKeeper
from providers.http import make_client as make_cloud_client
from providers.settings import AccountSettings

_log = structlog.get_logger(__name__)

POLL_EVERY = 0.25
DELIVER_EVERY = 0.2
CARDS_EVERY = 0.5
ALIVE_EVERY = 10.0
RECHECK_EVERY = 60.0
TELL_CHANGES_EVERY = 60.0
PRUNE_HOUR = 3
PRUNE_ALONE = 3600.0
"""Seconds in which the other replicas leave that to the one that began it: their clocks differ a little."""
KEPT = timedelta(days=30)
"""How long an ended watch is remembered."""
STOP_PATIENCE = 8.0
"""Seconds that a stop waits for what is in flight; with what closing takes it stays under ten."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)


SYSTEM_CLOCK = SystemClock()


def cloud_client(settings: Settings) -> httpx.AsyncClient:
    """Return the one HTTP client for all clouds."""
    calls = sum(account.max_concurrent for account in settings.accounts.values())
    # Some more than all accounts together may have under way: tokens are fetched beside them.
    return make_cloud_client(timeout=settings.polling.timeout.total_seconds(), limit=max(200, 2 * calls))


def make_clouds(settings: Settings, client: httpx.AsyncClient, tokens: TokenKeeper) -> Clouds:
    """Return the configured accounts, ready to be asked."""
    clouds: dict[str, Account] = {}
    for name, account in settings.accounts.items():
        clouds[name] = Account(
            name=name,
            title=registry.TITLES[account.provider],
            place=str(getattr(account, "region", None) or ""),
            channels=account.channels,
            groups=account.groups,
            provider=registry.build(name, account, client, tokens=tokens, on_secret=logs.hide),
            limits=own_limits(limits_of(settings), account),
        )
    return clouds


def permissions(settings: Settings) -> Permissions:
    """Return what the configuration says of rights."""
    said = settings.permissions
    return Permissions(
        everyone=said.change == "everyone",
        guests=said.guests,
        managers={channel: frozenset(users) for channel, users in said.managers.items()},
    )


def limits_of(settings: Settings) -> Limits:
    """Return how often tasks are asked for, where their account says nothing else."""
    polling = settings.polling
    return Limits(
        min_interval=polling.min_interval,
        max_interval=polling.max_interval,
        on_time=polling.on_time,
        on_time_share=polling.on_time_percent / 100,
    )


def own_limits(usual: Limits, account: AccountSettings) -> Limits | None:
    """Return how often the tasks of an account are asked for; None where it says nothing of its own."""
    if account.min_interval is None and account.max_interval is None:
        return None
    shortest, longest = account.min_interval or usual.min_interval, account.max_interval or usual.max_interval
    return dataclasses.replace(usual, min_interval=shortest, max_interval=max(shortest, longest))


@dataclass(slots=True)
class _Parts:
    """What a running bot consists of, in the order in which it is taken apart."""

    store: OpenStore
    session: aiohttp.ClientSession
    cloud_client: httpx.AsyncClient
    ticks: Ticks
    polling: Polling
    deliveries: Deliveries
    cards: Cards
    listeners: Listeners
    events: Events
    requests: Requests
    changes_told: ChangesTold
    pauses: Pauses
    operators: Operators
    together: Together
    pulse: Pulse
    aside: InFlight = field(default_factory=InFlight)
    """What need not be waited for."""
    connection: Connection | None = None


class Bot:
    """The whole bot, from open store to clean stop."""

    def __init__(self, settings: Settings, *, clock: Clock = SYSTEM_CLOCK, watch_every: float = WATCH_EVERY) -> None:
        if not settings.slack.configured or settings.slack.bot_token is None:
            raise ValueError("a bot needs a bot token")
        self._settings = settings
        self._clock = clock
        self._watch_every = watch_every
        self._bot_token = settings.slack.bot_token.get_secret_value()
        self._parts: _Parts | None = None
        self.connected = asyncio.Event()
        """Set once Slack was reached and commands can come in."""
        self._token_refused = False
        """Whether Slack refused the bot's token at the last look."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Run until *stopping* is set. StoreUnusable, TokenRefused and OSError (a port in use) end it before."""
        place = self._settings.store
        store = await open_store(
            place.url.get_secret_value(), connections=place.connections, lease=place.lease, beside=place.path
        )
        session = aiohttp.ClientSession()
        clouds_client = cloud_client(self._settings)
        try:
            parts = self._put_together(store, session, clouds_client)
        except BaseException:
            await clouds_client.aclose()
            await session.close()
            await store.close()
            raise
        self._parts = parts
        try:
            self._start_reading(parts)
            await self._open_port(parts)
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

    def _put_together(
        self, store: OpenStore, session: aiohttp.ClientSession, clouds_client: httpx.AsyncClient
    ) -> _Parts:
        settings = self._settings
        if store.damaged is not None:
            _log.error("the data file was damaged; it was moved aside and a new one begun", moved_to=str(store.damaged))
        client = make_client(session, token=self._bot_token, api_url=settings.slack.api_url)
        clouds = make_clouds(settings, clouds_client, tokens_of(settings, store))
        poster, clock, face = SlackPoster(client), self._clock, CardFace(clouds)
        limits = limits_of(settings)
        operators = Operators(store=store, poster=poster, channel=settings.slack.operators)
        sockets = CONNECTIONS if settings.slack.mode == "socket" else 0
        together = Together(crew=store.crew, tally=store.tally, operators=operators, sockets=sockets)
        pauses = Pauses(store=store, poster=poster, clock=clock)
        polling = Polling(
            store=store, clouds=clouds, operators=operators, clock=clock, limits=limits, budgets=together.budgets
        )
        habits = Habits(repeat=settings.delivery.ambiguous == "repeat", believe_after=settings.delivery.believe_after)
        deliveries = Deliveries(
            store=store,
            poster=poster,
            face=face,
            pauses=pauses,
            clock=clock,
            habits=habits,
            budgets=together.budgets,
        )
        cards = Cards(store=store, poster=poster, face=face, pauses=pauses, clock=clock, budgets=together.budgets)
        people = SlackPeople(client)
        rights = Rights(
            clouds=clouds, people=people, permissions=permissions(settings), operators=settings.slack.operators
        )
        audit = Audit(store=store, clock=clock)
        usual = settings.subscriptions.in_zone(settings.slack.zone)
        requests = Requests(
            store=store,
            poster=poster,
            people=people,
            clouds=clouds,
            rights=rights,
            deliveries=deliveries,
            cards=cards,
            polling=polling,
            face=face,
            audit=audit,
            clock=clock,
            limits=limits,
            zone=settings.slack.zone,
            usual=usual,
        )
        forms = Forms(
            clouds=clouds, store=store, rights=rights, channels=SlackChannels(client), audit=audit, usual=usual
        )
        return _Parts(
            store=store,
            session=session,
            cloud_client=clouds_client,
            # The same clock, so that a jump of it is seen whoever made it.
            ticks=Ticks(on_jump=self._clock_jumped, wall=lambda: clock.now().timestamp()),
            polling=polling,
            deliveries=deliveries,
            cards=cards,
            listeners=Listeners(
                requests=requests,
                forms=forms,
                homes=Homes(store=store, people=people, clouds=clouds, circuits=polling, rights=rights, clock=clock),
                people=people,
                clouds=clouds,
            ),
            events=Events(pauses, requests),
            requests=requests,
            changes_told=ChangesTold(
                store=store, poster=poster, clock=clock, habits=habits, channel=settings.slack.operators
            ),
            pauses=pauses,
            operators=operators,
            together=together,
            pulse=Pulse(store),
        )

    def _start_reading(self, parts: _Parts) -> None:
        """The clouds are read whether or not Slack is there: what happens meanwhile is told when it is."""
        parts.ticks.every(POLL_EVERY, parts.polling.tick, "polling")
        parts.ticks.every(ALIVE_EVERY, _alive(parts.store), "heartbeat")
        parts.ticks.every(SEEN_EVERY, parts.together.tick, "other replicas")
        parts.ticks.every(ALIVE_EVERY, parts.pulse.tick, "whether the store answers")
        parts.ticks.start()

    def _start_telling(self, parts: _Parts) -> None:
        parts.aside.start(parts.pauses.workspace_open(at_start=True), "the workspace is open")
        if parts.store.damaged is not None:
            parts.aside.start(self._tell_of_damage(parts, parts.store.damaged), "tell of the damaged data file")
        parts.ticks.every(DELIVER_EVERY, parts.deliveries.tick, "deliveries")
        parts.ticks.every(CARDS_EVERY, parts.cards.tick, "cards")
        by_one = parts.together.by_one
        parts.ticks.every(RECHECK_EVERY, parts.pauses.tick, "closed channels")
        told = by_one("changes", 2 * TELL_CHANGES_EVERY, parts.changes_told.tick)
        parts.ticks.every(TELL_CHANGES_EVERY, told, "changes for the operators")
        parts.ticks.every(self._watch_every, lambda: self._watch(parts), "connection to Slack")
        parts.ticks.daily(PRUNE_HOUR, by_one("old watches", PRUNE_ALONE, lambda: self._prune(parts)), "old watches")

    async def _open_port(self, parts: _Parts) -> None:
        """In HTTP mode whoever probes gets an answer at once, also while Slack is out of reach."""
        slack = self._settings.slack
        if slack.mode == "http":
            listen = slack.listen
            parts.connection = HttpConnection(None, listen.host, listen.port, trouble=lambda: parts.pulse.trouble)
            await parts.connection.open()

    async def _connect(self, parts: _Parts) -> None:
        slack = self._settings.slack
        client = make_client(parts.session, token=self._bot_token, api_url=slack.api_url)
        me = await who_am_i(client)
        secret = slack.signing_secret.get_secret_value() if slack.signing_secret is not None else ""
        app = make_app(client, signing_secret=secret, me=me)
        app.use(Duplicates())
        parts.listeners.register(app, me=me.bot_user_id)
        parts.events.register(app, me=me.bot_user_id)
        if isinstance(parts.connection, HttpConnection):
            parts.connection.hand_to(app)
            return
        if parts.connection is not None:
            # Of an earlier try.
            await parts.connection.close()
        if slack.app_token is None:
            raise ValueError("Socket Mode needs an app-level token")
        parts.connection = SocketConnection(app, slack.app_token.get_secret_value())
        await parts.connection.open()

    # --- from time to time ---------------------------------------------------------------------------------------

    async def _watch(self, parts: _Parts) -> None:
        """See that Slack still reaches us, and that our token is still good."""
        if parts.connection is not None:
            await parts.connection.watch()
        client = make_client(parts.session, token=self._bot_token, api_url=self._settings.slack.api_url)
        try:
            await who_am_i(client)
        except TokenRefused as error:
            if not self._token_refused:
                _log.error("Slack refuses the token; everything waits until it is good again", reason=str(error))
            self._token_refused = True
            await parts.pauses.workspace_closed(PauseReason.TOKEN, error.code)
        except SlackUnreachable:
            return
        else:
            if self._token_refused:
                _log.warning("Slack takes the token again")
            await parts.pauses.workspace_open(at_start=self._token_refused)
            self._token_refused = False

    async def _prune(self, parts: _Parts) -> None:
        count = await parts.store.prune(self._clock.now() - KEPT)
        _log.info("old watches were forgotten", count=count)

    async def _tell_of_damage(self, parts: _Parts, moved_to: Path) -> None:
        await parts.operators.tell(f"damaged/{moved_to.name}", operators_wording.data_file_damaged(str(moved_to)))
        owners = await asyncio.to_thread(owners_in, moved_to)
        await parts.pauses.tell_owners_of_loss(owners, moved_to.name)

    # --- going down ----------------------------------------------------------------------------------------------

    async def _stop(self, parts: _Parts) -> None:
        """No new work, then what is in flight ends or is left so that the next start finishes it, then let go."""
        patience = STOP_PATIENCE / 2
        connection = parts.connection
        await asyncio.gather(
            parts.ticks.drain(STOP_PATIENCE / 4),
            *([connection.stop_receiving()] if connection is not None else []),
        )
        await asyncio.gather(
            parts.listeners.drain(patience),
            parts.events.drain(patience),
            parts.polling.drain(patience),
            parts.deliveries.drain(patience),
            parts.cards.drain(patience),
            parts.aside.drain(patience),
        )
        if connection is not None:
            await connection.close()
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
        parts.pauses.clock_jumped()
        parts.aside.start(parts.polling.clock_jumped(), "look at once, after the clock jumped")


def _alive(store: OpenStore) -> Callable[[], "asyncio.Future[None]"]:
    def touch() -> "asyncio.Future[None]":
        return asyncio.ensure_future(asyncio.to_thread(store.touch))

    return touch


def tokens_of(settings: Settings, store: OpenStore) -> TokenKeeper:
    """Return where tokens are kept while the bot runs: for all replicas, where there is a key to seal them with."""
    key = settings.store.sealing_key
    shared = tokens_in(store, key, longest_call=settings.polling.timeout) if key is not None else None
    return shared or token_file(settings)


@asynccontextmanager
async def lent_tokens(settings: Settings) -> AsyncIterator[TokenKeeper]:
    """Lend the same place to a command that opens no store."""
    place, key = settings.store, settings.store.sealing_key
    async with AsyncExitStack() as stack:
        tokens = token_file(settings)
        if place.is_database and key is not None:
            # Where nothing speaks to databases, which others tell, a task can be looked at all the same.
            with suppress(StoreUnusable):
                url, longest = place.url.get_secret_value(), settings.polling.timeout
                tokens = await stack.enter_async_context(tokens_at(url, key, longest_call=longest))
        yield tokens


def token_file(settings: Settings) -> TokenKeeper:
    """123pan counts live tokens, so its token outlives a restart: in a file of this machine, for its owner only.

    It is named after the data file and stands beside it; with a database it is ``milepost.tokens``, in the working
    directory.
    """
    path = settings.store.path
    return FileTokens(path.with_name(path.name + ".tokens"))
