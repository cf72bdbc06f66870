"""Every short answer: what it says with ordinary names, and that hostile names stay inert and within Slack's limits."""

import dataclasses
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import view
from bot.core.asked import Wrong
from bot.core.message import Message
from bot.core.model import AuditEntry, Deed, Tried
from bot.core.text import channel_link
from bot.core.wishes import Wishes
from bot.core.wording import audit, changes, clause_slips, field_errors, forms, home, naming, operators, rights
from bot.core.wording.home import Entry
from providers.base import InvalidKey
from providers.flaws import Flaw
from tests.core.hostile import hostile
from tests.core.properties import briefly
from tests.core.samples import NOON, after, follower, seen_watch
from tests.core.slack_limits import assert_slack_takes

ALICE, BOB = "U0ALICE", "U0BOB"
CHANNEL = "C0ONE"
OFFERS = (("/milepost stop orders", "orders"),)

# What makes the answer out of a name, and words that it says of it.
SENTENCES: list[tuple[Callable[[str], Message], str]] = [
    (changes.stopped, "The task itself goes on"),
    (changes.silenced, "its card shows how"),
    (lambda name: changes.edited(name, "at 10"), "holds now"),
    (lambda name: changes.unchanged(name, ""), "holds already"),
    (changes.unmuted, "is heard again"),
    (changes.not_muted, "is not muted"),
    (lambda name: changes.transferred(name, BOB), f"belongs to <@{BOB}> now"),
    (changes.taken, "is yours now"),
    (lambda name: changes.owned_already(name, BOB), "already"),
    (lambda name: changes.given(name, ALICE), f"<@{ALICE}> made you the owner"),
    (lambda _: changes.label_is_no_default(), "names one task"),
    (lambda _: changes.defaults_reset(""), "Reset."),
    (lambda _: changes.defaults_reset("at 10"), "`at 10`"),
    (lambda _: rights.guest(), "Guests may mute and refresh"),
    (lambda _: rights.guest_as_owner(BOB), "Name a member"),
    (lambda _: rights.nobody_as_owner(BOB), "no person"),
    (lambda _: rights.stranger_as_owner(BOB), "not in this channel"),
    (lambda _: rights.not_in_the_channel(CHANNEL), f"You are not in <#{CHANNEL}>"),
    (lambda _: rights.channel_unknown(CHANNEL), "does not tell me"),
    (lambda _: rights.not_yours(ALICE, [ALICE, BOB]), f"they or <@{BOB}>"),
    (lambda _: rights.not_your_defaults([BOB]), f"<@{BOB}>"),
    (lambda name: rights.not_in_this_channel(name, [CHANNEL]), f"only in <#{CHANNEL}>"),
    (lambda name: rights.not_in_the_group(name, ["S0DBAS"]), "<!subteam^S0DBAS>"),
    (rights.group_unknown, "usergroups:read"),
    (lambda _: naming.which(OFFERS, follows=12), "Which one?"),
    (lambda name: naming.ambiguous(name, OFFERS), "More than one task"),
    (naming.nothing_followed, "follows no task yet"),
    (lambda _: naming.no_task_in_thread(), "not the thread of a task"),
    (lambda _: forms.stale(), "no longer good"),
    (lambda _: forms.cannot_open(), "Try again, or type it"),
    (lambda name: forms.elsewhere(changes.taken("orders"), channel_link(CHANNEL), name), "About <#C0ONE>"),
    (lambda _: forms.elsewhere(changes.taken("orders"), channel_link(CHANNEL), ""), "is yours now"),
]


@pytest.mark.parametrize(("make", "words"), SENTENCES)
def test_each_answer_says_what_it_should(make: Callable[[str], Message], words: str) -> None:
    made = make("orders")

    assert words in made.text.replace("\u200b", "")
    assert_slack_takes(made)


@briefly
@given(st.sampled_from([make for make, _ in SENTENCES]), hostile)
def test_whatever_a_task_is_called_the_answers_stay_inert(make: Callable[[str], Message], name: str) -> None:
    assert_slack_takes(make(name))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (field_errors.no_task(), "Which task?"),
        (field_errors.no_account(), "Choose one"),
        (field_errors.no_channel(), "Choose a channel"),
        (field_errors.archived(), "Choose another one"),
        (field_errors.archived_here(), "in another one"),
        (field_errors.twice("per_phase"), "“per phase” is said in another field already"),
        (field_errors.twice("broadcast"), "in another field already"),
        (field_errors.long_label(90), "this one has 90"),
        (field_errors.no_person(), "Choose a person"),
        (field_errors.bad_key(InvalidKey(Flaw.PAN123_LINK, example="1ket")), "holds no taskID. Example: 1ket"),
        (field_errors.wrong(Wrong(problem="\u200b", right="", example="")), "cannot be read"),
    ],
)
def test_what_is_wrong_in_a_field_is_said_in_one_line(error: str, words: str) -> None:
    assert words in error
    assert "\n" not in error
    assert len(error) <= field_errors.ERROR_LIMIT


@pytest.mark.parametrize("part", [field.name for field in dataclasses.fields(Wishes)])
def test_whatever_is_said_twice_is_named_in_words(part: str) -> None:
    for said in (field_errors.twice(part), clause_slips.twice(part, "").problem):
        assert said.endswith(".")
        assert part not in said or "_" not in part


