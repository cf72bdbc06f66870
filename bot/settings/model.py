"""The sections of milepost.toml. Names, defaults, meanings and examples here are also the printed reference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field, SecretStr, ValidationInfo, field_validator

from bot.settings.permissions import Permissions
from bot.settings.problems import misfit
from bot.settings.section import Section
from bot.settings.slack import Slack
from bot.settings.store import Store, secrets_in_url
from bot.settings.subscriptions import Subscriptions
from bot.settings.values import Duration, duration_text
from providers.settings import AccountSettings


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
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    permissions: Permissions = field(default_factory=Permissions)
    accounts: Mapping[str, AccountSettings] = field(default_factory=dict)
    """By name, in the order of the file; each of the type of its provider."""


SECTIONS: Mapping[str, type[Section]] = {
    "slack": Slack,
    "store": Store,
    "polling": Polling,
    "delivery": Delivery,
    "subscriptions": Subscriptions,
    "permissions": Permissions,
}


def secrets(settings: Settings) -> Iterator[str]:
    """Yield every secret in the settings, for what must hide them."""
    yield from _secrets_in([settings.slack, *settings.accounts.values()])
    if settings.store.is_database:
        yield from secrets_in_url(settings.store.url.get_secret_value())


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


def _between(value: timedelta, least: timedelta, most: timedelta) -> timedelta:
    if not least <= value <= most:
        raise misfit(f"is not between {duration_text(least)} and {duration_text(most)}")
    return value
