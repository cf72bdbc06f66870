"""The sections of milepost.toml. Names, defaults, meanings and examples here are also the printed reference."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator

from bot.settings.problems import misfit
from bot.settings.values import Address, Duration, duration_text, parse_address
from providers.settings import AccountSettings

SLACK_API = "https://slack.com/api/"
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Section(BaseModel):
    """A table of the file."""

    # No input in pydantic's own messages either: they end up in tracebacks.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True)


class Slack(Section):
    """The workspace that Milepost talks to. Where neither token is set, `milepost run` starts the playground instead.

    Create the app from `manifest.yaml`; *OAuth & Permissions* then shows the bot token, and *Basic Information* the
    app-level token (scope `connections:write`) and the signing secret.
    """

    mode: Literal["socket", "http"] = Field(
        default="socket",
        description="How Slack reaches the bot: `socket` opens a connection to Slack and needs `app_token`; "
        "`http` waits for Slack's requests at `/slack/events` and needs `signing_secret`",
        examples=["socket"],
    )
    bot_token: SecretStr | None = Field(
        default=None,
        description="The bot token, which begins with `xoxb-`",
        examples=["env:SLACK_BOT_TOKEN"],
        json_schema_extra={"reference": "env:SLACK_BOT_TOKEN"},
    )
    app_token: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="The app-level token for Socket Mode, which begins with `xapp-`",
        examples=["env:SLACK_APP_TOKEN"],
        json_schema_extra={"reference": "env:SLACK_APP_TOKEN"},
    )
    signing_secret: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="What Slack signs its requests with in HTTP mode",
        examples=["env:SLACK_SIGNING_SECRET"],
        json_schema_extra={"reference": "env:SLACK_SIGNING_SECRET"},
    )
    listen: Annotated[Address, BeforeValidator(parse_address)] = Field(
        default=Address(host="127.0.0.1", port=3000),
        description="Where HTTP mode listens, host and port; put a TLS proxy in front",
        examples=["127.0.0.1:3000"],
    )
    api_url: str = Field(
        default=SLACK_API,
        description="Slack's Web API: https (http on this machine only), ending with `/`",
        examples=[SLACK_API],
    )
    operators: str | None = Field(
        default=None,
        description="The id of a channel that hears what needs an operator, such as a refused account",
        examples=["C0123456789"],
    )

    @property
    def configured(self) -> bool:
        """Whether there is a workspace to talk to; without one the bot runs in the playground."""
        return self.bot_token is not None

    @field_validator("bot_token")
    @classmethod
    def _is_bot_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _with_prefix(token, "xoxb-")

    @field_validator("app_token")
    @classmethod
    def _fits_mode(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        token = _with_prefix(token, "xapp-")
        if "bot_token" not in info.data or "mode" not in info.data:
            return token
        if token is None and info.data["bot_token"] is not None and info.data["mode"] == "socket":
            raise misfit(
                'is not set, but mode = "socket" needs it beside bot_token', key="app_token", with_keys=["bot_token"]
            )
        if token is not None and info.data["bot_token"] is None:
            raise misfit("is not set, but app_token is; Slack needs both", key="bot_token", with_keys=["app_token"])
        return token

    @field_validator("signing_secret")
    @classmethod
    def _signs_requests(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if secret is not None and not secret.get_secret_value().strip():
            raise misfit("is empty")
        if info.data.get("mode") != "http" or "bot_token" not in info.data:
            return secret
        if secret is None and info.data["bot_token"] is not None:
            raise misfit('is not set, but mode = "http" needs it', key="signing_secret", with_keys=["bot_token"])
        # With an app token the missing bot token is told there already.
        if secret is not None and info.data["bot_token"] is None and info.data.get("app_token", "") is None:
            raise misfit(
                "is not set, but signing_secret is", key="bot_token", with_keys=["app_token", "signing_secret"]
            )
        return secret

    @field_validator("api_url")
    @classmethod
    def _is_private(cls, url: str) -> str:
        """Tokens travel there: in the clear only on this machine."""
        parts = _split(url)
        if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
            raise misfit("is not a web address")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise misfit("has a user, a query or a fragment in it")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise misfit("is not https")
        if not url.endswith("/"):
            raise misfit('does not end with "/"')
        return url

    @field_validator("operators")
    @classmethod
    def _is_channel(cls, channel: str | None) -> str | None:
        if channel is not None and not re.fullmatch(r"[CG][A-Z0-9]{4,20}", channel):
            raise misfit("is not a channel id; Slack shows it at the foot of the channel's details")
        return channel


class Store(Section):
    """Where watches, subscriptions and deliveries are kept."""

    # Secret until it is valid: somebody may try a database's address with a password in it.
    url: SecretStr = Field(
        default=SecretStr("sqlite:///milepost.db"),
        description="`sqlite:///PATH` for a data file (three slashes: from the working directory; four: from the root)",
        examples=["sqlite:////data/milepost.db"],
    )

    @property
    def path(self) -> Path:
        """The data file."""
        return Path(unquote(self.url.get_secret_value().removeprefix("sqlite:///")))

    @property
    def shown(self) -> str:
        """The URL, for people."""
        return self.url.get_secret_value()

    @field_validator("url")
    @classmethod
    def _is_store(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        parts = _split(text)
        if parts is None or parts.scheme != "sqlite":
            raise misfit("is not sqlite:///…, the one kind of store there is")
        name = unquote(text.removeprefix("sqlite:///"))
        if not text.startswith("sqlite:///") or parts.netloc or name.endswith("/") or not name.strip("/"):
            raise misfit("names no data file")
        if "\0" in name or "?" in name or "#" in name or name == ":memory:":
            raise misfit("names no file that would keep the data")
        return url


class Polling(Section):
    """How often the clouds are asked. Between the two intervals Milepost chooses by the task's speed."""

    min_interval: Duration = Field(
        default=timedelta(seconds=10),
        description="The shortest time between two looks at a task, `1s` or more",
        examples=["10s"],
    )
    max_interval: Duration = Field(
        default=timedelta(minutes=5),
        validate_default=True,
        description="The longest time between two looks at a task, `min_interval` or more, up to `1d`",
        examples=["5m"],
    )
    on_time: Duration = Field(
        default=timedelta(seconds=15),
        description="How late news may be: what cannot be foreseen is looked at that often, `1s` to `1h`. Twice as "
        "much is half the questions while a task is young",
        examples=["15s"],
    )
    on_time_percent: float = Field(
        default=1.0,
        strict=True,
        description="How late news of a task that has run for long may be: so many percent of its age, 0.1 to 50",
        examples=[1.0],
    )
    timeout: Duration = Field(
        default=timedelta(seconds=15),
        description="How long a cloud may take to answer, `1s` to `5m`",
        examples=["15s"],
    )

    @field_validator("min_interval")
    @classmethod
    def _spares_clouds(cls, interval: timedelta) -> timedelta:
        return _between(interval, timedelta(seconds=1), timedelta(days=1))

    @field_validator("max_interval")
    @classmethod
    def _is_longer(cls, interval: timedelta, info: ValidationInfo) -> timedelta:
        shortest = info.data.get("min_interval", timedelta(seconds=1))
        if interval < shortest:
            raise misfit(
                f"is shorter than min_interval, which is {duration_text(shortest)}", with_keys=["min_interval"]
            )
        return _between(interval, timedelta(seconds=1), timedelta(days=1))

    @field_validator("on_time")
    @classmethod
    def _is_a_promise(cls, on_time: timedelta) -> timedelta:
        return _between(on_time, timedelta(seconds=1), timedelta(hours=1))

    @field_validator("on_time_percent")
    @classmethod
    def _is_a_share(cls, percent: float) -> float:
        if not 0.1 <= percent <= 50:
            raise misfit("is not between 0.1 and 50")
        return percent

    @field_validator("timeout")
    @classmethod
    def _is_sane(cls, timeout: timedelta) -> timedelta:
        return _between(timeout, timedelta(seconds=1), timedelta(minutes=5))


