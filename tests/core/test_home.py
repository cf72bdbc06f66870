from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Mute, Pause, PauseReason, Trouble, TroubleKind
from bot.core.text import Mrkdwn
from bot.core.wording import answers
from bot.core.wording import home as wording
from bot.core.wording.home import Entry, Health, Home
from providers.base import TaskState
from tests.core.hostile import hostile, long_text
from tests.core.properties import briefly
from tests.core.samples import NOON, after, follower, fresh_watch, reading, seen_watch
from tests.core.views import assert_slack_shows
from tests.slack.stage import words

FINE = Health(account="drs-eu", title="Huawei DRS", watched=2, read_at=NOON)


def home(*entries: Entry, health: tuple[Health, ...] = (FINE,), **more: Any) -> Home:
    known: dict[str, Any] = {
        "page": 1,
        "last": 1,
        "count": len(entries),
        "now": after(60),
        "example": "/milepost subscribe drs x",
    }
    return wording.home(entries, health, **(known | more))


def entry(watch: Any = None, *, mine: bool = True, **changes: Any) -> Entry:
    return Entry(subscription=follower(**changes), watch=watch or seen_watch(46), mine=mine, last_said=NOON)


def said(shown: Home) -> str:
    assert_slack_shows({"type": "home", "blocks": list(shown.blocks), "private_metadata": str(shown.page)})
    return words(list(shown.blocks))


def offered(shown: Home) -> list[str]:
    menus = [block["accessory"] for block in shown.blocks if "accessory" in block]
    return [option["value"] for menu in menus if isinstance(menu, dict) for option in menu["options"]]


def test_an_entry_tells_state_bar_channel_next_look_and_what_was_said_last() -> None:
    text = said(home(entry(label="orders-db")))

    for part in ("orders-db", "46 %", "█", "running", "<#C0123ABCD>", "next look", "last said", "drs-eu"):
        assert part in text


def test_what_is_mine_can_be_handed_over_and_what_is_anothers_taken() -> None:
    assert offered(home(entry())) == ["mute:s1", "refresh:s1", "edit:s1", "transfer:s1", "stop:s1"]
    shown = home(entry(mine=False))
    assert "take:s1" in offered(shown)
    assert "of <@U0123ABCD>" in said(shown)


def test_what_is_muted_says_until_when_and_can_be_unmuted() -> None:
    mute = Mute(by="U0BOB", since=NOON, until=after(3600))

    shown = home(entry(muted=mute))

    assert "muted" in said(shown)
    assert "unmute:s1" in offered(shown)
    assert "unmute:s1" not in offered(home(entry(muted=Mute(by="U0BOB", since=NOON, until=after(1)))))


def test_what_is_paused_says_why() -> None:
    pause = Pause(reason=PauseReason.ARCHIVED, since=NOON)

    assert "it was archived" in said(home(entry(paused=pause)))


def test_a_task_that_cannot_be_read_says_since_when() -> None:
    trouble = Trouble(kind=TroubleKind.UNAVAILABLE, since=NOON, told=True)

    assert "cannot be read since" in said(home(entry(seen_watch(46, trouble=trouble))))


def test_what_was_never_read_waits() -> None:
    assert "waiting for the first reading" in said(home(entry(fresh_watch())))


def test_an_empty_home_tells_how_to_begin() -> None:
    text = said(home())

    assert "Track a cloud task" in text
    assert "/milepost subscribe drs x" in text
    assert "Accounts" in text


def test_a_bot_without_accounts_says_so() -> None:
    assert "No cloud account is configured" in said(home(health=()))


def test_the_health_of_an_account_names_the_worst() -> None:
    def told(**more: Any) -> str:
        return said(home(health=(Health(account="drs", title="T", watched=3, **more),)))

    assert "credentials are refused" in told(refused=True, left_alone=True, troubled=3)
    assert "does not answer" in told(left_alone=True, troubled=3)
    assert "2 of 3 tasks cannot be read" in told(troubled=2, read_at=NOON)
    assert "waiting for the first reading" in told()
    assert "answers · 3 tasks" in told(read_at=NOON)


def test_pages_are_turned_at_the_head_and_at_the_foot() -> None:
    text = said(home(*[entry()] * 20, page=2, last=3, count=60))

    assert text.count("‹ Before") == text.count("Next ›") == 2
    assert "page 2 of 3" in text
    assert "‹ Before" not in said(home(*[entry()] * 20, page=1, last=3, count=60))


def test_an_answer_stands_on_top() -> None:
    shown = home(entry(), notice=answers.says(Mrkdwn("Muted.")))

    assert words(shown.blocks[0]) == "Muted."


@briefly
@given(st.lists(st.tuples(hostile, long_text, st.sampled_from(TaskState)), max_size=20), long_text)
def test_whatever_tasks_and_accounts_are_called_slack_takes_the_home(
    named: list[tuple[str, str, TaskState]], text: str
) -> None:
    entries = [
        Entry(
            subscription=follower(
                label=label,
                muted=Mute(by=text, since=NOON, until=NOON + timedelta(days=400)),
                paused=Pause(reason=PauseReason.REFUSED, since=NOON, code=text),
            ),
            watch=seen_watch(50, state, name=name, account=text[:31], seen=reading(50, state, raw_state=name[:100])),
            mine=False,
            last_said=NOON,
        )
        for label, name, state in named
    ]
    health = [Health(account=text[:31], title=text, watched=1, troubled=1, read_at=NOON)] * 200

    shown = home(*entries, health=tuple(health), last=25, page=2, count=500, example=text)

    said(shown)
    assert len(shown.blocks) <= 100
