"""What every thread shows, compared with what the tasks' histories say that it should."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tests.faults.soaking.shown import covered, subscription, what
from tests.faults.soaking.tasks import Course, Follow
from tests.faults.soaking.workspace import Json

GRACE = 2.0
"""Seconds in which a message that was under way when somebody unsubscribed may still appear."""


@dataclass(slots=True)
class Verdict:
    """What was found. Each finding is a sentence."""

    due: int = 0
    shown: int = 0
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    after_leaving: list[str] = field(default_factory=list)
    unthreaded: int = 0
    late: list[float] = field(default_factory=list)
    """Seconds from each event to its message."""

    @property
    def holds(self) -> bool:
        """Whether the guarantee was kept."""
        return not (self.lost or self.twice or self.disordered or self.misplaced or self.after_leaving)


def judge(courses: Iterable[Course], messages: Mapping[str, Iterable[Json]]) -> Verdict:
    """Compare. *messages*: the bot's, by channel."""
    verdict = Verdict()
    by_channel = {channel: sorted(found, key=_at) for channel, found in messages.items()}
    for found in by_channel.values():
        for delivery, count in Counter(message["delivery"] for message in found).items():
            if count > 1 and not delivery.startswith(("operators/", "paused/", "damaged/")):
                verdict.twice.append(f"{count} times: {delivery}")
    for course in courses:
        for follow in course.follows:
            if course.key:
                mine = [m for m in by_channel.get(follow.channel, []) if m["delivery"].startswith(course.prefix)]
                _judge_one(course, follow, mine, verdict)
    return verdict


def _judge_one(course: Course, follow: Follow, mine: list[Json], verdict: Verdict) -> None:
    name = f"{course.label} {course.kind} {course.provider} in {follow.channel}"
    by_subscription: dict[str, list[Json]] = defaultdict(list)
    for message in mine:
        by_subscription[subscription(message["delivery"])].append(message)
    if not by_subscription:
        verdict.due += 1
        verdict.lost.append(f"{name}: no card")
        return
    if len(by_subscription) > 1:
        verdict.twice.append(f"{name}: {len(by_subscription)} subscriptions have messages")
    thread = next(iter(by_subscription.values()))
    _judge_places(name, thread, verdict)
    told = _told(name, follow, thread, verdict)
    ends = [message for message in thread if what(message["delivery"]) == "ended"]
    verdict.due += 1
    verdict.shown += 1
    if follow.left_at is not None:
        late = [m for m in thread if _at(m) > follow.left_at + GRACE]
        verdict.after_leaving += [f"{name}: {m['delivery']} {_at(m) - follow.left_at:.1f} s later" for m in late]
        return
    for milestone in follow.milestones:
        if milestone not in course.passed:
            continue
        verdict.due += 1
        covering = told.get(milestone)
        if covering is None and _ends_may_tell(course, milestone, told):
            # Read together with the end: the end is the news.
            covering = next((m for m in thread if what(m["delivery"]) in ("in-sync", "ended")), None)
        if covering is None:
            verdict.lost.append(f"{name}: {milestone} %")
        else:
            verdict.shown += 1
            verdict.late.append(_at(covering) - course.passed[milestone])
    if course.ended_at is not None:
        verdict.due += 1
        if not ends:
            verdict.lost.append(f"{name}: its end")
        else:
            verdict.shown += 1
            verdict.late.append(_at(ends[0]) - course.ended_at)
            right = {"succeeded": "Done", "failed": "Failed"}[course.ends_as]
            if right not in ends[0]["text"] and course.kind != "syncing":
                verdict.lost.append(f"{name}: its end reads {ends[0]['text'][:80]!r}")
            if any(_at(m) > _at(ends[0]) for m in thread if m is not ends[0] and _is_news(m)):
                verdict.disordered.append(f"{name}: news after its end")


def _told(name: str, follow: Follow, thread: list[Json], verdict: Verdict) -> dict[int, Json]:
    """Return the message that first told each milestone."""
    told: dict[int, Json] = {}
    top = 0
    for message in thread:
        found = covered(message["text"], message["delivery"], follow.milestones)
        again = [m for m in found if m in told and told[m]["delivery"] != message["delivery"]]
        if again:
            verdict.twice.append(f"{name}: {again} in {message['delivery']} and before")
        if found and max(found) < top and not again:
            verdict.disordered.append(f"{name}: {found} after {top}")
        for milestone in found:
            told.setdefault(milestone, message)
        top = max([top, *found])
    return told


def _ends_may_tell(course: Course, milestone: int, told: Mapping[int, Json]) -> bool:
    if course.kind == "patient" and milestone < 100 and milestone in course.awaited:
        return False
    return milestone > max(told, default=0)


def _judge_places(name: str, thread: list[Json], verdict: Verdict) -> None:
    cards: list[str] = []
    for message in thread:
        if what(message["delivery"]).startswith("card"):
            cards.append(message["ts"])
            if message["thread_ts"] not in (None, message["ts"]):
                verdict.misplaced.append(f"{name}: a card in a thread")
        elif message["thread_ts"] is None:
            verdict.unthreaded += 1
        elif message["thread_ts"] not in cards:
            verdict.misplaced.append(f"{name}: {message['delivery']} in a thread that is not its own")
        elif message["thread_ts"] != cards[-1]:
            verdict.misplaced.append(f"{name}: {message['delivery']} in the thread of an older card")
    if not cards:
        verdict.lost.append(f"{name}: messages without a card")


def _is_news(message: Json) -> bool:
    name = what(message["delivery"])
    return name.startswith(("at-", "paused", "in-sync"))


def _at(message: Json) -> float:
    return float(message["ts"])
