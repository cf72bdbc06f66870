"""How often tasks are asked for, as the configuration says it."""

from datetime import timedelta

import pytest

from bot.core.cadence import Limits
from bot.wiring import limits_of, own_limits
from tests.settings.test_load import read


def test_what_nobody_says_is_what_was_measured() -> None:
    assert limits_of(read({})) == Limits(
        min_interval=timedelta(seconds=10),
        max_interval=timedelta(minutes=5),
        on_time=timedelta(seconds=15),
        on_time_share=0.01,
    )


def test_the_table_of_polling_says_how_late_news_may_be() -> None:
    limits = limits_of(read({"polling": {"on_time": "1m", "on_time_percent": 5}}))

    assert (limits.on_time, limits.on_time_share) == (timedelta(minutes=1), 0.05)


@pytest.mark.parametrize(
    ("account", "expected", "reason"),
    [
        ({}, None, "as everywhere"),
        ({"min_interval": "1m"}, (60, 300), "the longest is that of all"),
        ({"max_interval": "1m"}, (10, 60), "the shortest is that of all"),
        ({"min_interval": "1m", "max_interval": "1h"}, (60, 3600), "both its own"),
        ({"min_interval": "1h"}, (3600, 3600), "the shortest holds"),
        ({"max_interval": "5s"}, (10, 10), "the shortest holds"),
    ],
)
def test_what_an_account_says_goes_before(
    account: dict[str, str], expected: tuple[int, int] | None, reason: str
) -> None:
    settings = read({"accounts": {"stratus": {"provider": "cumulus", "token": "t", **account}}})

    own = own_limits(limits_of(settings), settings.accounts["stratus"])

    found = None if own is None else (own.min_interval.total_seconds(), own.max_interval.total_seconds())
    assert found == expected, reason
