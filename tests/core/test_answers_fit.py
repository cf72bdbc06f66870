"""Private answers fit into Slack, however many, long or hostile the things they speak of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.core.commands import Scope, Wrong, parse
from bot.core.message import Message
from bot.core.model import AuditEntry, Deed, Delivery, DeliveryId, Mute, Pause, PauseReason, Trouble, TroubleKind, Watch
from bot.core.news import CardOpened
from bot.core.rules import Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.core.text import Mrkdwn
from bot.core.wording import accounts, answers, audit, changes, following, naming, rights, rules, telling
from bot.core.wording.card import Place
from bot.core.wording.pages import page_of
from bot.core.wording.telling import Standing
from providers.base import InvalidKey, TaskKey
from providers.flaws import Flaw
from providers.reasons import Cause
from tests.core.hostile import causes, hostile, long_text
from tests.core.properties import briefly
from tests.core.samples import NOON, PLACE, follower, seen_watch
from tests.core.slack_limits import TOTAL, assert_slack_takes, longest, texts
from tests.core.test_card import odd_followers, odd_watches, places

NAMED = follower(label="orders-db")
OTHER = "/milepost subscribe drs 9a47"
WORST = "&" * 3000


def command(page: int) -> str:
    return f"/milepost list page {page}"


def said_in_blocks(message: Message) -> str:
    assert_slack_takes(message)
    return "\n".join(text["text"] for text in texts(message))


def standing(subscription: Any = NAMED, watch: Watch | None = None, place: Place = PLACE, reason: str = "") -> Standing:
    sent = Delivery(
        id=DeliveryId("d"),
        watch_id=subscription.watch_id,
        subscription_id=subscription.id,
        channel=subscription.channel,
        news=CardOpened(),
        created_at=NOON,
        ts="1772452800.000100",
    )
    return Standing(
        subscription=subscription,
        watch=watch if watch is not None else seen_watch(46),
        place=place,
        reason=Mrkdwn("its age"),
        last_sent=sent,
        take=f"/milepost take {reason}",
    )


@pytest.mark.parametrize("scope", list(Scope))
def test_five_hundred_tasks_are_listed_in_pages_that_name_each_once(scope: Scope) -> None:
    pairs = [(follower(label=f"task {number:03}!"), seen_watch(46)) for number in range(500)]

    told = []
    for number in range(1, 51):
        page = page_of(pairs, number, telling.LISTED)
        told.append(said_in_blocks(telling.listing(page, 500, scope, NOON, command, narrowed=False)))

    text = "\n".join(told)
    assert all(text.count(f"task {number:03}!") == 1 for number in range(500))
    assert "(page 50 of 50)" in told[-1]


def test_the_worst_page_of_a_list_still_names_all_of_its_tasks() -> None:
    worst = follower(
        label="@" * 3000,
        paused=Pause(reason=PauseReason.REFUSED, since=NOON, code=WORST),
        muted=Mute(by="U0123ABCD", since=NOON),
    )
    pairs = [(worst, seen_watch(46, key=TaskKey(WORST), account=WORST))] * 500

    text = said_in_blocks(
        telling.listing(page_of(pairs, 7, telling.LISTED), 500, Scope.ALL, NOON, command, narrowed=True)
    )

    assert text.count("▶️ running 46\u00a0%") == telling.LISTED
    assert "operators" in text


def test_a_page_has_buttons_that_lead_to_its_neighbours() -> None:
    def values(number: int) -> list[str]:
        page = page_of([(NAMED, seen_watch(46))] * 25, number, telling.LISTED)
        message = telling.listing(page, 25, Scope.CHANNEL, NOON, command, narrowed=False)
        rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
        return [button["value"] for row in rows if isinstance(row, list) for button in row]

    assert values(1) == ["/milepost list page 2"]
    assert values(2) == ["/milepost list page 1", "/milepost list page 3"]
    assert values(3) == ["/milepost list page 2"]


@pytest.mark.parametrize(("asked", "shown"), [(0, 1), (-5, 1), (1, 1), (3, 3), (4, 3), (10**9, 3)])
def test_a_page_that_there_is_not_is_the_nearest_one(asked: int, shown: int) -> None:
    assert page_of(range(25), asked, 10).number == shown


def test_what_fits_on_one_page_has_no_buttons() -> None:
    message = telling.listing(
        page_of([(NAMED, seen_watch(46))], 1, 10), 1, Scope.CHANNEL, NOON, command, narrowed=False
    )

    assert [block["type"] for block in message.blocks] == ["section"]


def test_the_worst_task_still_has_its_whole_status() -> None:
    trouble = Trouble(kind=TroubleKind.UNAVAILABLE, since=NOON, reason=WORST)
    watch = seen_watch(46, key=TaskKey(WORST), account=WORST, trouble=trouble)
    place = Place(title="Huawei DRS", account=WORST, console_url=f"https://x.example/{WORST}")

    one = standing(follower(label=WORST, owner_left=True), watch, place, WORST)
    text = said_in_blocks(telling.statuses(page_of([one], 1, 3), NOON, command))

    assert "Tells at 25" in text
    assert "take it over" in text


def test_the_worst_page_of_statuses_tells_of_each_of_its_tasks() -> None:
    watch = seen_watch(46, key=TaskKey(WORST), account=WORST)
    one = standing(follower(label=WORST), watch, PLACE, WORST)

    text = said_in_blocks(telling.statuses(page_of([one] * 500, 9, telling.TOLD), NOON, command))

    assert text.count("▶️ running 46\u00a0%") == telling.TOLD
    assert "Page 9 of 167" in text


@pytest.mark.parametrize("count", [0, 1, 10, 100])
def test_lines_that_do_not_fit_are_cut_where_they_can_be(count: int) -> None:
    message = answers.says(Mrkdwn("first"), *[Mrkdwn("x" * 900)] * count, Mrkdwn("&amp;" * 2000))

    assert_slack_takes(message)
    assert longest(message)[2] <= TOTAL
    assert message.text.startswith("first")


odd_rules = st.builds(
    Rules,
    milestones=st.lists(st.integers(1, 100), max_size=100, unique=True).map(sorted).map(tuple),
    heartbeat=st.none() | st.integers(1, 10**7),
    per_phase=st.booleans(),
    only_end=st.booleans(),
    stall=st.none() | st.integers(1, 10**7),
    overdue=st.none() | st.builds(Overdue, after=st.none() | st.integers(1, 10**6), at=st.just(1439), zone=hostile),
    lag=st.none() | st.builds(Lag, over=st.integers(1, 10**6), hold=st.integers(1, 10**6)),
    mentions=st.lists(st.builds(Mention, who=hostile, on=st.sampled_from(Occasion)), max_size=30).map(tuple),
    quiet=st.none() | st.builds(Quiet, start=st.just(0), end=st.just(1439), zone=hostile),
)


@briefly
@given(odd_rules)
def test_any_rules_in_words_are_taken_by_slack(odd: Rules) -> None:
    assert_slack_takes(answers.says(rules.told(odd)))


followed = st.lists(st.tuples(odd_followers, odd_watches), min_size=1, max_size=2)


@briefly
@given(followed, st.sampled_from([1, 15]), long_text, places, odd_rules)
def test_answers_about_any_tasks_are_taken_by_slack(
    few: list[tuple[Any, Watch]], times: int, typed: str, place: Place, odd: Rules
) -> None:
    some = [(replace(one, rules=odd), watch) for one, watch in few] * times
    offers = [(typed, one.label or "") for one, _ in some]

    for scope in Scope:
        page = page_of(some, 1, telling.LISTED)
        assert_slack_takes(telling.listing(page, len(some), scope, NOON, command, narrowed=True))
    assert_slack_takes(telling.history(page_of(some, 1, telling.LISTED), command))
    assert_slack_takes(naming.unknown(typed, offers, close=False, follows=len(offers)))
    assert_slack_takes(naming.ambiguous(typed, offers))
    standings = [standing(one, watch, place, typed) for one, watch in some]
    assert_slack_takes(telling.statuses(page_of(standings, 1, telling.TOLD), NOON, command))


@briefly
@given(long_text, st.lists(long_text, max_size=3), long_text, places, causes, st.sampled_from(Flaw))
def test_answers_to_any_words_are_taken_by_slack(
    typed: str, few: list[str], detail: str, place: Place, cause: Cause, flaw: Flaw
) -> None:
    names = few * 10
    found = parse(typed)
    if isinstance(found, Wrong):
        assert_slack_takes(answers.wrong(found, OTHER))
    assert_slack_takes(accounts.bad_key(InvalidKey(flaw, example=detail, region=typed, own_region=detail), typed))
    assert_slack_takes(accounts.unknown_account(typed, next(iter(names), None), names, detail))
    assert_slack_takes(accounts.which_account(typed, names, certain=False))
    assert_slack_takes(accounts.unknown_cloud(typed, [(name, detail) for name in names]))
    assert_slack_takes(accounts.not_found(typed, typed, detail, cause, example=typed))
    assert_slack_takes(accounts.denied(typed, cause))
    assert_slack_takes(accounts.accounts([(place, detail, typed)] * len(names), some_are_hidden=True))
    assert_slack_takes(following.already(f"https://x.example/{typed}", posted=True, edit=detail))
    assert_slack_takes(following.cannot_post(typed))
    for say in (changes.edited, changes.unchanged, changes.given, changes.transferred, changes.owned_already):
        assert_slack_takes(say(typed, detail))
    for say_of in (changes.stopped, changes.unmuted, changes.not_muted, changes.taken, changes.defaults, answers.over):
        assert_slack_takes(say_of(typed))
    assert_slack_takes(changes.defaults_set(typed))
    assert_slack_takes(changes.muted(typed, Mute(by=typed, since=NOON), detail))


@briefly
@given(long_text, st.lists(long_text, max_size=3))
def test_refusals_are_taken_by_slack(one: str, few: list[str]) -> None:
    many = few * 30
    assert_slack_takes(rights.not_yours(one, many))
    assert_slack_takes(rights.not_in_this_channel(one, many))
    assert_slack_takes(rights.not_in_the_group(one, many))
    assert_slack_takes(rights.not_your_defaults(many))
    assert_slack_takes(rights.group_unknown(one))
    assert_slack_takes(rights.guest_as_owner(one))


@briefly
@given(long_text, st.sampled_from(Deed), st.sampled_from([1, 20, 21, 500]))
def test_any_changes_are_one_line_each_for_operators_and_terminals(odd: str, deed: Deed, count: int) -> None:
    entry = AuditEntry(id="1", at=NOON, who=odd, channel=odd, deed=deed, task=odd, detail=odd)

    message = audit.changes([entry] * count)

    assert_slack_takes(message)
    shown = "\n".join(text["text"] for text in texts(message)).count("<!date^")
    assert shown == min(count, 20)
    assert all(character.isprintable() for character in audit.in_terminal(entry))
