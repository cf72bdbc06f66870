"""The foot of a card: who follows the task, what they hear, and whether it is muted."""

from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.model import Mute
from bot.core.rules import Lag, Overdue, Quiet, Rules
from bot.core.wording.card import CONSOLE, MORE, REFRESH, UNMUTE, card
from tests.core.samples import NOON, PLACE, after, follower, seen_watch
from tests.core.slack_limits import assert_slack_takes, texts

HOUR = 3600.0


def foot(**changes: Any) -> str:
    """The words about the follower on a card of a task without a name that runs at 46 %, at ten in the evening."""
    evening = after(10 * HOUR)
    message = card(
        follower(**({"rules": Rules(milestones=())} | changes)), seen_watch(46, seen_at=evening), PLACE, evening
    )
    assert_slack_takes(message)
    # One text, so that its lines break where they should: Slack sets several in one row, as far as they fit.
    (text,) = [text["text"].replace("\u00a0", " ") for text in texts(message.blocks[-2])]
    read, _, about_it = str(text).partition("\n")
    assert read.startswith("Read <!date^")
    return about_it


WISHES: list[tuple[dict[str, Any], str]] = [
    ({"only_end": True}, "tells the end"),
    ({"per_phase": True, "heartbeat": 7200}, "the end of each phase · a sign of life every 2 h"),
    ({"stall": 1800}, "a hint after 30 min without progress"),
    ({"overdue": Overdue(after=21600)}, "overdue after 6 h"),
    # The follower came at noon; 18:00 was over when it was looked at.
    ({"overdue": Overdue(at=1080)}, "overdue from <!date^1772474400^{time}|18:00 UTC>"),
    ({"lag": Lag(over=60, hold=300)}, "a warning when changes are over 60 s late for 5 min"),
    ({"lag": Lag(over=60, hold=0)}, "a warning when changes are over 60 s late"),
    (
        {"quiet": Quiet(start=22 * 60, end=7 * 60, zone="Europe/Paris")},
        "quiet until <!date^1772517600^{time}|06:00 UTC>",
    ),
    ({"quiet": Quiet(start=30, end=425, zone="America/New_York")}, "quiet 00:30–07:05 New York time"),
    ({"quiet": Quiet(start=30, end=425)}, "quiet 00:30–07:05 UTC"),
]


@pytest.mark.parametrize(("wishes", "words"), WISHES)
def test_a_card_tells_shortly_what_its_follower_hears(wishes: dict[str, Any], words: str) -> None:
    assert foot(rules=Rules(**({"milestones": ()} | wishes))) == f"followed by <@U0123ABCD> · {words}"


def test_a_card_tells_who_muted_it_and_until_when_and_lets_it_be_undone() -> None:
    until = Mute(by="U0456EFGH", since=NOON, until=after(12 * HOUR))
    muted = card(follower(muted=until), seen_watch(46), PLACE, after(60))
    row: Any = muted.blocks[-1]

    midnight = "<!date^1772496000^{time}|00:00 UTC>"
    assert foot(muted=until).endswith(f"muted by <@U0456EFGH> until {midnight}; the end is told")
    assert foot(muted=replace(until, until=None)).endswith("muted by <@U0456EFGH>; the end is told")
    assert "{date_short_pretty}" in foot(muted=replace(until, until=after(48 * HOUR)))
    assert "muted" not in foot(muted=replace(until, until=after(HOUR)))
    assert [element["action_id"] for element in row["elements"]] == [REFRESH, UNMUTE, CONSOLE, MORE]


def test_an_owner_who_left_is_marked() -> None:
    assert foot(owner_left=True) == "followed by <@U0123ABCD> (who left this channel)"
