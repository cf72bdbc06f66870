from typing import Any

import pytest
from slack_bolt.response import BoltResponse
from structlog.testing import capture_logs

from bot.slack.duplicates import Duplicates

WENT_ON = BoltResponse(status=299)


async def passes(duplicates: Duplicates, body: dict[str, Any]) -> bool:
    """Whether a payload goes on to its listener; one that does not must be acknowledged."""

    async def on() -> BoltResponse:
        return WENT_ON

    answer = await duplicates(body, on)
    assert answer.status in (299, 200)
    return answer is WENT_ON


async def test_an_event_passes_once() -> None:
    duplicates = Duplicates()
    event = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "channel_archive"}}

    with capture_logs() as logs:
        passed = [await passes(duplicates, event) for _ in range(3)]

    assert passed == [True, False, False]
    assert len(logs) == 2


async def test_a_command_passes_once() -> None:
    duplicates = Duplicates()
    command = {"command": "/milepost", "text": "list", "trigger_id": "1.2.a"}

    assert [await passes(duplicates, dict(command)) for _ in range(2)] == [True, False]


async def test_two_presses_of_one_button_both_pass() -> None:
    duplicates = Duplicates()
    press = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"action_id": "card.refresh", "value": "x"}]}

    first, second, copy = [await passes(duplicates, {**press, "trigger_id": one}) for one in ("1.a", "1.b", "1.b")]

    assert (first, second, copy) == (True, True, False)


async def test_two_events_that_say_the_same_both_pass() -> None:
    duplicates = Duplicates()
    event = {"type": "event_callback", "event": {"type": "channel_archive", "channel": "C1"}}

    assert [await passes(duplicates, {**event, "event_id": one}) for one in ("Ev1", "Ev2")] == [True, True]


@pytest.mark.parametrize("odd", [{}, {"event_id": None}, {"event_id": 7}, {"trigger_id": ["x"]}, {"event_id": ""}])
async def test_what_has_no_id_passes(odd: dict[str, Any]) -> None:
    duplicates = Duplicates()

    assert [await passes(duplicates, odd) for _ in range(2)] == [True, True]


async def test_only_so_many_ids_are_kept_and_the_oldest_go_first() -> None:
    duplicates = Duplicates(remembered=2)
    for name in ("Ev1", "Ev2", "Ev3"):
        await passes(duplicates, {"event_id": name})

    assert not await passes(duplicates, {"event_id": "Ev3"})
    assert not await passes(duplicates, {"event_id": "Ev2"})
    assert await passes(duplicates, {"event_id": "Ev1"})
