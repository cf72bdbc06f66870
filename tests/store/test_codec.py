"""Records are read as they were written, by every version ever released, and what would not come back is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.model import Card, DeliveryState, Pause, PauseReason, Point, Trouble, TroubleKind
from bot.core.news import CardOpened, CaughtUp, Paused, Reached
from bot.store import codec
from providers.base import Phase, TaskKey, TaskSnapshot, TaskState
from tests.store.world import NOON, new_subscription, new_watch, news_for

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
            news_for(new_subscription(new_watch()), new_watch(), "card", CardOpened()),
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
                CaughtUp(
                    since=1772366400.0,
                    reason="archived",
                    missed=(Reached(milestone=25, percent=26.0, after_seconds=60.0), Paused()),
                ),
            ),
            seq=3,
        ),
    ),
    ("said/paused/C1/U1", '{"v":2,"record":{"id":"paused/C1/U1"}}', codec.Said(id="paused/C1/U1")),
]
"""Rows as each released version wrote them; lines are added here and never changed."""


@pytest.mark.parametrize(("key", "text", "record"), RECORDED, ids=[text[:6] + key for key, text, _ in RECORDED])
def test_what_was_ever_written_can_be_read(key: str, text: str, record: codec.Kept) -> None:
    assert codec.decode(key, text) == record
    assert codec.decode(key, text.encode()) == record


@pytest.mark.parametrize(
    "record", [record for _, _, record in RECORDED], ids=[text[:6] + key for key, text, _ in RECORDED]
)
def test_a_row_is_read_as_it_was_written(record: codec.Kept) -> None:
    assert codec.decode(codec.key_of(record), codec.encode(record)) == record


@pytest.mark.parametrize(
    "change",
    [
        {"high": float("nan")},
        {"high": float("inf")},
        {"high": "ninety"},
        {"name": b"bytes"},
        {"name": "lone \ud800 surrogate"},
        {"points": (Point(at=1.0, percent=float("nan")),)},
        {"seen": 1j},
        {"key": TaskKey("\udfff")},
    ],
    ids=str,
)
def test_what_would_not_come_back_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(codec.Unstorable):
        codec.encode(replace(new_watch(), **change))


def test_a_refusal_names_the_place_and_not_the_value() -> None:
    watch = replace(new_watch(), seen="a-secret-of-a-cloud")

    with pytest.raises(codec.Unstorable) as refusal:
        codec.encode(watch)

    assert "$.record.seen" in str(refusal.value)
    assert "a-secret-of-a-cloud" not in str(refusal.value)


@pytest.mark.parametrize("record", [{"id": "x"}, "of another shape", None])
def test_a_row_of_a_newer_version_is_too_new_whatever_its_shape(record: object) -> None:
    with pytest.raises(codec.TooNew):
        codec.decode("watch/x", json.dumps({"v": codec.VERSION + 1, "record": record}))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("watch/x", '{"v":1,"record":{"id":"x"}}'),
        ("watch/x", '{"v":1}'),
        ("watch/x", '{"v":0,"record":{}}'),
        ("watch/x", '{"v":"1","record":{}}'),
        ("watch/x", "[]"),
        ("elephant/x", '{"v":1,"record":{}}'),
        ("nothing", '{"v":1,"record":{}}'),
        ("said/x", '{"v":1,"record":{"id":"x"}}'),
        ("said/x", '{"v":2,"record":{"id":"y"}}'),
        ("watch/other", RECORDED[0][1]),
        ("delivery/drs:job-1#1", RECORDED[0][1]),
    ],
)
def test_what_is_json_but_no_record_is_unreadable(key: str, text: str) -> None:
    with pytest.raises(codec.Unreadable) as refusal:
        codec.decode(key, text)

    assert not isinstance(refusal.value, codec.NotJson | codec.TooNew)


@pytest.mark.parametrize("text", [b"", b"\x80\x04\x95", b'{"v":1,"rec', b'{"v":1,"record":"\xff"}', b"\0" * 50])
def test_what_is_not_json_speaks_of_a_damaged_file(text: bytes) -> None:
    with pytest.raises(codec.NotJson):
        codec.decode("watch/x", text)


def test_each_kind_has_its_own_keys() -> None:
    watch = new_watch()
    subscription = new_subscription(watch)
    delivery = news_for(subscription, watch, "25", Paused())

    assert [codec.key_of(each) for each in (watch, subscription, delivery, codec.Said(id="a/b"))] == [
        "watch/drs:job-1#1",
        "subscription/sub-1",
        "delivery/drs:job-1#1/1/sub-1/25",
        "said/a/b",
    ]
