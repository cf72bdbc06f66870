"""Strategies for all that can be asked: rules, wishes and commands, each as the parser would make it."""

import re

from hypothesis import strategies as st

from bot.core import commands
from bot.core.commands import Command, Scope, Topic
from bot.core.grammar.durations import HEARTBEAT, HOLD, LAG, MUTE, OVERDUE, STALL, Bounds
from bot.core.grammar.printing import USUAL_HOLD
from bot.core.rules import DAY_MINUTES, MILESTONES, Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.core.wishes import KEEP, ZONE_TO_FILL, Wishes, settled
from tests.core.hostile import ATTACKS

ZONES = ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "CET", "Etc/GMT+5"]
_OURS = ["at", "every", "as", "no", "stall", "on end", "page 2", "to", "for 2h", "5 min", "2h", "@bob", "<@U0123ABCD>"]
_TRICKS = [
    *ATTACKS,
    *_OURS,
    '"',
    "'",
    "\\",
    '\\"',
    "“a”",
    "–",
    "&lt;",
    "&amp;lt;",
    "<https://x.io|y>",
    "👩‍💻",
    "\u200f",
    "`id`",
]


def lasting(bounds: Bounds) -> st.SearchStrategy[int]:
    return st.integers(bounds.least, bounds.most) | st.sampled_from([bounds.least, bounds.most])


def tidy(text: st.SearchStrategy[str], limit: int) -> st.SearchStrategy[str]:
    """Text as it is left when it was read: halves of characters and NUL are left out."""
    whole = text.map(lambda drawn: re.sub("[\0\ud800-\udfff]", "", drawn))
    return whole.map(lambda drawn: drawn[:limit].strip()).filter(bool)


words = st.lists(st.sampled_from(_TRICKS) | st.text(max_size=8), min_size=1, max_size=5).map(" ".join)
labels = tidy(words | st.text(min_size=1, max_size=90), 80)
names = tidy(words | st.from_regex(r"[a-z0-9-]{1,20}( [a-z0-9-]{1,20})?", fullmatch=True), 120)
accounts = tidy(names.map(str.lower), 40).filter(lambda name: name == name.lower())
people = st.from_regex(r"[UWS][A-Z0-9]{2,12}", fullmatch=True)
minutes = st.integers(0, DAY_MINUTES - 1)
zones = st.sampled_from(ZONES)
milestones = (
    st.just(MILESTONES)
    | st.integers(1, 100).map(lambda step: tuple(range(step, 101, step)))
    | st.sets(st.integers(1, 100), min_size=1, max_size=20).map(lambda some: tuple(sorted(some)))
)
lags = st.builds(Lag, over=lasting(LAG), hold=lasting(HOLD) | st.just(USUAL_HOLD))
mentions = st.lists(
    st.builds(Mention, who=people, on=st.sampled_from(Occasion)), max_size=4, unique_by=lambda mention: mention.who
).map(tuple)


def overdues(zones: st.SearchStrategy[str]) -> st.SearchStrategy[Overdue]:
    return st.builds(Overdue, after=lasting(OVERDUE)) | st.builds(Overdue, at=minutes, zone=zones)


def quiets(zones: st.SearchStrategy[str]) -> st.SearchStrategy[Quiet]:
    times = st.tuples(minutes, minutes).filter(lambda pair: pair[0] != pair[1])
    return st.builds(lambda pair, zone: Quiet(start=pair[0], end=pair[1], zone=zone), times, zones)


def _rules(only_end: bool) -> st.SearchStrategy[Rules]:
    return st.builds(
        Rules,
        milestones=st.just(()) if only_end else milestones | st.just(()),
        heartbeat=st.none() | lasting(HEARTBEAT),
        per_phase=st.booleans(),
        only_end=st.just(only_end),
        stall=st.none() | lasting(STALL),
        overdue=st.none() | overdues(zones),
        lag=st.none() | lags,
        mentions=mentions,
        broadcast=st.sampled_from(Broadcast),
        quiet=st.none() | quiets(zones),
    )


rules = st.booleans().flatmap(_rules)

_open_zones = zones | st.just(ZONE_TO_FILL)
_keep = st.just(KEEP)
wishes = st.builds(
    Wishes,
    milestones=_keep | st.just(()) | milestones,
    heartbeat=_keep | st.none() | lasting(HEARTBEAT),
    per_phase=_keep | st.booleans(),
    only_end=_keep | st.booleans(),
    stall=_keep | st.none() | lasting(STALL),
    overdue=_keep | st.none() | overdues(_open_zones),
    lag=_keep | st.none() | lags,
    mentions=_keep | mentions,
    broadcast=_keep | st.sampled_from(Broadcast),
    quiet=_keep | st.none() | quiets(_open_zones),
    label=_keep | st.none() | labels,
).map(settled)
some_wishes = wishes.filter(lambda wanted: not wanted.nothing)
unlabelled = wishes.filter(lambda wanted: wanted.label is KEEP)

perhaps_a_name = st.just("") | names
_pages = st.integers(1, 999)
all_commands: st.SearchStrategy[Command] = st.one_of(
    st.builds(commands.Subscribe, account=st.none() | accounts, task=names, wishes=wishes),
    st.builds(commands.Unsubscribe, task=perhaps_a_name),
    st.builds(commands.Edit, task=perhaps_a_name, wishes=some_wishes),
    st.builds(commands.Defaults, wishes=unlabelled) | st.just(commands.Defaults(reset=True)),
    st.builds(commands.MuteTask, task=perhaps_a_name, seconds=st.none() | lasting(MUTE)),
    st.builds(commands.UnmuteTask, task=perhaps_a_name),
    st.builds(
        commands.Transfer,
        task=perhaps_a_name,
        to=st.none() | people.filter(lambda who: not who.startswith("S")),
    ),
    st.builds(commands.Refresh, task=perhaps_a_name),
    st.builds(commands.Status, task=perhaps_a_name, page=_pages),
    st.builds(commands.ListTasks, scope=st.sampled_from(Scope), page=_pages),
    st.builds(commands.History, page=_pages),
    st.just(commands.OpenForm()),
    st.just(commands.Accounts()),
    st.builds(commands.Help, topic=st.sampled_from(Topic)),
)
