"""What is said about time, phases and quiet hours, each with how it reads."""

from bot.core import news as n
from providers.base import TaskState

NOON = 1772452800.0
AT_NOON = "<!date^1772452800^{time}|12:00 UTC>"
AT_ONE = "<!date^1772456400^{time}|13:00 UTC>"
MIN, HOUR = 60.0, 3600.0
REST = "That need not mean trouble: some tasks rest for hours. The console may say why."
STRUCTURE = n.PhaseTime(name="structure", seconds=4 * MIN)
DATA = n.PhaseTime(name="data", seconds=70 * MIN)

SENTENCES: list[tuple[str, n.News, list[str]]] = [
    (
        "a milestone with its pace and a range",
        n.Reached(
            milestone=50,
            percent=50,
            after_seconds=42 * MIN,
            previous_milestone=25,
            since_previous_seconds=19 * MIN,
            remaining_seconds=35 * 60,
            remaining_most=50 * 60,
            per_hour=79.2,
        ),
        ["*50 %* after 42 min. The last 25 points took 19 min; lately 79 % an hour; about 35–50 min left (estimated)."],
    ),
    (
        "a milestone with its pace alone",
        n.Reached(milestone=50, percent=50, after_seconds=42 * MIN, per_hour=300),
        ["*50 %* after 42 min. Lately 5 % a minute."],
    ),
    (
        "a phase",
        n.PhaseDone(name="structure", seconds=4 * MIN, next_name="data"),
        ["*Structure* done in 4 min. Data is next."],
    ),
    ("the last phase, begun unseen", n.PhaseDone(name="index"), ["*Index* done."]),
    (
        "a heartbeat",
        n.Beat(
            state=TaskState.RUNNING, percent=46, after_seconds=2 * HOUR, remaining_seconds=2100, remaining_most=3000
        ),
        ["▶️ *Still running* after 2 h: 46 %, about 35–50 min left (estimated)."],
    ),
    (
        "a heartbeat with the cloud's word",
        n.Beat(state=TaskState.RUNNING, after_seconds=2 * HOUR, remaining_seconds=2400, estimated=False),
        ["▶️ *Still running* after 2 h: about 40 min left, says the cloud."],
    ),
    (
        "a heartbeat in a queue",
        n.Beat(state=TaskState.QUEUED, after_seconds=2 * HOUR),
        ["⏳ *Still queued* after 2 h."],
    ),
    (
        "a heartbeat in sync",
        n.Beat(state=TaskState.SYNCING, percent=100, after_seconds=2 * HOUR, lag_seconds=3),
        ["🔄 *Still in sync* after 2 h: changes arrive 3 s late."],
    ),
    ("a stall", n.Stalled(percent=67, seconds=30 * MIN), [f"*No progress* for 30 min, still at 67 %. {REST}"]),
    ("a stall, no percent", n.Stalled(seconds=30 * MIN), [f"*No progress* for 30 min. {REST}"]),
    ("moving again", n.MovingAgain(percent=68, seconds=41 * MIN), ["*Moving again* after 41 min: 68 %."]),
    ("moving again, no percent", n.MovingAgain(seconds=41 * MIN), ["*Moving again* after 41 min."]),
    (
        "overdue after a time",
        n.Late(due_at=NOON, after_seconds=6 * HOUR, percent=67, remaining_seconds=2400),
        ["*Overdue*: it was to be done within 6 h and still goes on at 67 %; about 40 min left (estimated)."],
    ),
    (
        "overdue at a time of day",
        n.Late(due_at=NOON),
        [f"*Overdue*: it was to be done by {AT_NOON} and still goes on."],
    ),
    (
        "changes arrive late",
        n.LagBroken(lag_seconds=95, over=60, hold=300),
        ["*Changes arrive 95 s late*, over your 60 s for 5 min."],
    ),
    (
        "changes arrive late, told at once",
        n.LagBroken(lag_seconds=400, over=300, hold=0),
        ["*Changes arrive 7 min late*, over your 5 min."],
    ),
    (
        "changes arrive in time again",
        n.LagGood(lag_seconds=3, over=60, after_seconds=12 * MIN),
        ["*Back within 60 s* after 12 min: changes arrive 3 s late."],
    ),
    (
        "changes arrive in time again, lag unknown",
        n.LagGood(over=60, after_seconds=12 * MIN),
        ["*Back within 60 s* after 12 min."],
    ),
    (
        "done, with its course",
        n.Ended(
            state=TaskState.SUCCEEDED,
            percent=100,
            after_seconds=83 * MIN,
            phases=(STRUCTURE, DATA),
            rests=(n.RestTime(percent=67, seconds=41 * MIN),),
            forecast=n.ForecastMade(percent=25, after_seconds=80 * MIN),
        ),
        [
            (
                "✅ *Done* in 1 h 23 min. Structure 4 min and data 1 h 10 min. It rested 41 min at 67 %. "
                "At 25 % I expected 1 h 20 min."
            )
        ],
    ),
    (
        "failed, with its course",
        n.Ended(
            state=TaskState.FAILED,
            percent=62,
            after_seconds=51 * MIN,
            phases=(STRUCTURE,),
            rests=(n.RestTime(percent=10, seconds=12 * MIN), n.RestTime(percent=60, seconds=11 * MIN)),
            looks_again=True,
        ),
        [
            (
                "❌ *Failed* at 62 % after 51 min. Structure 4 min. It rested 12 min at 10 % and 11 min at 60 %. "
                "I look again now and then for a day, in case it is retried."
            )
        ],
    ),
    (
        "many phases",
        n.Ended(
            state=TaskState.STOPPED,
            after_seconds=51 * MIN,
            phases=tuple(n.PhaseTime(name=f"p{number}", seconds=60) for number in range(10)),
        ),
        [
            (
                "⏹️ *Stopped* after 51 min. P0 1 min, p1 1 min, p2 1 min, p3 1 min, p4 1 min, p5 1 min, p6 1 min, "
                "p7 1 min and 2 more."
            )
        ],
    ),
    (
        "quiet hours are over",
        n.CaughtUp(
            since=NOON,
            reason=n.QUIET,
            missed=(n.Paused(percent=62), n.Resumed(paused_seconds=60)),
            times=(NOON + HOUR, None),
        ),
        [
            (
                f"Quiet hours are over. Since {AT_NOON}:\n• {AT_ONE}  ⏸️ *Paused* at 62 %.\n"
                "• ▶️ *Running again*, after 1 min."
            )
        ],
    ),
    (
        "quiet hours, cut short",
        n.CaughtUp(since=NOON, reason=n.QUIET, missed=(n.Paused(),), early=True),
        [f"The end cuts the quiet hours short. Since {AT_NOON}:\n• ⏸️ *Paused*."],
    ),
]