@pytest.mark.parametrize(
    ("deed", "detail", "words"),
    [
        (Deed.SUBSCRIBED, "", "subscribed to"),
        (Deed.SUBSCRIBED, "at 10", "in <#C0ONE>: `at 10`"),
        (Deed.UNSUBSCRIBED, "", "stopped following `drs job-1` in <#C0ONE>"),
        (Deed.UNSUBSCRIBED, "is_archived", ": Slack refused the card (`is_archived`)"),
        (Deed.EDITED, "at 10", "edited `drs job-1` in <#C0ONE>: `at 10`"),
        (Deed.EDITED, "", "edited `drs job-1` in <#C0ONE>: as usual"),
        (Deed.MUTED, "", "muted `drs job-1` in <#C0ONE>"),
        (Deed.MUTED, "2026-03-01T14:00+00:00", " until <!date^1772373600^{date_short_pretty} {time}|14:00 UTC>"),
        (Deed.MUTED, "for ever", ": `for ever`"),
        (Deed.UNMUTED, "", "<!date^1772452800^{date_short_pretty} {time}|12:00 UTC> <@U0ALICE> unmuted"),
        (Deed.SET_DEFAULTS, "at 10", "set what new subscriptions get `drs job-1` in <#C0ONE>: `at 10`"),
        (Deed.SET_DEFAULTS, "reset", "reset what new subscriptions get"),
        (Deed.REFUSED, "fly", "was refused `drs job-1` in <#C0ONE>: `fly`"),
        (Deed.TRANSFERRED, f"to {BOB}", f"gave away `drs job-1` in <#C0ONE> to <@{BOB}>"),
        (Deed.TRANSFERRED, f"to {ALICE}", "took over"),
        (Deed.TRANSFERRED, "", "gave away"),
    ],
)
def test_the_operators_hear_who_did_what(deed: Deed, detail: str, words: str) -> None:
    entry = AuditEntry(id="1", at=NOON, who=ALICE, channel=CHANNEL, deed=deed, task="drs job-1", detail=detail)

    assert words in audit.changes([entry]).text.replace("\u200b", "")
    assert_slack_takes(audit.changes([entry]))


@pytest.mark.parametrize("tried", Tried)
def test_the_operators_hear_what_somebody_was_refused(tried: Tried) -> None:
    entry = AuditEntry(id="1", at=NOON, who=ALICE, channel=CHANNEL, deed=Deed.REFUSED, task="drs", detail=tried)

    assert f"<@{ALICE}> was not allowed to" in audit.changes([entry]).text
    assert audit.in_terminal(entry).endswith(f"refused  drs  {tried}")


@pytest.mark.parametrize(
    ("deed", "detail", "words"),
    [
        (Deed.MUTED, "2026-03-01T14:00+00:00", "until 2026-03-01 14:00Z"),
        (Deed.MUTED, "0001-01-01T00:00+23:00", "0001-01-01T00:00+23:00"),
        (Deed.EDITED, "", "as usual"),
        (Deed.UNSUBSCRIBED, "is_archived", "Slack refused the card: is_archived"),
        (Deed.TRANSFERRED, f"to {BOB}", f"to {BOB}"),
    ],
)
def test_a_terminal_tells_the_same(deed: Deed, detail: str, words: str) -> None:
    entry = AuditEntry(id="1", at=NOON, who=ALICE, channel=CHANNEL, deed=deed, task="drs job-1", detail=detail)

    assert audit.in_terminal(entry).endswith(f"drs job-1  {words}")


def test_of_very_many_changes_the_operators_hear_how_many_more_there_were() -> None:
    entry = AuditEntry(id="1", at=NOON, who=ALICE, channel="", deed=Deed.MUTED)

    assert "and 5 more" in audit.changes([entry] * 25).text
    assert "App Home" in audit.in_terminal(entry)


def test_an_entry_of_a_task_that_is_not_looked_at_again_and_said_nothing_tells_neither() -> None:
    entry = Entry(subscription=follower(), watch=seen_watch(46, due_at=None), mine=True, last_said=None)

    shown = str(home.home([entry], (), page=1, last=1, count=1, now=after(60), example="").blocks)

    assert "next look" not in shown
    assert "last said" not in shown


def test_a_guide_without_an_example_shows_none_and_an_account_that_was_never_read_waits() -> None:
    new = home.Health(account="drs-eu", title="Huawei DRS", watched=1, read_at=None)

    entry = Entry(subscription=follower(), watch=seen_watch(46), mine=True, last_said=None)
    shown = str(home.home([], (new,), page=1, last=1, count=0, now=after(60), example="").blocks)
    idle = home.Health(account="pan", title="123pan", watched=0, read_at=None)
    shown += str(home.home([entry], (new, idle), page=1, last=1, count=1, now=after(60), example="").blocks)

    assert "Or type in a channel" not in shown
    assert "waiting for the first reading" in shown
    assert "no task is followed" in shown


def test_operators_hear_that_a_plan_can_be_kept_again() -> None:
    assert "as often as its tasks want again" in operators.plan_kept("drs").text


def test_a_line_without_a_hint_has_none() -> None:
    assert "placeholder" not in view.line(longest=10)
    assert view.line(longest=3, initial="12345")["initial_value"] == "123"
