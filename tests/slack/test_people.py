from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.ports import Person
from bot.slack.people import CHANNELS_SECONDS, GROUP_SECONDS, MISSED_SECONDS, PERSON_SECONDS, SlackPeople
from tests.slack.conftest import HELLO, SmallSlack, hangs_up, raw, says

NO_SCOPE = says({"ok": False, "error": "missing_scope", "needed": "users:read"})


class Seconds:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def people(client: AsyncWebClient, seconds: Seconds) -> SlackPeople:
    return SlackPeople(client, monotonic=seconds)


def user(**more: Any) -> Any:
    return says({"ok": True, "user": {"id": "U0BOB", "tz": "Europe/Berlin", **more}})


def members(*users: str) -> Any:
    return says({"ok": True, "users": list(users)})


@pytest.mark.parametrize("sign", ["is_restricted", "is_ultra_restricted", "is_stranger"])
async def test_who_is_a_guest_and_in_which_zone_is_asked(people: SlackPeople, slack: SmallSlack, sign: str) -> None:
    slack.will(user(is_restricted=False), user(**{sign: True}))

    assert await people.person("U0BOB") == Person(zone="Europe/Berlin", is_guest=False, known=True)
    assert await people.person("U0GUEST") == Person(zone="Europe/Berlin", is_guest=True, known=True)


async def test_a_person_is_remembered_for_a_while(people: SlackPeople, slack: SmallSlack, seconds: Seconds) -> None:
    slack.will(user(), user(tz="Asia/Tokyo"))

    first = await people.person("U0BOB")
    seconds.now += PERSON_SECONDS - 1
    again = await people.person("U0BOB")
    seconds.now += 2
    later = await people.person("U0BOB")

    assert first == again
    assert later.zone == "Asia/Tokyo"
    assert slack.count("users.info") == 2


@pytest.mark.parametrize("answer", [NO_SCOPE, raw("<html>"), says({"ok": True}), says({"ok": True, "user": 7})])
async def test_of_whom_slack_does_not_tell_nothing_is_known_and_it_is_asked_again_later(
    people: SlackPeople, slack: SmallSlack, seconds: Seconds, answer: Any
) -> None:
    slack.will(answer, user())

    unknown = [await people.person("U0BOB") for _ in range(3)]
    seconds.now += MISSED_SECONDS + 1
    known = await people.person("U0BOB")

    assert unknown == [Person()] * 3
    assert known.known
    assert slack.count("users.info") == 2


async def test_a_person_is_in_one_of_several_groups(people: SlackPeople, slack: SmallSlack) -> None:
    slack.will(members("U0ALICE"), members("U0BOB"))

    assert await people.is_in_a_group("U0BOB", ["S1", "S2"]) is True
    assert await people.is_in_a_group("U0CAROL", ["S1", "S2"]) is False
    assert slack.count("usergroups.users.list") == 2


async def test_a_group_is_remembered_for_minutes_only(people: SlackPeople, slack: SmallSlack, seconds: Seconds) -> None:
    slack.will(members("U0BOB"), members())

    before = await people.is_in_a_group("U0BOB", ["S1"])
    seconds.now += GROUP_SECONDS + 1

    assert before is True
    assert await people.is_in_a_group("U0BOB", ["S1"]) is False


async def test_a_group_that_slack_does_not_tell_of_proves_nothing(people: SlackPeople, slack: SmallSlack) -> None:
    slack.will(NO_SCOPE, members("U0ALICE"), says({"ok": True, "users": "all"}))

    assert await people.is_in_a_group("U0BOB", ["S1", "S2"]) is None
    assert await people.is_in_a_group("U0ALICE", ["S1", "S2"]) is True
    assert await people.is_in_a_group("U0BOB", ["S3"]) is None


async def test_a_whisper_is_ephemeral_and_stands_in_its_thread(people: SlackPeople, slack: SmallSlack) -> None:
    slack.will(says({"ok": True}))

    assert await people.whisper(channel="C0ONE", user="U0BOB", message=HELLO, thread_ts="1.000100")
    (method, call) = slack.calls[0]
    assert method == "chat.postEphemeral"
    assert (call["user"], call["thread_ts"], call["parse"]) == ("U0BOB", "1.000100", "none")
    assert call["blocks"] == list(HELLO.blocks)


@pytest.mark.parametrize("channel", ["D0BOB", "U0BOB", "W0BOB"])
async def test_in_direct_messages_it_is_an_ordinary_one(people: SlackPeople, slack: SmallSlack, channel: str) -> None:
    slack.will(says({"ok": True, "ts": "1.2"}))

    assert await people.whisper(channel=channel, user="U0BOB", message=HELLO)
    (method, call) = slack.calls[0]
    assert method == "chat.postMessage"
    assert "user" not in call
    assert call["unfurl_links"] is False


@pytest.mark.parametrize("answer", [says({"ok": False, "error": "is_archived"}), raw("no"), hangs_up])
async def test_a_whisper_that_slack_does_not_take_says_so(people: SlackPeople, slack: SmallSlack, answer: Any) -> None:
    slack.will(answer)

    assert not await people.whisper(channel="C0ONE", user="U0BOB", message=HELLO)


def channels(*ids: str, after: str = "") -> Any:
    told = {"ok": True, "channels": [{"id": one} for one in ids], "response_metadata": {"next_cursor": after}}
    return says(told)


async def test_the_channels_of_a_person_are_asked_page_by_page_and_remembered(
    people: SlackPeople, slack: SmallSlack, seconds: Seconds
) -> None:
    slack.will(channels("C0ONE", after="more"), channels("C0TWO"), channels("C0THREE"))

    first, again = await people.channels_of("U0BOB"), await people.channels_of("U0BOB")
    seconds.now += CHANNELS_SECONDS
    later = await people.channels_of("U0BOB")

    assert first == again == frozenset({"C0ONE", "C0TWO"})
    assert later == frozenset({"C0THREE"})
    assert slack.count("users.conversations") == 3


async def test_where_slack_does_not_tell_where_somebody_is_nothing_is_known(
    people: SlackPeople, slack: SmallSlack
) -> None:
    slack.will(NO_SCOPE, says({"ok": True, "channels": 7}))

    assert await people.channels_of("U0BOB") is None
    assert await people.channels_of("U0CAROL") is None


async def test_where_a_person_is_is_asked_page_by_page(people: SlackPeople, slack: SmallSlack) -> None:
    first = says({"ok": True, "channels": [{"id": "C0ONE"}, 7], "response_metadata": {"next_cursor": "more"}})
    last = says({"ok": True, "channels": [{"id": "C0TWO"}]})
    slack.will(first, last, first, last)

    assert await people.is_in_channel("U0BOB", "C0TWO") is True
    assert await people.is_in_channel("U0BOB", "C0SIX") is False
    assert [call["cursor"] for _, call in slack.calls] == ["", "more"] * 2
    assert {call["user"] for _, call in slack.calls} == {"U0BOB"}


@pytest.mark.parametrize("answer", [NO_SCOPE, raw("<html>"), says({"ok": True}), hangs_up])
async def test_where_slack_does_not_tell_a_person_may_be_anywhere(
    people: SlackPeople, slack: SmallSlack, answer: Any
) -> None:
    slack.will(answer)

    assert await people.is_in_channel("U0BOB", "C0ONE") is None


@pytest.mark.parametrize("sign", ["deleted", "is_bot"])
async def test_a_deactivated_account_and_an_app_are_nobody(people: SlackPeople, slack: SmallSlack, sign: str) -> None:
    slack.will(user(**{sign: True}))

    assert (await people.person("U0BOB")).is_nobody
