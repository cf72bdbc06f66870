"""What a subscription can say, and what is said where it cannot be read."""

import pytest

from bot.core.commands import LABEL_LIMIT, MENTION_LIMIT, TEXT_LIMIT, Wrong, parse_clauses
from bot.core.grammar.durations import HEARTBEAT, HOLD, LAG, OVERDUE, STALL, print_duration
from bot.core.rules import Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.core.wishes import NO_WISHES, Wishes, applied, in_zone

ANN, BOB, OPS = "U0123ABCD", "W0123ABCD", "S0123ABCD"
MINUTE, HOUR, DAY = 60, 3600, 86400


def milestones(*some: int) -> Wishes:
    return Wishes(milestones=some)


def label(text: str) -> Wishes:
    return Wishes(label=text)


def overdue(at: int, zone: str = "") -> Wishes:
    return Wishes(overdue=Overdue(at=at * 60, zone=zone))


def quiet(start: int, end: int, zone: str = "") -> Wishes:
    return Wishes(quiet=Quiet(start=start * 60, end=end * 60, zone=zone))


def lag(over: int, hold: int = 5 * MINUTE) -> Wishes:
    return Wishes(lag=Lag(over=over, hold=hold))


def mentions(*who: str, on: Occasion = Occasion.FAILURE) -> Wishes:
    return Wishes(mentions=tuple(Mention(who=one, on=on) for one in who))


STEPS_OF_TEN = milestones(*range(10, 101, 10))