class Delivery(Section):
    """What to do with a message when Slack's answer was lost and the channel's history cannot be read."""

    ambiguous: Literal["repeat", "drop"] = Field(
        default="repeat",
        description="`repeat` sends it again (it may appear twice); `drop` lets it go (it may be missing)",
        examples=["repeat"],
    )
    believe_after: Duration = Field(
        default=timedelta(seconds=10),
        description=(
            "how long after a post whose answer was lost Slack is believed that it did not arrive: sooner, and one "
            "that Slack carries out late is sent twice"
        ),
        examples=["10s"],
    )

    @field_validator("believe_after")
    @classmethod
    def _is_no_outage(cls, wait: timedelta) -> timedelta:
        return _between(wait, timedelta(0), timedelta(minutes=5))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings, valid."""

    slack: Slack = field(default_factory=Slack)
    store: Store = field(default_factory=Store)
    polling: Polling = field(default_factory=Polling)
    delivery: Delivery = field(default_factory=Delivery)
    accounts: Mapping[str, AccountSettings] = field(default_factory=dict)
    """By name, in the order of the file; each of the type of its provider."""


SECTIONS: Mapping[str, type[Section]] = {"slack": Slack, "store": Store, "polling": Polling, "delivery": Delivery}


def secrets(settings: Settings) -> Iterator[str]:
    """Yield every secret in the settings, for what must hide them."""
    yield from _secrets_in([settings.slack, *settings.accounts.values()])


def _secrets_in(value: Any) -> Iterator[str]:
    match value:
        case SecretStr():
            yield value.get_secret_value()
        case BaseModel():
            for _, part in value:
                yield from _secrets_in(part)
        case dict():
            yield from _secrets_in(list(value.values()))
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from _secrets_in(part)


def _with_prefix(token: SecretStr | None, prefix: str) -> SecretStr | None:
    if token is None:
        return None
    text = token.get_secret_value()
    if not text.strip():
        raise misfit("is empty")
    if not text.startswith(prefix):
        other = next((known for known in ("xoxb-", "xapp-", "xoxp-", "xoxe.") if text.startswith(known)), None)
        raise misfit(f"begins with {other}, not with {prefix}" if other else f"does not begin with {prefix}")
    if not re.fullmatch(r"[A-Za-z0-9-]+", text.removeprefix(prefix)):
        raise misfit("has characters in it that no token has, or nothing after its beginning")
    return token


def _between(value: timedelta, least: timedelta, most: timedelta) -> timedelta:
    if not least <= value <= most:
        raise misfit(f"is not between {duration_text(least)} and {duration_text(most)}")
    return value


def _split(url: str) -> Any:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if re.fullmatch(r"[!-~]+", url) else None
