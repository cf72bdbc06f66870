"""The card, as a person reads it, in each state; and that nothing foreign can break it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.message import Message
from bot.core.model import Mute, PhaseSeen, Point, Subscription, Trouble, TroubleKind, Watch
from bot.core.rules import Lag, Overdue, Quiet, Rules
from bot.core.wording.card import (
    AGAIN,
    CONSOLE,
    EDIT,
    MORE,
    MUTE,
    MUTE_2H,
    MUTE_DAY,
    REFRESH,
    STOP_FOLLOWING,
    TAKE,
    Place,
    card,
    not_configured,
    retired,
    task_name,
    trouble_line,
    what_is_shown,
)
from providers.base import Phase, TaskKey, TaskState
from tests.core.hostile import causes, long_text
from tests.core.properties import briefly
from tests.core.samples import KEY, NOON, PLACE, after, follower, fresh_watch, line, reading, seen_watch
from tests.core.slack_limits import assert_slack_takes, longest, texts

NAMED = follower(label="orders-db → gaussdb")
READ = "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>"
FOOT_PLAIN = f"{READ}\nfollowed by <@U0123ABCD>"
FOOT = f"{FOOT_PLAIN} · tells at 25, 50, 75 and 100 %"
LIVE = "[Refresh] [Mute] [Open console] […]"
OVER = "[Track again] [Open console]"
HOUR = 3600.0
EVEN = line((-100, 26), (-75, 31), (-50, 36), (-25, 41), (0, 46))
TOLD = Trouble(kind=TroubleKind.UNAVAILABLE, since=NOON, looks=9, told=True)


def seen_as(message: Message) -> list[str]:
    """A card as lines of text, one per block."""
    shown = []
    for block in message.blocks:
        if block["type"] == "actions":
            shown.append(" ".join(f"[{element.get('text', {}).get('text', '…')}]" for element in elements(block)))
        elif block["type"] == "context":
            shown.append(" | ".join(text["text"] for text in texts(block)).replace("\u00a0", " "))
        else:
            shown.append("".join(text["text"] for text in texts(block)).replace("\u00a0", " "))
    return shown


def elements(block: dict[str, Any]) -> list[dict[str, Any]]:
    return list(block["elements"])


CARDS: list[tuple[str, Watch, list[str]]] = [
    (
        "nothing is known",
        fresh_watch(),
        ["⏳", "waiting for the first reading", "Task `9a470239…jb21`\nfollowed by <@U0123ABCD>", LIVE],
    ),
    ("queued", seen_watch(None, TaskState.QUEUED), ["⏳", "*queued*", FOOT_PLAIN, LIVE]),
    (
        "running, with phases and an estimate",
        seen_watch(
            46,
            seen=reading(
                46,
                phases=(
                    Phase(name="structure", percent=100),
                    Phase(name="data", percent=46),
                    Phase(name="index", percent=0),
                ),
            ),
            points=EVEN,
        ),
        [
            "▶️",
            "█████████░░░░░░░░░░░  *46 %*  running, about 4 min left (estimated)",
            "██████████  structure done\n████░░░░░░  data 46 %\n░░░░░░░░░░  index not begun",
            FOOT,
            LIVE,
        ],
    ),
    (
        "running, with the cloud's remaining time and words",
        seen_watch(46, seen=reading(46, remaining_seconds=2280, message="copying 3 of 9")),
        [
            "▶️",
            "█████████░░░░░░░░░░░  *46 %*  running, about 38 min left",
            "The cloud says: “copying 3 of 9”",
            FOOT,
            LIVE,
        ],
    ),
    ("running, no percent", seen_watch(None), ["▶️", "*running*", FOOT_PLAIN, LIVE]),
    (
        "a state that no document names",
        seen_watch(None, seen=reading(None, raw_state="REBALANCING", known_state=False)),
        ["▶️", "*running (the cloud says `REBALANCING`)*", FOOT_PLAIN, LIVE],
    ),
    (
        "in sync",
        seen_watch(100, TaskState.SYNCING, seen=reading(100, TaskState.SYNCING, lag_seconds=3.0)),
        ["🔄", "*in sync*, changes arrive 3 s late", FOOT_PLAIN, LIVE],
    ),
    ("following changes", seen_watch(60, TaskState.SYNCING), ["🔄", "*following changes*", FOOT_PLAIN, LIVE]),
    ("in sync, lag unknown", seen_watch(None, TaskState.SYNCING), ["🔄", "*in sync*", FOOT_PLAIN, LIVE]),
    ("paused", seen_watch(62, TaskState.PAUSED), ["⏸️", "████████████░░░░░░░░  *62 %*  paused", FOOT, LIVE]),
    (
        "cannot be read, told",
        seen_watch(46, trouble=TOLD),
        [
            "⚠️",
            "█████████░░░░░░░░░░░  *46 %*  running\n⚠️ cannot be read since <!date^1772452800^{time}|12:00 UTC>",
            FOOT,
            LIVE,
        ],
    ),
    (
        "credentials refused, not told yet",
        seen_watch(None, trouble=Trouble(kind=TroubleKind.DENIED, since=NOON)),
        ["▶️", "*running*\n⚠️ access refused since <!date^1772452800^{time}|12:00 UTC>", FOOT_PLAIN, LIVE],
    ),
    (
        "throttled",
        seen_watch(None, trouble=Trouble(kind=TroubleKind.THROTTLED, since=NOON)),
        [
            "▶️",
            "*running*\n⚠️ the cloud asks for fewer questions since <!date^1772452800^{time}|12:00 UTC>",
            FOOT_PLAIN,
            LIVE,
        ],
    ),
    (
        "done",
        seen_watch(100, TaskState.SUCCEEDED, due_at=None, ended_at=after(83 * 60)),
        ["✅", "*done* after 1 h 23 min", "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>", OVER],
    ),
    (
        "done before anybody looked",
        seen_watch(None, TaskState.SUCCEEDED, due_at=None, ended_at=NOON),
        ["✅", "*done*", "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>", OVER],
    ),
    (
        "done, but for some files",
        seen_watch(None, due_at=None, ended_at=after(83 * 60), seen=reading(None, TaskState.SUCCEEDED, failed_files=3)),
        [
            "✅",
            "*done* after 1 h 23 min, 3 files failed",
            "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>",
            OVER,
        ],
    ),
    (
        "failed, with a status that no document names",
        seen_watch(
            62,
            due_at=None,
            ended_at=after(51 * 60),
            seen=reading(62, TaskState.FAILED, message="disk full", raw_state="BOOM", known_state=False),
        ),
        [
            "❌",
            "*failed* (the cloud says `BOOM`) at 62 % after 51 min",
            "The cloud says: “disk full”",
            "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>",
            OVER,
        ],
    ),
    (
        "failed, and kept in sight",
        seen_watch(62, TaskState.FAILED, ended_at=after(51 * 60), linger_until=after(90000)),
        [
            "❌",
            "*failed* at 62 % after 51 min; I look again now and then, in case it is retried",
            FOOT_PLAIN,
            LIVE,
        ],
    ),
    (
        "stopped",
        seen_watch(None, TaskState.STOPPED, due_at=None, ended_at=after(60)),
        ["⏹️", "*stopped* after 1 min", "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>", OVER],
    ),
    (
        "gone",
        seen_watch(71, due_at=None, ended_at=after(60), gone=True),
        [
            "⏹️",
            "*no longer known to its cloud*, last seen at 71 %",
            "Task `9a470239…jb21` · read <!date^1772452800^{time}|12:00 UTC>",
            OVER,
        ],
    ),
    (
        "gone before it was seen",
        fresh_watch(due_at=None, ended_at=after(60), gone=True),
        ["⏹️", "*unknown to its cloud*; is the id right?", "Task `9a470239…jb21`", "[Open console]"],
    ),
]


@pytest.mark.parametrize(("state", "watch", "lines"), CARDS, ids=[row[0] for row in CARDS])
def test_a_card_reads_as_it_should(state: str, watch: Watch, lines: list[str]) -> None:
    message = card(NAMED, watch, PLACE, NOON)

    assert seen_as(message) == [f"{lines[0]} orders-db → gaussdb  ·  Huawei DRS · drs-eu", *lines[1:]], state
    assert_slack_takes(message)


def test_without_trouble_there_is_no_line_about_it() -> None:
    assert trouble_line(seen_watch(46)) == ""


def test_the_text_of_a_card_says_the_same_as_its_blocks() -> None:
    message = card(NAMED, seen_watch(46), PLACE, NOON)

    assert message.text.replace("\u00a0", " ") == (
        "▶️ orders-db → gaussdb (Huawei DRS, drs-eu): 46 %  running\n"
        f"{READ}\n"
        "Followed by <@U0123ABCD> · tells at 25, 50, 75 and 100 %"
    )


def test_the_text_of_a_card_is_complete_and_draws_nothing() -> None:
    phases = (Phase(name="structure", percent=100), Phase(name="data", percent=40))
    watch = seen_watch(46, seen=reading(46, message="disk █ full", phases=phases))

    text = card(NAMED, watch, PLACE, NOON).text.replace("\u00a0", " ")

    assert "Phases: structure done, data 40 %" in text
    assert "The cloud says: “disk █ full”" in text
    assert "█" not in text.replace("disk █", "")


def test_a_card_that_is_followed_no_longer_keeps_its_head_and_no_figure_that_would_grow_old() -> None:
    message = retired(NAMED, seen_watch(46), PLACE, "U0456EFGH", NOON)
    unseen = retired(NAMED, fresh_watch(), PLACE, "U0456EFGH", NOON)

    assert seen_as(message) == [
        "⏹️ orders-db → gaussdb  ·  Huawei DRS · drs-eu",
        "*not followed here any more*, last seen at 46 %; the task itself goes on",
        "Task `9a470239…jb21` · stopped by <@U0456EFGH> at <!date^1772452800^{time}|12:00 UTC>",
        "[Track again]",
    ]
    assert "last seen" not in unseen.text
    assert_slack_takes(message)


def test_a_card_of_a_task_without_a_name_shows_its_id_once() -> None:
    assert seen_as(card(follower(), seen_watch(46), PLACE, NOON)) == [
        "▶️ 9a470239…jb21  ·  Huawei DRS · drs-eu",
        "█████████░░░░░░░░░░░  *46 %*  running",
        "Read <!date^1772452800^{time}|12:00 UTC>\nfollowed by <@U0123ABCD> · tells at 25, 50, 75 and 100 %",
        LIVE,
    ]
    assert seen_as(card(follower(), fresh_watch(), PLACE, NOON))[2] == "followed by <@U0123ABCD>"
    assert seen_as(card(follower(), fresh_watch(due_at=None, gone=True), PLACE, NOON)) == [
        "⏹️ 9a470239…jb21  ·  Huawei DRS · drs-eu",
        "*unknown to its cloud*; is the id right?",
        "[Open console]",
    ]
    assert seen_as(retired(follower(label=KEY), fresh_watch(), PLACE, "U0456EFGH", NOON))[2] == (
        "Stopped by <@U0456EFGH> at <!date^1772452800^{time}|12:00 UTC>"
    )


def test_a_key_too_long_for_a_button_leaves_the_last_look_without_one() -> None:
    message = retired(NAMED, seen_watch(46, key="k" * 2000), PLACE, "U0456EFGH", NOON)

    assert "actions" not in [block["type"] for block in message.blocks]
    assert_slack_takes(message)


def test_a_task_is_called_by_its_label_else_its_name_else_its_id() -> None:
    assert task_name(follower(label="mine"), fresh_watch(name="theirs")) == "mine"
    assert task_name(follower(label="\u200b"), fresh_watch(name="theirs")) == "theirs"
    assert task_name(follower(), fresh_watch()) == "9a470239…jb21"


def test_the_buttons_say_which_subscription_they_mean() -> None:
    *_, row = card(follower("s7"), seen_watch(46), PLACE, NOON).blocks
    *_, over = card(follower("s7"), seen_watch(46, due_at=None), PLACE, NOON).blocks

    assert [(b["action_id"], b.get("value")) for b in elements(row)] == [
        (REFRESH, "s7"),
        (MUTE, "s7"),
        (CONSOLE, None),
        (MORE, None),
    ]
    assert [(option["text"]["text"], option["value"]) for option in elements(row)[3]["options"]] == [
        ("Edit what it tells", f"{EDIT}:s7"),
        ("Mute for 2 hours", f"{MUTE_2H}:s7"),
        ("Mute for a day", f"{MUTE_DAY}:s7"),
        ("Take over", f"{TAKE}:s7"),
        ("Stop following", f"{STOP_FOLLOWING}:s7"),
    ]
    assert [(b["action_id"], b.get("value")) for b in elements(over)] == [(AGAIN, "s7"), (CONSOLE, None)]


@pytest.mark.parametrize("url", [None, "https://x.example/" + "a" * 3000])
def test_without_a_page_that_slack_takes_there_is_no_button_to_it(url: str | None) -> None:
    message = card(NAMED, seen_watch(46), Place(title="DRS", account="drs", console_url=url), NOON)

    assert seen_as(message)[-1] == "[Refresh] [Mute] […]"


@pytest.mark.parametrize("milestones", [(), tuple(range(5, 101, 5))])
def test_no_or_many_milestones_are_not_listed_on_the_card(milestones: tuple[int, ...]) -> None:
    assert "tells at" not in str(seen_as(card(follower(milestones=milestones), seen_watch(46), PLACE, NOON)))


# --- a task that rests, and phases ---


def test_a_task_that_rests_for_longer_than_usual_says_since_when() -> None:
    watch = seen_watch(67, progressed_at=NOON, points=EVEN)
    patient = follower(rules=Rules(stall=1800))

    assert seen_as(card(patient, watch, PLACE, after(1800)))[1] == (
        "█████████████░░░░░░░  *67 %*  running, no progress since <!date^1772452800^{time}|12:00 UTC>"
    )
    assert "no progress" not in seen_as(card(patient, watch, PLACE, after(1799)))[1]


def test_a_phase_says_how_long_it_took_and_many_are_counted() -> None:
    seen = reading(46, phases=tuple(Phase(name=f"p{number}", percent=100) for number in range(9)))
    times = (PhaseSeen(name="p0", began_at=0.0, done_at=240.0),)

    shown = seen_as(card(NAMED, seen_watch(46, seen=seen, phases=times), PLACE, NOON))[2].splitlines()

    assert (shown[0], len(shown), shown[-1]) == ("██████████  p0 done in 4 min", 7, "and 3 more")


# --- what an edit would change ---


def shown(watch: Watch, subscription: Subscription = NAMED) -> list[object]:
    return list(what_is_shown(card(subscription, watch, PLACE, NOON)))


@pytest.mark.parametrize("subscription", [NAMED, follower()])
def test_a_new_time_of_reading_alone_is_not_worth_an_edit(subscription: Subscription) -> None:
    assert shown(seen_watch(46), subscription) == shown(seen_watch(46, seen_at=after(60)), subscription)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (seen_watch(47), "another percent"),
        (seen_watch(46, TaskState.PAUSED), "another state"),
        (seen_watch(46, seen=reading(46, message="Task 3 of 9")), "the cloud speaks of tasks"),
        (
            seen_watch(46, seen=reading(46, phases=(Phase(name="Task `", percent=5),))),
            "a phase is called like the foot",
        ),
        (seen_watch(46, trouble=TOLD), "trouble"),
        (seen_watch(46, due_at=None, gone=True), "gone"),
    ],
)
def test_whatever_else_changes_is_worth_an_edit(other: Watch, reason: str) -> None:
    assert shown(seen_watch(46)) != shown(other), reason


# --- whatever comes ---

phases = st.lists(st.builds(Phase, name=long_text, percent=st.floats(0, 100)), max_size=12).map(tuple)
snapshots = st.builds(
    reading,
    st.none() | st.floats(0, 100),
    st.sampled_from(list(TaskState)),
    raw_state=long_text,
    known_state=st.booleans(),
    message=long_text,
    remaining_seconds=st.none() | st.integers(1, 365 * 86400),
    lag_seconds=st.none() | st.floats(0, 1e9),
    phases=phases,
    failed_files=st.integers(0, 10**18),
)
odd_watches = st.builds(
    fresh_watch,
    key=st.just(KEY) | long_text.map(TaskKey),
    account=st.just("drs-eu") | long_text,
    name=st.none() | long_text,
    seen=st.none() | snapshots,
    seen_at=st.sampled_from([None, NOON, after(1e9)]),
    high=st.none() | st.floats(0, 100),
    points=st.lists(st.floats(0, 100), max_size=9).map(
        lambda found: tuple(Point(at=60.0 * n, percent=percent) for n, percent in enumerate(found))
    ),
    due_at=st.sampled_from([None, NOON]),
    ended_at=st.sampled_from([None, after(-60), after(1e8)]),
    linger_until=st.sampled_from([None, after(1e5)]),
    gone=st.booleans(),
    trouble=st.none()
    | st.builds(
        Trouble,
        kind=st.sampled_from(list(TroubleKind)),
        since=st.just(NOON),
        reason=long_text | causes,
        told=st.booleans(),
    ),
    state_since=st.sampled_from([None, NOON, after(1e8)]),
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Nowhere/At_All"]) | long_text
minutes = st.integers(0, 1439)
seconds = st.none() | st.integers(60, 10**8)
some_rules = st.builds(
    Rules,
    milestones=st.sets(st.integers(1, 100)).map(lambda found: tuple(sorted(found))),
    heartbeat=seconds,
    per_phase=st.booleans(),
    only_end=st.booleans(),
    stall=seconds,
    overdue=st.none() | st.builds(Overdue, after=st.integers(60, 10**8)) | st.builds(Overdue, at=minutes, zone=zones),
    lag=st.none() | st.builds(Lag, over=st.integers(1, 10**8), hold=st.integers(0, 10**8)),
    quiet=st.none() | st.builds(Quiet, start=minutes, end=minutes, zone=zones),
)
odd_followers = st.builds(
    follower,
    label=st.none() | long_text,
    owner=st.just("U0123ABCD") | long_text,
    owner_left=st.booleans(),
    muted=st.none()
    | st.builds(
        Mute,
        by=st.just("U0123ABCD") | long_text,
        since=st.just(NOON),
        until=st.sampled_from([None, after(60), after(1e6)]),
    ),
    rules=some_rules,
)
places = st.builds(
    Place,
    title=st.just("Huawei DRS"),
    account=st.just("drs-eu") | long_text,
    console_url=st.none() | st.just("https://x.example/") | long_text.map(lambda text: f"https://x.example/{text}"),
)


def test_a_muted_card_is_worth_an_edit_and_so_is_one_whose_mute_is_over() -> None:
    mute = Mute(by="U0456EFGH", since=NOON, until=after(HOUR))
    calm, muted = follower(), follower(muted=mute)

    def looks(subscription: Any, seconds: float) -> list[object]:
        return list(what_is_shown(card(subscription, seen_watch(46), PLACE, after(seconds))))

    assert looks(calm, 0) != looks(muted, 0)
    assert looks(calm, HOUR) == looks(muted, HOUR)


def test_the_longest_card_of_all_still_fits() -> None:
    worst = "&" * 2000
    phases = tuple(Phase(name=worst, percent=5) for _ in range(9))
    told = reading(46, message=worst, raw_state=worst, known_state=False, phases=phases)
    subscription = follower(label=worst, rules=Rules(heartbeat=60, quiet=Quiet(start=0, end=1, zone=worst)))
    place = Place(title="Huawei DRS", account=worst)

    message = card(subscription, seen_watch(46, seen=told, key=worst), place, NOON)

    assert_slack_takes(message)
    print("the longest card: text, blocks, characters of all blocks:", *longest(message))  # noqa: T201


@briefly
@given(odd_followers, odd_watches, places)
def test_any_card_is_taken_by_slack_and_nothing_foreign_acts_in_it(
    subscription: Any, watch: Watch, place: Place
) -> None:
    assert_slack_takes(card(subscription, watch, place, NOON))
    assert_slack_takes(retired(subscription, watch, place, subscription.owner, NOON))


def test_a_card_whose_account_is_configured_no_longer_says_so() -> None:
    shown = seen_as(card(NAMED, seen_watch(46), not_configured("drs-old"), NOON))

    assert "not configured · drs-old" in shown[0]
    assert "[Open console]" not in shown[-1]
