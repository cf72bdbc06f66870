"""Tokens that all replicas share: one of them fetches, the others wait for what it brings."""

import asyncio
import math
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec
import structlog

from bot.ports import StoreError
from bot.store.postgres.database import Database, Row
from bot.store.postgres.sealing import Seal
from providers.auth.keeper import Fetch, KeeperAway, Take, Token
from providers.base import Unavailable
from providers.reasons import Reason

_log = structlog.get_logger(__name__)

SHORTEST_LEASE = timedelta(seconds=30)
"""How long a replica that renews a token may be silent before another does."""
_BESIDE_THE_CALL = timedelta(seconds=15)
LOOK_EVERY = 0.5
"""Seconds between two looks of whoever waits."""
PATIENCE = 1.2
"""How many leases a replica waits: one of a holder that died, and a little."""

# By the clock of the database, unless a test brings its own.
_NOW = "coalesce(%(now)s::timestamptz, clock_timestamp())"
_LOOK = f"""
SELECT sealed, coalesce(held_until > {_NOW} AND holder <> %(holder)s, false)
FROM milepost.token WHERE account = %(account)s
"""
# Whoever asks twice, because an answer was lost, has it all the same.
_BEGIN = f"""
INSERT INTO milepost.token AS t (account, turn, holder, held_until)
VALUES (%(account)s, 1, %(holder)s, {_NOW} + %(lease)s)
ON CONFLICT (account) DO UPDATE SET turn = t.turn + 1, holder = EXCLUDED.holder, held_until = EXCLUDED.held_until
WHERE t.holder IS NULL OR t.held_until <= {_NOW} OR t.holder = %(holder)s
RETURNING turn, sealed
"""
_SAVE = """
UPDATE milepost.token SET sealed = %(sealed)s, sealed_turn = %(turn)s, holder = nullif(holder, %(holder)s),
    held_until = CASE WHEN holder = %(holder)s THEN NULL ELSE held_until END
WHERE account = %(account)s AND sealed_turn <= %(turn)s
RETURNING 1
"""
_END = """
UPDATE milepost.token SET holder = NULL, held_until = NULL WHERE account = %(account)s AND holder = %(holder)s
"""


def sealed(database: Database, key: bytes, longest_call: timedelta) -> "SharedTokens":
    """Return the tokens in *database* that *key* seals; *longest_call* is how long a cloud may be asked."""
    return SharedTokens(database, Seal(key), lease=max(SHORTEST_LEASE, longest_call + _BESIDE_THE_CALL))


class SharedTokens:
    """A TokenKeeper in the database, which holds no token that could be read without the key.

    Whose turn it is stands in the token's row, until a lease ends; no transaction lasts while a cloud is asked.
    """

    shared = True

    def __init__(
        self,
        database: Database,
        seal: Seal,
        *,
        lease: timedelta,
        now: Callable[[], datetime | None] = lambda: None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._seal = seal
        self._lease = lease
        self._now = now
        self._pause = pause
        self._unreadable: set[str] = set()
        self._away = False

    async def renewed(self, account: str, *, take: Take, fetch: Fetch) -> Token:
        """Return the kept token where it will do, else a new one.

        Unavailable, where others have had the turn for so long that waiting on would be of no use.
        """
        holder = secrets.token_hex(8)
        for _ in range(math.ceil(PATIENCE * self._lease.total_seconds() / LOOK_EVERY)):
            kept, taken = await self._look(account, holder)
            if kept is not None and take(kept):
                return kept
            if not taken:
                token = await self._tried(account, holder, take, fetch)
                if token is not None:
                    return token
            await self._pause(LOOK_EVERY)
        raise Unavailable(Reason.TOKEN_AWAITED, retry_after=LOOK_EVERY)

    async def _tried(self, account: str, holder: str, take: Take, fetch: Fetch) -> Token | None:
        """Return what a turn brought; None where somebody else was given it."""
        try:
            turn, kept = await self._begin(account, holder)
            if turn is None:
                return None
            if kept is not None and take(kept):
                # Somebody else's turn came and went since the last look.
                await self._end(account, holder)
                return kept
            new = await fetch()
        except BaseException:
            await self._end(account, holder)
            raise
        await self._save(account, holder, turn, new)
        return new

    async def _look(self, account: str, holder: str) -> tuple[Token | None, bool]:
        """Return the kept token, and whether it is somebody else's turn."""
        rows = await self._say(_LOOK, account, holder)
        return (self._opened(account, rows[0][0]), rows[0][1]) if rows else (None, False)

    async def _begin(self, account: str, holder: str) -> tuple[int | None, Token | None]:
        """Return the number of our turn, if we have it, and the token that is kept by then."""
        rows = await self._say(_BEGIN, account, holder, lease=self._lease)
        return (rows[0][0], self._opened(account, rows[0][1])) if rows else (None, None)

    async def _save(self, account: str, holder: str, turn: int, token: Token) -> None:
        sealed = self._seal.close(account, msgspec.json.encode(token))
        # Where it cannot be kept this replica has it all the same; the turn ends by itself.
        with suppress(KeeperAway):
            if not await self._say(_SAVE, account, holder, turn=turn, sealed=sealed):
                _log.warning("a token came so late that another replica had fetched one too", account=account)

    async def _end(self, account: str, holder: str) -> None:
        with suppress(KeeperAway):
            await self._say(_END, account, holder)

    async def _say(self, query: str, account: str, holder: str, **more: object) -> list[Row]:
        """Run a statement, each of which may run twice; KeeperAway where the database cannot be reached."""
        try:
            rows = await self._database.rows(query, {"account": account, "holder": holder, "now": self._now(), **more})
        except StoreError as trouble:
            if not self._away:
                _log.warning("the tokens that replicas share cannot be reached", reason=str(trouble))
            self._away = True
            raise KeeperAway from None
        self._away = False
        return rows

    def _opened(self, account: str, sealed: bytes | None) -> Token | None:
        if sealed is None:
            return None
        opened = self._seal.open(account, sealed)
        if opened is not None:
            with suppress(msgspec.DecodeError, UnicodeError):
                return msgspec.json.decode(opened, type=Token)
        if account not in self._unreadable:
            self._unreadable.add(account)
            _log.warning(
                "a token that replicas share cannot be read and counts as none; "
                "is [store] encryption_key the same on every replica?",
                account=account,
            )
        return None
