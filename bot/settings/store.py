"""Where everything is kept: a data file, or a database."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, SecretStr, field_validator

from bot.settings.keys import key_bytes
from bot.settings.problems import misfit
from bot.settings.section import Section, split_url
from bot.settings.values import Duration

_DATABASE = re.compile(r"postgres(?:ql)?://[!-~]*")
# Several hosts are tried in turn, so there may be several ports.
_PLACES = re.compile(r"(?:[^:,\[\]]*|\[[^\]]*\])(?::\d{1,5})?(?:,(?:[^:,\[\]]*|\[[^\]]*\])(?::\d{1,5})?)*")


class Store(Section):
    """Where watches, subscriptions and deliveries are kept."""

    url: SecretStr = Field(
        default=SecretStr("sqlite:///milepost.db"),
        description="`sqlite:///PATH` for a data file (three slashes: from the working directory; four: from the "
        "root), for one machine; `postgresql://USER:PASSWORD@HOST:PORT/DATABASE` for one or several",
        examples=["sqlite:////data/milepost.db"],
    )
    connections: int = Field(
        default=10,
        strict=True,
        description="How many connections to the database one Milepost opens at most, 2 to 100; of no matter to a "
        "data file",
        examples=[10],
    )
    encryption_key: SecretStr | None = Field(
        default=None,
        description="Seals the clouds' tokens in the database, so that all replicas share one: 32 bytes in base64, as "
        "`openssl rand -base64 32` prints, the same on every replica. Without it each replica fetches its own, and "
        "123pan lets only a few live. Of no matter to a data file",
        examples=["env:MILEPOST_ENCRYPTION_KEY"],
        json_schema_extra={"reference": "env:MILEPOST_ENCRYPTION_KEY"},
    )

    lease: Duration = Field(
        default=timedelta(seconds=90),
        description="How long what a machine that died had in hand stays with it, `9s` to `10m`: then another goes on "
        "with it. The clocks of the machines may differ by a ninth of it; of no matter to a data file",
        examples=["90s"],
    )

    @property
    def is_database(self) -> bool:
        """Whether it is a database, and no data file."""
        return not self.url.get_secret_value().startswith("sqlite:")

    @property
    def sealing_key(self) -> bytes | None:
        """The key for what must not be read in the database; None where nothing may be kept there."""
        return key_bytes(self.encryption_key.get_secret_value()) if self.encryption_key is not None else None

    @property
    def path(self) -> Path:
        """The data file; for a database, what files of this machine are named after, in the working directory."""
        if self.is_database:
            return Path("milepost")
        return Path(unquote(self.url.get_secret_value().removeprefix("sqlite:///")))

    @property
    def shown(self) -> str:
        """The URL, for people: without user and password."""
        return shown_url(self.url.get_secret_value())

    @field_validator("url")
    @classmethod
    def _is_store(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        database, parts = _database(text), split_url(text)
        if database is not None:
            if not database.path.strip("/"):
                raise misfit("names no database: postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
            if "@" in database.netloc.rpartition("@")[0]:
                # What connects takes the first for the end of the password, and the rest of that for a host.
                raise misfit("has a second @; within a user or a password it is written %40")
            return url
        if parts is None or parts.scheme != "sqlite":
            raise misfit("is neither sqlite:///… nor postgresql://…, the two kinds of store there are")
        name = unquote(text.removeprefix("sqlite:///"))
        if not text.startswith("sqlite:///") or parts.netloc or name.endswith("/") or not name.strip("/"):
            raise misfit("names no data file")
        if "\0" in name or "?" in name or "#" in name or name == ":memory:":
            raise misfit("names no file that would keep the data")
        return url

    @field_validator("lease")
    @classmethod
    def _outlasts_a_call(cls, lease: timedelta) -> timedelta:
        if not timedelta(seconds=9) <= lease <= timedelta(minutes=10):
            raise misfit("is not between 9s and 10m")
        return lease

    @field_validator("connections")
    @classmethod
    def _is_a_pool(cls, connections: int) -> int:
        if not 2 <= connections <= 100:
            raise misfit("is not between 2 and 100")
        return connections

    @field_validator("encryption_key")
    @classmethod
    def _is_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and key_bytes(key.get_secret_value()) is None:
            raise misfit("is not 32 bytes in base64", right="what `openssl rand -base64 32` prints")
        return key


def shown_url(url: str) -> str:
    """Return the address of a store as people may see it."""
    parts = _database(url)
    if parts is None:
        return url
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"


def secrets_in_url(url: str) -> Iterator[str]:
    """Yield what in the address of a database nobody may see, as it is written and as it is meant."""
    parts = _database(url)
    if parts is None:
        return
    found = [parts.password or "", *(value for key, value in _options(parts.query) if "pass" in key)]
    yield from {form for each in found if each for form in (each, unquote(each))}


def _options(query: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (each.partition("=") for each in query.split("&"))]


def _database(url: str) -> SplitResult | None:
    """Return the parts of the address of a database; None where it is none."""
    if not _DATABASE.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts if _PLACES.fullmatch(parts.netloc.rpartition("@")[2]) else None
