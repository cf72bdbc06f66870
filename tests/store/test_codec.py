"""Records are read as they were written, by every version ever released, and what would not come back is refused."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.model import ChannelSettings, Point, Subscription
from bot.core.news import Paused
from bot.core.rules import Rules
from bot.store import codec
from providers.base import TaskKey
from tests.store.recorded import RECORDED
from tests.store.world import entry, new_subscription, new_watch, news_for


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
        ("channel/x", '{"v":2,"record":{"id":"x"}}'),
        ("channel/x", '{"v":3,"record":{"id":"y"}}'),
        ("audit/x", '{"v":2,"record":{"id":"x"}}'),
        ("audit/x", '{"v":3,"record":{"id":"x"}}'),
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

    settings = ChannelSettings(id="C1")
    assert [
        codec.key_of(each) for each in (watch, subscription, delivery, codec.Said(id="a/b"), settings, entry())
    ] == [
        "watch/drs:job-1#1",
        "subscription/sub-1",
        "delivery/drs:job-1#1/1/sub-1/25",
        "said/a/b",
        "channel/C1",
        "audit/0001-a",
    ]


def test_what_nobody_asked_for_takes_no_room() -> None:
    plain = new_subscription(new_watch())

    row = json.loads(codec.encode(plain))["record"]

    assert sorted(row) == ["channel", "created_at", "id", "owner", "watch_id"]


@pytest.mark.parametrize("version", [1, 2])
def test_rules_of_an_older_version_say_what_they_said(version: int) -> None:
    row = '{"id":"s","watch_id":"w","channel":"C1","owner":"U1","created_at":"2026-03-01T12:00:00Z","rules":%s}'

    few, usual = (
        codec.decode("subscription/s", f'{{"v":{version},"record":{row % rules}}}')
        for rules in ('{"milestones":[50]}', "{}")
    )

    assert isinstance(few, Subscription)
    assert isinstance(usual, Subscription)
    assert few.rules == Rules(milestones=(50,))
    assert usual.rules == Rules(milestones=(25, 50, 75, 100))


def test_all_keys_of_a_kind_and_no_others_lie_in_its_range() -> None:
    low, high = codec.range_of(ChannelSettings)

    inside = [low < key < high for key in ("channel/C1", "channel/\U0010ffff", "channel/", "channels", "audit/x", "d")]

    assert inside == [True, True, False, False, False, False]
