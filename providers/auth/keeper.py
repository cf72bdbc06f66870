"""Keeps tokens over a restart, for clouds that allow only few live ones; several programs may share the place."""

import asyncio
import contextlib
import fcntl
import os
import tempfile
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeAlias

import msgspec


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token and its times, in Unix seconds."""

    text: str
    ends_at: float
    renew_at: float

    def __repr__(self) -> str:
        return f"Token(ends_at={self.ends_at:.0f})"


Take: TypeAlias = Callable[[Token], bool]
Fetch: TypeAlias = Callable[[], Awaitable[Token]]


class KeeperAway(Exception):
    """What is kept cannot be reached just now."""


class TokenKeeper(Protocol):
    """A place for one token per account; *account* tells credentials apart as well."""

    @property
    def shared(self) -> bool:
        """Whether other machines take their tokens from here too."""
        ...

    async def renewed(self, account: str, *, take: Take, fetch: Fetch) -> Token:
        """Return the kept token where *take* says that it will do, else what *fetch* returns, which is then kept.

        Whoever asks for the same account meanwhile waits, and is offered what came of it: one fetches at a time.
        What *fetch* raises passes through; a token that cannot be kept is returned all the same. KeeperAway: nobody
        knows what is kept, and nothing was fetched.
        """
        ...


class _Turns:
    """Of those in this process who want the token of an account, one at a time."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}

    def of(self, account: str) -> asyncio.Lock:
        """Return what the account's turn is taken with."""
        return self._locks.setdefault(account, asyncio.Lock())


class MemoryTokens:
    """Keeps tokens until the process ends."""

    shared = False

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._turns = _Turns()

    async def renewed(self, account: str, *, take: Take, fetch: Fetch) -> Token:
        """Return the kept token where it will do, else a new one."""
        async with self._turns.of(account):
            kept = self._tokens.get(account)
            if kept is not None and take(kept):
                return kept
            new = await fetch()
            self._tokens[account] = new
            return new


class FileTokens:
    """Keeps tokens in one JSON file that only its owner can read; a damaged file counts as empty."""

    shared = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turns = _Turns()
        # Accounts load and save in threads of their own.
        self._lock = threading.Lock()

    async def renewed(self, account: str, *, take: Take, fetch: Fetch) -> Token:
        """Return the kept token where it will do, else a new one; the file is worked on in threads."""
        async with self._turns.of(account):
            kept = await asyncio.to_thread(self.load, account)
            if kept is not None and take(kept):
                return kept
            new = await fetch()
            await asyncio.to_thread(self.save, account, new)
            return new

    def load(self, account: str) -> Token | None:
        """Return the token that was saved, if the file can be read."""
        with self._lock:
            return self._read().get(account)

    def save(self, account: str, token: Token) -> None:
        """Replace the file as a whole; where that fails the token lives in memory alone."""
        with self._lock, contextlib.suppress(OSError), self._alone():
            self._replace(msgspec.json.encode({**self._read(), account: token}))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from saving meanwhile: each writes what it read, and one token would be lost."""
        # The folder is locked, for the file itself is replaced.
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Where the file system knows no locks, a token is better saved without.
            with contextlib.suppress(OSError):
                fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            # Closing gives the lock back.
            os.close(folder)

    def _read(self) -> dict[str, Token]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=dict[str, Token])
        except (OSError, msgspec.DecodeError, UnicodeError, RecursionError):
            return {}

    def _replace(self, content: bytes) -> None:
        # mkstemp creates with O_EXCL and mode 0600, so no other user can read it at any moment.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")
        written = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            written.replace(self._path)
        except OSError:
            written.unlink(missing_ok=True)
            raise
