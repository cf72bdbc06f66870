"""Rows as each released version wrote them, with what they say."""

from datetime import UTC, datetime

from msgspec.structs import replace

from bot.core import news
from bot.core.model import (
    AuditEntry,
    Card,
    ChannelSettings,
    Deed,
    DeliveryState,
    Forecast,
    LagState,
    Mute,
    Pause,
    PauseReason,
    PhaseSeen,
    Point,
    Rest,
    Trouble,
    TroubleKind,
)
from bot.core.rules import Broadcast, Lag, Mention, Occasion, Overdue, Quiet, Rules
from bot.store import codec
from providers.base import Phase, TaskSnapshot, TaskState
from providers.reasons import Cause, Hint, Reason, Service
from tests.store.world import HOUR, MINUTE, NOON, new_subscription, new_watch, news_for

RECORDED: list[tuple[str, str, codec.Kept]] = [
    (
        "watch/drs:job-1#1",
        (
            '{"v":1,"record":{"id":"drs:job-1#1","account":"drs","key":"job-1","created_at":"2026-03-01T12:00:00Z",'
            '"due_at":"2026-03-01T12:05:00Z","version":7,"name":"orders → lake","run_since":"2026-03-01T12:00:00Z",'
            '"seen":{"state":"running","raw_state":"FULL_TRANSFER","known_state":true,"percent":42.5,"message":"",'
            '"remaining_seconds":600,"lag_seconds":null,"phases":[{"name":"full","percent":85.0}],"outlook":"plain"},'
            '"seen_at":"2026-03-01T12:04:00Z","points":[[1772366400.0,40.0],[1772366460.0,42.5]],'
            '"trouble":{"kind":"throttled","since":"2026-03-01T12:04:30Z","looks":2}}}'
        ),
        replace(
            new_watch(due_at=datetime(2026, 3, 1, 12, 5, tzinfo=UTC)),
            version=7,
            name="orders → lake",
            seen=TaskSnapshot(
                state=TaskState.RUNNING,
                raw_state="FULL_TRANSFER",
                percent=42.5,
                remaining_seconds=600,
                phases=(Phase(name="full", percent=85.0),),
            ),
            seen_at=datetime(2026, 3, 1, 12, 4, tzinfo=UTC),
            points=(Point(at=1772366400.0, percent=40.0), Point(at=1772366460.0, percent=42.5)),
            trouble=Trouble(kind=TroubleKind.THROTTLED, since=datetime(2026, 3, 1, 12, 4, 30, tzinfo=UTC), looks=2),
        ),
    ),
    (
        "subscription/sub-1",
        (
            '{"v":1,"record":{"id":"sub-1","watch_id":"drs:job-1#1","channel":"C1","owner":"U1",'
            '"created_at":"2026-03-01T12:00:00Z","label":"nightly","card":{"ts":"100.1","shown":"ab12","shown_version":7,'
            '"edited_at":"2026-03-01T12:00:00Z"}}}'
        ),
        replace(
            new_subscription(new_watch()),
            label="nightly",
            card=Card(ts="100.1", shown="ab12", shown_version=7, edited_at=NOON),
        ),
    ),
    (
        "delivery/drs:job-1#1/1/sub-1/card",
        (
            '{"v":1,"record":{"id":"drs:job-1#1/1/sub-1/card","watch_id":"drs:job-1#1","subscription_id":"sub-1",'
            '"channel":"C1","news":{"is":"card"},"created_at":"2026-03-01T12:00:00Z","seq":1,"state":"sent","attempts":1,'
            '"sending_since":"2026-03-01T12:00:00Z","ts":"100.1"}}'
        ),
        replace(
            news_for(new_subscription(new_watch()), new_watch(), "card", news.CardOpened()),
            seq=1,
            state=DeliveryState.SENT,
            attempts=1,
            sending_since=NOON,
            ts="100.1",
        ),
    ),
    (
        "subscription/sub-1",
        (
            '{"v":2,"record":{"id":"sub-1","watch_id":"drs:job-1#1","channel":"C1","owner":"U1",'
            '"created_at":"2026-03-01T12:00:00Z","paused":{"reason":"archived","since":"2026-03-01T12:00:00Z",'
            '"code":"is_archived"}}}'
        ),
        replace(
            new_subscription(new_watch()),
            paused=Pause(reason=PauseReason.ARCHIVED, since=NOON, code="is_archived"),
        ),
    ),
    (
        "delivery/drs:job-1#1/1/sub-1/resumed",
        (
            '{"v":2,"record":{"id":"drs:job-1#1/1/sub-1/resumed","watch_id":"drs:job-1#1","subscription_id":"sub-1",'
            '"channel":"C1","news":{"is":"caught-up","since":1772366400.0,"reason":"archived",'
            '"missed":[{"is":"reached","milestone":25,"percent":26.0,"after_seconds":60.0},{"is":"paused"}]},'
            '"created_at":"2026-03-01T12:00:00Z","seq":3}}'
        ),
        replace(
            news_for(
                new_subscription(new_watch()),
                new_watch(),
                "resumed",
                news.CaughtUp(
                    since=1772366400.0,
                    reason="archived",
                    missed=(news.Reached(milestone=25, percent=26.0, after_seconds=60.0), news.Paused()),
                ),
            ),
            seq=3,
        ),
    ),
    ("said/paused/C1/U1", '{"v":2,"record":{"id":"paused/C1/U1"}}', codec.Said(id="paused/C1/U1")),
    (
        "watch/drs:job-1#1",
        (
            '{"v":3,"record":{"id":"drs:job-1#1","account":"drs","key":"job-1","created_at":"2026-03-01T12:00:00Z",'
            '"due_at":"2026-03-01T12:00:00Z","run_since":"2026-03-01T12:00:00Z","progressed_at":"2026-03-01T12:00:00Z",'
            '"timed_until":"2026-03-01T12:01:00Z","phases":[{"name":"full → lake","began_at":1772366400.0,'
            '"done_at":1772366460.5},{"name":"incremental"}],"rests":[[67.0,7200.0]],"forecast":{"made_at":1772366400.0,'
            '"percent":12.5,"ends_at":1772377200.0},"lags":[{"over":60,"hold":300,"broken":true,"since":1772366400.0,'
            '"broken_at":1772366100.0}]}}'
        ),
        replace(
            new_watch(),
            progressed_at=NOON,
            timed_until=NOON + MINUTE,
            phases=(
                PhaseSeen(name="full → lake", began_at=1772366400.0, done_at=1772366460.5),
                PhaseSeen(name="incremental"),
            ),
            rests=(Rest(percent=67.0, seconds=7200.0),),
            forecast=Forecast(made_at=1772366400.0, percent=12.5, ends_at=1772377200.0),
            lags=(LagState(over=60, hold=300, broken=True, since=1772366400.0, broken_at=1772366100.0),),
        ),
    ),
    (
        "subscription/sub-1",
        (
            '{"v":3,"record":{"id":"sub-1","watch_id":"drs:job-1#1","channel":"C1","owner":"U1",'
            '"created_at":"2026-03-01T12:00:00Z","rules":{"milestones":[50,90],"heartbeat":7200,"per_phase":true,'
            '"stall":1800,"overdue":{"at":1080,"zone":"Europe/Berlin"},"lag":{"over":60,"hold":300},'
            '"mentions":[{"who":"U2","on":"failure"},{"who":"S1","on":"end"}],"broadcast":"all",'
            '"quiet":{"start":1320,"end":420,"zone":"Europe/Berlin"}},"revised_at":"2026-03-01T12:00:00Z",'
            '"muted":{"by":"U2","since":"2026-03-01T12:00:00Z","until":"2026-03-01T13:00:00Z"},"owner_left":true}}'
        ),
        replace(
            new_subscription(new_watch()),
            rules=Rules(
                milestones=(50, 90),
                heartbeat=7200,
                per_phase=True,
                stall=1800,
                overdue=Overdue(at=1080, zone="Europe/Berlin"),
                lag=Lag(over=60, hold=300),
                mentions=(Mention(who="U2", on=Occasion.FAILURE), Mention(who="S1", on=Occasion.END)),
                broadcast=Broadcast.ALL,
                quiet=Quiet(start=1320, end=420, zone="Europe/Berlin"),
            ),
            revised_at=NOON,
            muted=Mute(by="U2", since=NOON, until=NOON + HOUR),
            owner_left=True,
        ),
    ),
    (
        "watch/drs:job-1#1",
        (
            '{"v":1,"record":{"id":"drs:job-1#1","account":"drs","key":"job-1","created_at":"2026-03-01T12:00:00Z",'
            '"due_at":"2026-03-01T12:00:00Z","run_since":"2026-03-01T12:00:00Z","trouble":{"kind":"denied",'
            '"since":"2026-03-01T12:00:00Z","reason":"Huawei Cloud refused the credentials (APIGW.0301): “no key”",'
            '"told":true}}}'
        ),
        replace(
            new_watch(),
            trouble=Trouble(
                kind=TroubleKind.DENIED,
                since=NOON,
                reason="Huawei Cloud refused the credentials (APIGW.0301): “no key”",
                told=True,
            ),
        ),
    ),
    (
        "delivery/drs:job-1#1/1/sub-1/unreadable-7",
        (
            '{"v":2,"record":{"id":"drs:job-1#1/1/sub-1/unreadable-7","watch_id":"drs:job-1#1",'
            '"subscription_id":"sub-1","channel":"C1","news":{"is":"unreadable","kind":"unavailable",'
            '"since":1772366400.0,"reason":"the cloud did not answer in time"},"created_at":"2026-03-01T12:00:00Z",'
            '"seq":4}}'
        ),
        replace(
            news_for(
                new_subscription(new_watch()),
                new_watch(),
                "unreadable-7",
                news.Unreadable(kind="unavailable", since=1772366400.0, reason="the cloud did not answer in time"),
            ),
            seq=4,
        ),
    ),
    (
        "watch/drs:job-1#1",
        (
            '{"v":3,"record":{"id":"drs:job-1#1","account":"drs","key":"job-1","created_at":"2026-03-01T12:00:00Z",'
            '"due_at":"2026-03-01T12:00:00Z","run_since":"2026-03-01T12:00:00Z","trouble":{"kind":"denied",'
            '"since":"2026-03-01T12:00:00Z","reason":{"reason":"request-refused","who":"drs","status":403,'
            '"code":"DRS.M00101","hint":"no-role","said":"","field":""}}}}'
        ),
        replace(
            new_watch(),
            trouble=Trouble(
                kind=TroubleKind.DENIED,
                since=NOON,
                reason=Cause(Reason.REQUEST_REFUSED, who=Service.DRS, status=403, code="DRS.M00101", hint=Hint.NO_ROLE),
            ),
        ),
    ),
    (
        "delivery/drs:job-1#1/1/sub-1/unreadable-7",
        (
            '{"v":3,"record":{"id":"drs:job-1#1/1/sub-1/unreadable-7","watch_id":"drs:job-1#1",'
            '"subscription_id":"sub-1","channel":"C1","news":{"is":"unreadable","kind":"unavailable",'
            '"since":1772366400.0,"reason":{"reason":"no-answer-in-time","who":"cloud","status":null,"code":"",'
            '"hint":"","said":"","field":""}},"created_at":"2026-03-01T12:00:00Z","seq":4}}'
        ),
        replace(
            news_for(
                new_subscription(new_watch()),
                new_watch(),
                "unreadable-7",
                news.Unreadable(kind="unavailable", since=1772366400.0, reason=Cause(Reason.NO_ANSWER_IN_TIME)),
            ),
            seq=4,
        ),
    ),
    (
        "watch/drs:job-1#1",
        (
            '{"v":3,"record":{"id":"drs:job-1#1","account":"drs","key":"job-1","created_at":"2026-03-01T12:00:00Z",'
            '"due_at":"2026-03-01T12:00:00Z","run_since":"2026-03-01T12:00:00Z","seen":{"state":"succeeded",'
            '"raw_state":"2","known_state":true,"percent":null,"message":"","remaining_seconds":null,'
            '"lag_seconds":null,"phases":[],"failed_files":3,"outlook":"plain"}}}'
        ),
        replace(new_watch(), seen=TaskSnapshot(state=TaskState.SUCCEEDED, raw_state="2", failed_files=3)),
    ),
    (
        "subscription/sub-1",
        (
            '{"v":3,"record":{"id":"sub-1","watch_id":"drs:job-1#1","channel":"C1","owner":"U1",'
            '"created_at":"2026-03-01T12:00:00Z","rules":{"milestones":[],"only_end":true,"overdue":{"after":21600}}}}'
        ),
        replace(new_subscription(new_watch()), rules=Rules(milestones=(), only_end=True, overdue=Overdue(after=21600))),
    ),
    (
        "delivery/drs:job-1#1/1/sub-1/ended",
        (
            '{"v":3,"record":{"id":"drs:job-1#1/1/sub-1/ended","watch_id":"drs:job-1#1","subscription_id":"sub-1",'
            '"channel":"C1","news":{"is":"ended","state":"failed","percent":67.0,"after_seconds":9000.0,'
            '"phases":[["full",60.5]],"rests":[[67.0,7200.0]],"forecast":{"percent":12.5,"after_seconds":10800.0},'
            '"looks_again":true},"created_at":"2026-03-01T12:00:00Z","seq":4}}'
        ),
        replace(
            news_for(
                new_subscription(new_watch()),
                new_watch(),
                "ended",
                news.Ended(
                    state=TaskState.FAILED,
                    percent=67.0,
                    after_seconds=9000.0,
                    phases=(news.PhaseTime(name="full", seconds=60.5),),
                    rests=(news.RestTime(percent=67.0, seconds=7200.0),),
                    forecast=news.ForecastMade(percent=12.5, after_seconds=10800.0),
                    looks_again=True,
                ),
            ),
            seq=4,
        ),
    ),
    (
        "delivery/drs:job-1#1/1/sub-1/quiet",
        (
            '{"v":3,"record":{"id":"drs:job-1#1/1/sub-1/quiet","watch_id":"drs:job-1#1","subscription_id":"sub-1",'
            '"channel":"C1","news":{"is":"caught-up","since":1772366400.0,"reason":"quiet","missed":['
            '{"is":"reached","milestone":50,"percent":51.0,"after_seconds":60.0,"remaining_seconds":600,'
            '"remaining_most":900,"per_hour":12.5},{"is":"beat","state":"running","percent":51.0,"after_seconds":7200.0},'
            '{"is":"phase","name":"full","seconds":60.5,"next_name":"incremental"},'
            '{"is":"stalled","percent":67.0,"seconds":1800.0},{"is":"moving","percent":67.5,"seconds":7200.0},'
            '{"is":"late","due_at":1772388000.0,"after_seconds":21600.0,"percent":70.0},'
            '{"is":"lag-broken","lag_seconds":90.0,"over":60,"hold":300},'
            '{"is":"lag-good","lag_seconds":5.0,"over":60,"after_seconds":900.0}]},'
            '"created_at":"2026-03-01T12:00:00Z","seq":5,"held_until":"2026-03-01T13:00:00Z"}}'
        ),
        replace(
            news_for(
                new_subscription(new_watch()),
                new_watch(),
                "quiet",
                news.CaughtUp(
                    since=1772366400.0,
                    reason="quiet",
                    missed=(
                        news.Reached(
                            milestone=50,
                            percent=51.0,
                            after_seconds=60.0,
                            remaining_seconds=600,
                            remaining_most=900,
                            per_hour=12.5,
                        ),
                        news.Beat(state=TaskState.RUNNING, percent=51.0, after_seconds=7200.0),
                        news.PhaseDone(name="full", seconds=60.5, next_name="incremental"),
                        news.Stalled(percent=67.0, seconds=1800.0),
                        news.MovingAgain(percent=67.5, seconds=7200.0),
                        news.Late(due_at=1772388000.0, after_seconds=21600.0, percent=70.0),
                        news.LagBroken(lag_seconds=90.0, over=60, hold=300),
                        news.LagGood(lag_seconds=5.0, over=60, after_seconds=900.0),
                    ),
                ),
            ),
            seq=5,
            held_until=NOON + HOUR,
        ),
    ),
    (
        "channel/C1",
        '{"v":3,"record":{"id":"C1","rules":{"milestones":[50],"broadcast":"never"}}}',
        ChannelSettings(id="C1", rules=Rules(milestones=(50,), broadcast=Broadcast.NEVER)),
    ),
    (
        "audit/20260301T120000-ab12",
        (
            '{"v":3,"record":{"id":"20260301T120000-ab12","at":"2026-03-01T12:00:00Z","who":"U1","channel":"C1",'
            '"deed":"set defaults","task":"drs job-1","detail":"at 50 · broadcast never"}}'
        ),
        AuditEntry(
            id="20260301T120000-ab12",
            at=NOON,
            who="U1",
            channel="C1",
            deed=Deed.SET_DEFAULTS,
            task="drs job-1",
            detail="at 50 · broadcast never",
        ),
    ),
]
"""Lines are added here and never changed."""