RIGHT: list[tuple[str, Wishes, str]] = [
    ("", NO_WISHES, "nothing said"),
    # milestones
    ("at 50", milestones(50), "one"),
    ("at 10,50,90", milestones(10, 50, 90), "commas"),
    ("at 10, 50 and 90 %", milestones(10, 50, 90), "commas, spaces, words, a percent sign"),
    ("at 10% 50% 90 percent", milestones(10, 50, 90), "spaces and percent signs"),
    ("at 10;50", milestones(10, 50), "semicolons"),
    ("at 10，50％", milestones(10, 50), "full-width signs of Chinese keyboards"),
    ('at "10,50"', milestones(10, 50), "needless quotes"),
    ("at 90,10,50,10", milestones(10, 50, 90), "any order, each once"),
    ("at 1,100", milestones(1, 100), "the outermost ones"),
    ("at 005", milestones(5), "leading zeros"),
    ("every 10%", STEPS_OF_TEN, "a step"),
    ("every 10", STEPS_OF_TEN, "a number alone is a step"),
    ("every 10 Percent", STEPS_OF_TEN, "in words"),
    ("every 7 %", milestones(*range(7, 99, 7)), "a step that does not meet 100"),
    ("every 100", milestones(100), "only all of it"),
    ("EVERY 50%", milestones(50, 100), "capitals"),
    ("no milestones", milestones(), "taken away"),
    ("on end", Wishes(only_end=True), "only the end"),
    ("on end no milestones", Wishes(only_end=True), "which has none anyway"),
    ("on all", Wishes(only_end=False), "taken back"),
    ("on all at 50", milestones(50), "milestones take it back anyway"),
    ("on all no milestones", Wishes(only_end=False, milestones=()), "both"),
    # heartbeats, phases
    ("every 2h", Wishes(heartbeat=2 * HOUR), "a heartbeat"),
    ("every 30 minutes", Wishes(heartbeat=30 * MINUTE), "in words"),
    ("every hour", Wishes(heartbeat=HOUR), "in a word"),
    ("every Day", Wishes(heartbeat=DAY), "in another word"),
    ("every 2h every 10%", Wishes(heartbeat=2 * HOUR, milestones=STEPS_OF_TEN.milestones), "both kinds of “every”"),
    ("no heartbeat", Wishes(heartbeat=None), "taken away"),
    ("per phase", Wishes(per_phase=True), "phases"),
    ("Per Phases", Wishes(per_phase=True), "all of them"),
    ("no phases", Wishes(per_phase=False), "taken away"),
    ("without per phase", Wishes(per_phase=False), "taken away in other words"),
    ("per phase off", Wishes(per_phase=False), "switched off"),
    # warnings
    ("stall 30m", Wishes(stall=30 * MINUTE), "a stall"),
    ("stall after 1h30m", Wishes(stall=90 * MINUTE), "two units"),
    ("stall 1 hour 30 mins", Wishes(stall=90 * MINUTE), "two units in words"),
    ("stall 300s", Wishes(stall=5 * MINUTE), "seconds"),
    ("no stall", Wishes(stall=None), "taken away"),
    ("stall off", Wishes(stall=None), "switched off"),
    ("without stall", Wishes(stall=None), "in other words"),
    ("overdue 6h", Wishes(overdue=Overdue(after=6 * HOUR)), "after a time"),
    ("overdue after 2d", Wishes(overdue=Overdue(after=2 * DAY)), "in other words"),
    ("overdue 18:00", overdue(18), "a time of day, the zone to be filled in"),
    ("overdue at 18:00 Europe/Berlin", overdue(18, "Europe/Berlin"), "in a zone"),
    ("overdue by 6:00 utc", overdue(6, "UTC"), "a zone in small letters"),
    ("overdue 18：00", overdue(18), "a full-width colon"),
    ("overdue none", Wishes(overdue=None), "switched off"),
    ("no overdue", Wishes(overdue=None), "taken away"),
    ("lag > 60s for 5m", lag(60), "in full"),
    ("lag &gt; 60s for 5m", lag(60), "as Slack sends it"),
    ("lag ＞60s", lag(60), "a full-width sign"),
    ("lag >60s", lag(60), "without a blank"),
    ("lag 60s", lag(60), "as short as can be"),
    ("lag over 2m for 10m", lag(120, 10 * MINUTE), "in words"),
    ("lag above 90s for 30s", lag(90, 30), "in other words"),
    ("no lag", Wishes(lag=None), "taken away"),
    ("lag off", Wishes(lag=None), "switched off"),
    # quiet hours
    ("quiet 22:00-07:00", quiet(22, 7), "over midnight, the zone to be filled in"),
    ("quiet 22:00–07:00", quiet(22, 7), "a dash of phones"),
    ("quiet 22:00 — 7:00", quiet(22, 7), "a longer one, with blanks"),
    ("quiet 22-7", quiet(22, 7), "whole hours"),
    ("quiet from 22:00 to 07:00", quiet(22, 7), "in words"),
    ("quiet 12:00-13:00 Asia/Kolkata", quiet(12, 13, "Asia/Kolkata"), "in a zone"),
    ("quiet 22:00-07:00, europe/berlin", quiet(22, 7, "Europe/Berlin"), "in small letters, behind a comma"),
    ("quiet 22:00-07:00 America/New York", quiet(22, 7, "America/New_York"), "with a blank"),
    ("quiet 22:00-07:00 CET", quiet(22, 7, "CET"), "a well-known form"),
    ("quiet 18:00-24:00", quiet(18, 0), "midnight as the end of a day"),
    ("no quiet", Wishes(quiet=None), "taken away"),
    ("no quiet hours", Wishes(quiet=None), "in full"),
    # mentions
    (f"mention <@{ANN}>", mentions(ANN), "on failure, where nothing else is said"),
    (f"mention <@{ANN}|ann>", mentions(ANN), "with a name"),
    (f"mention <@{ANN}|Ann “the boss” O'Hara>", mentions(ANN), "with an odd name"),
    (f"mention <@{ANN}> on failure", mentions(ANN), "said"),
    (f"mention <@{ANN}> on end", mentions(ANN, on=Occasion.END), "on every end"),
    (f"mention <@{ANN}> on Failures, stall 30m", Wishes(mentions=mentions(ANN).mentions, stall=1800), "a comma behind"),
    (f"mention <@{ANN}> on failure on end", Wishes(mentions=mentions(ANN).mentions, only_end=True), "the other “on”"),
    (f"mention <!subteam^{OPS}|@ops>", mentions(OPS), "a group"),
    (f"mention <@{ANN}>, <@{BOB}> and <!subteam^{OPS}>", mentions(ANN, BOB, OPS), "several"),
    (f"mention <@{ANN}><@{BOB}>", mentions(ANN, BOB), "without blanks"),
    (f"mention <@{ANN}> <@{ANN}>", mentions(ANN), "twice in a breath"),
    (f"mention {ANN} @{BOB}", mentions(ANN, BOB), "bare ids"),
    (
        f"mention <@{ANN}> mention <@{BOB}> on end",
        Wishes(mentions=(Mention(who=ANN, on=Occasion.FAILURE), Mention(who=BOB, on=Occasion.END))),
        "each on an occasion of their own",
    ),
    ("no mention", mentions(), "taken away"),
    ("no mentions", mentions(), "taken away, all of them"),
    ("mention nobody", mentions(), "said in a word"),
    # broadcasts
    ("broadcast never", Wishes(broadcast=Broadcast.NEVER), "the thread only"),
    ("broadcast failures", Wishes(broadcast=Broadcast.FAILURES), "failures"),
    ("broadcast on failure", Wishes(broadcast=Broadcast.FAILURES), "in other words"),
    ("broadcast END", Wishes(broadcast=Broadcast.END), "ends"),
    ("broadcast all", Wishes(broadcast=Broadcast.ALL), "all"),
    ("broadcast off", Wishes(broadcast=Broadcast.NEVER), "switched off"),
    ("no broadcast", Wishes(broadcast=Broadcast.NEVER), "taken away"),
    # labels
    ('as "orders-db"', label("orders-db"), "quoted"),
    ("as orders-db", label("orders-db"), "one word needs no quotes"),
    ("as orders db", label("orders db"), "nor do two"),
    ("as 'orders at night'", label("orders at night"), "single quotes"),
    ("as Bob's db", label("Bob's db"), "an apostrophe is no quote"),
    ('as "at 10 every as"', label("at 10 every as"), "words of clauses inside quotes"),
    (r'as "my \"best\" db"', label('my "best" db'), "quotes in quotes"),
    ("as at", label("at"), "a label that looks like a clause"),
    (f'as "{"x" * LABEL_LIMIT}"', label("x" * LABEL_LIMIT), "as long as can be"),
    ('as "订单 ☃"', label("订单 ☃"), "any script"),
    ('as "طلبات 📦"', label("طلبات 📦"), "right to left, and emoji"),
    ("as “orders-db”", label("orders-db"), "quotes of phones"),
    ("as „orders-db“", label("orders-db"), "German quotes"),
    ("as «orders-db»", label("orders-db"), "French quotes"),
    ("as ‘orders db’", label("orders db"), "single quotes of phones"),
    ("as “a &amp; b &lt;c&gt;”", label("a & b <c>"), "entities"),
    ("as &amp;lt;", label("&lt;"), "each entity is read once"),
    ("no label", Wishes(label=None), "taken away"),
    ("without name", Wishes(label=None), "in other words"),
    # together
    ('as "a" at 50', Wishes(label="a", milestones=(50,)), "label first"),
    ('at 50 as "a"', Wishes(label="a", milestones=(50,)), "milestones first"),
    ('as "a"every 50', Wishes(label="a", milestones=(50, 100)), "no space behind a quote"),
    ("stall off, quiet none; no lag", Wishes(stall=None, quiet=None, lag=None), "commas between clauses"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wishes", "reason"), RIGHT)
def test_what_is_said_right_is_understood(text: str, wishes: Wishes, reason: str) -> None:
    assert parse_clauses(text) == wishes, reason


WRONG: list[tuple[str, str, str, str]] = [
    # text, part of the problem, example, reason
    ("frobnicate", "“frobnicate”", "at 25,50,90", "no clause"),
    ("50%", "“50%”", "at 25,50,90", "milestones without “at”"),
    ("stal 30m", "“stal”", "stall 30m", "misspelt"),
    ("label orders", "“label”", 'as "orders"', "another word for it"),
    ("at 50 stal 30m", "“stal”", "at 50 stall 30m", "misspelt, behind another"),
    ("at 50 every 2h stal 30m", "“stal”", "at 50 every 2h stall 30m", "misspelt, behind two others"),
    ("quiet 22:00-07:00 evry 10%", "“evry”", "every 10% quiet 22:00-07:00", "misspelt, where a zone could be"),
    ("at 50 stall 3", "“3” has no unit", "at 50 stall 30m", "what was right stays"),
    ('at 50 as "x', "not closed", 'as "orders-db"', "a quote left open"),
    ("x" * (TEXT_LIMIT + 1), "too long", "at 25,50,90", "over the limit"),
    # milestones
    ("at", "No milestone", "at 25,50,90", "nothing given"),
    ("at ,", "No milestone", "at 25,50,90", "only a comma given"),
    ("at 0", "“0” is no milestone", "at 25,50,90", "the beginning is no milestone"),
    ("at 101", "“101” is no milestone", "at 25,50,90", "beyond the end"),
    ("at 33.5", "“33.5” is no milestone", "at 25,50,90", "not whole"),
    ("at none", "“none” is no milestone", "at 25,50,90", "not a number"),
    ("at 10,ten", "“ten” is no milestone", "at 25,50,90", "one of them is wrong"),
    ("at -5", "“-5” is no milestone", "at 25,50,90", "negative"),
    ("at ٥", "“٥” is no milestone", "at 25,50,90", "digits of another script"),
    ("at 10–50", "“10-50” is no milestone", "at 25,50,90", "a range"),
    ("at 9999999999", "“9999999999” is no milestone", "at 25,50,90", "huge"),
    ("every", "No step", "every 10%", "nothing given"),
    ("every 0%", "“0%” is no step", "every 10%", "it would never end"),
    ("every 101", "“101” is no step", "every 10%", "beyond the end"),
    ("every 1 0", "“1 0” is no step", "every 10%", "which of the two"),
    ("every now", "“now” is no step", "every 10%", "not a number"),
    ("on", "missing after “on”", "on end", "nothing given"),
    ("on friday", "“on friday”", "on end", "no such occasion"),
    ("per", "missing after “per”", "per phase", "nothing given"),
    ("per hour", "“per hour”", "per phase", "no such thing"),
    # durations
    ("stall", "No duration", "stall 30m", "nothing given"),
    ("stall 30", "“30” has no unit", "stall 30m", "30 of what"),
    ("stall 1.5h", "“1.5h” has a fraction", "stall 30m", "a fraction"),
    ("stall 1,5 h", "“1,5 h” has a fraction", "stall 30m", "a fraction with a comma"),
    ("stall -30m", "“-30m” is no duration", "stall 30m", "negative"),
    ("stall +30m", "“+30m” is no duration", "stall 30m", "signed"),
    ("stall soon", "“soon” is no duration", "stall 30m", "no number"),
    ("stall 30m1h", "“30m1h” is no duration", "stall 30m", "the wrong way round"),
    ("stall 1h1h", "“1h1h” is no duration", "stall 30m", "twice the same unit"),
    ("stall 2w", "“2w” is no duration", "stall 30m", "no unit of ours"),
    ("stall 0m", "“0m” is too short", "stall 30m", "nothing"),
    (f"stall {'9' * 400}d", "is too long", "stall 30m", "huge"),
    ("overdue", "No duration", "overdue 6h", "nothing given"),
    ("overdue 18", "“18” has no unit", "overdue 6h", "hours or a time of day"),
    ("lag", "No duration", "lag 1m", "nothing given"),
    ("lag > fast", "“fast” is no duration", "lag 1m", "no number"),
    ("lag 60s for", "No duration", "lag 1m for 10m", "nothing given after “for”"),
    ("lag 60s for ever", "“ever” is no duration", "lag 1m for 10m", "no number after “for”"),
    # times of day and zones
    ("quiet", "No hours", "quiet 22:00-07:00", "nothing given"),
    ("quiet tonight", "“tonight” are no quiet hours", "quiet 22:00-07:00", "no times"),
    ("quiet 22:00", "“22:00” are no quiet hours", "quiet 22:00-07:00", "no end"),
    ("quiet 10pm-7am", "“10pm-7am” are no quiet hours", "quiet 22:00-07:00", "half-days"),
    ("quiet 25:00-07:00", "“25:00” is no time of day", "quiet 22:00-07:00", "no such hour"),
    ("quiet 22:00-07:60", "“07:60” is no time of day", "quiet 22:00-07:00", "no such minute"),
    ("quiet 22:00-24:01", "“24:01” is no time of day", "quiet 22:00-07:00", "beyond midnight"),
    ("quiet ::-:", "“::” is no time of day", "quiet 22:00-07:00", "no numbers"),
    ("quiet 7:00-7", "end when they begin", "quiet 22:00-07:00", "zero length"),
    ("quiet 0:00-24:00", "end when they begin", "quiet 22:00-07:00", "a whole day"),
    ("quiet 22:00-07:00 Mars/Base", "no zone “Mars/Base”", "quiet 22:00-07:00 UTC", "no such zone"),
    ("quiet 21:00-6:30 Berlin", "no zone “Berlin”", "quiet 21:00-06:30 Europe/Berlin", "a city alone"),
    ("quiet 21:00-6:30 Europe/Berln", "“Europe/Berln”", "quiet 21:00-06:30 Europe/Berlin", "a slip"),
    ("quiet 22:00-07:00 CEST", "no zone “CEST”", "quiet 22:00-07:00 Europe/Berlin", "half a zone"),
    ("quiet 22:00-07:00 +02:00", "“+02:00” is an offset", "quiet 22:00-07:00 Europe/Berlin", "an offset"),
    ("quiet 22:00-07:00 UTC+2", "“UTC+2” is an offset", "quiet 22:00-07:00 Europe/Berlin", "an offset in other words"),
    ("overdue 24:30", "“24:30” is no time of day", "overdue 18:00", "no such hour"),
    ("overdue 18:00 Berlin", "no zone “Berlin”", "overdue 18:00 Europe/Berlin", "a city alone"),
    # people
    ("mention", "Nobody is named", f"mention <@{ANN}>", "nothing given"),
    ("mention on end", "Nobody is named", f"mention <@{ANN}>", "nobody, on an occasion"),
    ("mention and", "Nobody is named", f"mention <@{ANN}>", "nobody and nobody"),
    ("mention @alice", "who “@alice” is", f"mention <@{ANN}>", "a name that was only typed"),
    ("mention @ALICE", "who “@ALICE” is", f"mention <@{ANN}>", "in capitals it is no id either"),
    ("mention alice, <@U1>", "who “alice” is", f"mention <@{ANN}>", "a bare name"),
    ("mention <@u123>", "who “<@u123>” is", f"mention <@{ANN}>", "no id of Slack"),
    ("mention <!here>", "“@here”", f"mention <@{ANN}>", "everybody"),
    ("mention <!channel|channel>", "“@channel”", f"mention <@{ANN}>", "everybody, with a name"),
    ("mention @everyone", "“@everyone”", f"mention <@{ANN}>", "everybody, typed"),
    (f"mention <@{ANN}> on", "missing after “on”", f"mention <@{ANN}> on end", "no occasion"),
    (f"mention <@{ANN}> on fridays", "“fridays”", f"mention <@{ANN}> on end", "no such occasion"),
    (f"mention <@{ANN}> mention <@{ANN}> on end", "named twice", f"mention <@{ANN}>", "the same person"),
    (
        " ".join(f"mention <@U1{i:02}>" for i in range(MENTION_LIMIT + 1)),
        "too many people",
        " ".join(["mention", *(f"<@U1{i:02}>" for i in range(MENTION_LIMIT))]),
        "one too many",
    ),
    ("broadcast", "missing after “broadcast”", "broadcast failures", "nothing given"),
    ("broadcast loudly", "“broadcast loudly”", "broadcast failures", "no such way"),
    # labels
    ('as ""', "empty", 'as "orders-db"', "nothing given"),
    ('as "  "', "empty", 'as "orders-db"', "only spaces"),
    ('as "\u200b"', "empty", 'as "orders-db"', "nothing that can be seen"),
    ("as", "empty", 'as "orders-db"', "nothing given at all"),
    (f'as "{"x" * (LABEL_LIMIT + 1)}"', "81 characters", 'as "orders-db"', "one too many"),
    # taken away, twice, and against each other
    ("no", "missing after “no”", "no stall", "nothing given"),
    ("no fun", "“no fun”", "no stall", "no such thing"),
    ("at 10 at 20", "Milestones are given twice", "at 10", "which of the two"),
    ("at 10 every 20%", "Milestones are given twice", "at 10", "two ways to say milestones"),
    ("every 2h every 3h", "A heartbeat is given twice", "every 2h", "which of the two"),
    ("as a as b", "The label is given twice", 'as "a"', "which of the two"),
    ("no stall stall 30m", "“stall” is given twice", "no stall", "yes or no"),
    (f"no mention mention <@{ANN}>", "Mentions are given twice", "no mention", "yes or no"),
    ("on end on all", "“on …” is given twice", "on end", "yes or no"),
    ("at 10 on end", "contradict", "at 10", "milestones, and only the end"),
    ("on end stall 30m every 10%", "contradict", "on end stall 30m", "the other way round"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "problem", "example", "reason"), WRONG)
def test_what_is_said_wrong_is_told_with_a_right_example(text: str, problem: str, example: str, reason: str) -> None:
    found = parse_clauses(text)

    assert isinstance(found, Wrong), reason
    assert problem in found.problem, reason
    assert found.right
    assert found.example == example, reason


@pytest.mark.parametrize(
    ("clause", "bounds"),
    [("every {}", HEARTBEAT), ("stall {}", STALL), ("overdue {}", OVERDUE), ("lag {}", LAG), ("lag 60s for {}", HOLD)],
)
def test_every_duration_has_its_bounds(clause: str, bounds: object) -> None:
    assert isinstance(bounds, type(STALL))
    for inside in (bounds.least, bounds.most):
        assert isinstance(parse_clauses(clause.format(f"{inside}s")), Wishes)
    below, above = (
        parse_clauses(clause.format(f"{bounds.least - 1}s")),
        parse_clauses(clause.format(f"{bounds.most + 1}s")),
    )
    assert isinstance(below, Wrong)
    assert print_duration(bounds.least) in below.right
    assert isinstance(above, Wrong)
    assert print_duration(bounds.most) in above.right


@pytest.mark.parametrize(
    "clauses",
    [
        ("at 10,50", 'as "orders db"', "stall 1h"),
        ("every 20%", "as orders", "quiet 1-2 Europe/Berlin"),
        ("on end", "lag 60s", "no mention"),
    ],
)
def test_clauses_may_stand_in_any_order(clauses: tuple[str, str, str]) -> None:
    one, two, three = clauses

    found = parse_clauses(f"{one} {two} {three}")
    assert isinstance(found, Wishes)
    assert found == parse_clauses(f"{three} {one} {two}") == parse_clauses(f"{two} {three} {one}")


# --- what is asked for, applied ---

ONLY_END = Rules(only_end=True, milestones=())
APPLIED: list[tuple[Rules, str, Rules, str]] = [
    (Rules(), "", Rules(), "nothing said, nothing changed"),
    (Rules(), "stall 30m", Rules(stall=1800), "only what was said"),
    (Rules(stall=1800), "no stall", Rules(), "taken away"),
    (Rules(), "on end", ONLY_END, "only the end ends milestones"),
    (ONLY_END, "at 50", Rules(milestones=(50,)), "milestones end only the end"),
    (ONLY_END, "on all", Rules(), "taken back, it brings the usual ones"),
    (ONLY_END, "on all no milestones", Rules(milestones=()), "unless they are not wanted"),
    (ONLY_END, "no milestones", ONLY_END, "it has none"),
    (Rules(milestones=(5,)), "on all", Rules(milestones=(5,)), "there is nothing to take back"),
    (Rules(milestones=(5,)), "no milestones", Rules(milestones=()), "pauses and the like are still told"),
]


@pytest.mark.parametrize(("rules", "text", "after", "reason"), APPLIED)
def test_what_is_asked_for_changes_only_that(rules: Rules, text: str, after: Rules, reason: str) -> None:
    found = parse_clauses(text)

    assert isinstance(found, Wishes)
    assert applied(rules, found) == after, reason


def test_a_zone_that_was_left_out_is_filled_in() -> None:
    found = parse_clauses("quiet 22:00-07:00 overdue 18:00")
    named = parse_clauses("quiet 22:00-07:00 Asia/Kolkata overdue 6h")

    assert isinstance(found, Wishes)
    assert in_zone(found, "Europe/Berlin") == parse_clauses(
        "quiet 22:00-07:00 Europe/Berlin overdue 18:00 Europe/Berlin"
    )
    assert isinstance(named, Wishes)
    assert in_zone(named, "Europe/Berlin") == named


@pytest.mark.parametrize(
    ("text", "nothing", "about_rules"), [("", True, False), ("as a", False, False), ("at 5", False, True)]
)
def test_wishes_know_what_they_are_about(text: str, nothing: bool, about_rules: bool) -> None:
    found = parse_clauses(text)

    assert isinstance(found, Wishes)
    assert (found.nothing, found.about_rules) == (nothing, about_rules)
