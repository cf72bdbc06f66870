import asyncio
from datetime import timedelta

import pytest

from bot.core.model import DeliveryState
from bot.core.wording.reasons import cause_words
from bot.ports import Refusal, Refused, RetryLater, Unclear
from providers.base import (
    Absence,
    AccessDenied,
    Likeness,
    ProviderError,
    RateLimited,
    TaskNotFound,
    TaskState,
    Unavailable,
    UnexpectedResponse,
)
from providers.reasons import Reason
from tests.usecases.world import (
    ALICE,
    CHANNEL,
    DOWN,
    NOON,
    OTHER,
    FakeCloud,
    Gate,
    Lost,
    World,
    buttons,
    finished,
    plain,
)


async def test_the_card_is_the_answer_to_subscribing(world: World) -> None:
    world.cloud.names["job-1"] = "orders-db"

    answer = await world.types("subscribe drs job-1")

    card = world.slack.card()
    assert answer == ""
    assert "orders-db" in card.message.text
    assert "10 %" in plain(card.message.text)
    assert buttons(card.message) == ["Refresh", "Mute", "Open console", "…"]
    (followed,) = await world.followed()
    assert followed.subscription.card is not None
    assert followed.subscription.card.ts == card.ts
    assert followed.subscription.owner == ALICE


async def test_the_card_is_written_down_as_being_sent_before_slack_is_called(world: World) -> None:
    gate = Gate()
    world.slack.post_answers.append(gate)

    asking = asyncio.create_task(world.types("subscribe drs job-1"))
    await finished(gate.reached.wait())
    asking.cancel()
    await asyncio.wait([asking])
    await world.restart()

    (followed,) = await world.followed()
    assert followed.subscription.card is None
    (row,) = await world.store.take_deliveries(world.clock.now(), 10)
    assert row.state is DeliveryState.UNKNOWN
    assert row.sending_since == NOON


@pytest.mark.parametrize(
    ("kind", "code", "remedy"),
    [
        (Refusal.CHANNEL_CLOSED, "not_in_channel", "/invite @milepost"),
        (Refusal.CHANNEL_CLOSED, "channel_not_found", "/invite @milepost"),
        (Refusal.CHANNEL_CLOSED, "is_archived", "Use another channel"),
        (Refusal.CHANNEL_CLOSED, "restricted_action_read_only_channel", "Ask an admin"),
        (Refusal.WORKSPACE, "missing_scope", "Ask an admin"),
        (Refusal.THREAD_CLOSED, "thread_not_found", "Ask an admin"),
    ],
)
async def test_where_slack_refuses_the_card_nothing_is_subscribed_and_the_remedy_is_told(
    world: World, kind: Refusal, code: str, remedy: str
) -> None:
    world.slack.closed[CHANNEL] = Refused(kind=kind, code=code)

    answer = await world.types("subscribe drs job-1")

    assert remedy in answer
    assert "Nothing was subscribed" in answer
    assert await world.followed() == []
    assert await world.store.next_due() is None


async def test_a_card_whose_blocks_are_refused_comes_as_plain_text(world: World) -> None:
    world.slack.post_answers.append(Refused(kind=Refusal.PAYLOAD, code="invalid_blocks"))

    answer = await world.types("subscribe drs job-1")

    assert answer == ""
    assert world.slack.card().message.blocks == ()


async def test_a_card_that_is_refused_as_plain_text_too_is_not_subscribed(world: World) -> None:
    world.slack.closed[CHANNEL] = Refused(kind=Refusal.PAYLOAD, code="no_text")

    answer = await world.types("subscribe drs job-1")

    assert "no_text" in answer
    assert len(world.slack.posts) == 2
    assert await world.followed() == []


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (TaskNotFound(Reason.TASK_UNKNOWN), "does not know the task"),
        (TaskNotFound(Reason.TASK_UNKNOWN, absence=Absence.VAGUE), "does not know the task"),
        (AccessDenied(Reason.CREDENTIALS_REFUSED), "refuses me"),
    ],
)
async def test_a_task_that_cannot_be_followed_is_said_at_once_and_nothing_is_posted(
    world: World, reading: ProviderError, said: str
) -> None:
    world.cloud.tasks["job-1"] = reading

    answer = await world.types("subscribe drs job-1")

    assert said in answer
    assert cause_words(reading.cause) in answer
    assert world.slack.posts == []
    assert await world.followed() == []


@pytest.mark.parametrize(
    "reading",
    [
        DOWN,
        RateLimited(Reason.THROTTLED),
        UnexpectedResponse(Reason.NOT_JSON),
        TaskNotFound(Reason.NO_RESULT, absence=Absence.SILENT),
        None,
    ],
)
async def test_a_cloud_that_cannot_tell_now_is_subscribed_and_the_card_waits(
    world: World, reading: ProviderError | None
) -> None:
    if reading is None:
        del world.cloud.tasks["job-1"]
    else:
        world.cloud.tasks["job-1"] = reading

    answer = await world.types("subscribe drs job-1")

    assert answer == ""
    assert "waiting for the first reading" in world.slack.card().message.text
    world.task(30)
    await world.poll_later()
    await world.show()
    assert "30 %" in plain(world.slack.card().message.text)
    assert world.slack.thread() == []


async def test_a_cloud_that_asks_to_wait_at_the_first_look_is_not_asked_before(world: World) -> None:
    world.cloud.tasks["job-1"] = Unavailable(Reason.BUSY, retry_after=600)

    await world.follows()

    due = await world.store.next_due()
    assert due is not None
    assert due >= NOON + timedelta(seconds=600)


async def test_a_task_that_ended_before_gets_its_card_and_nothing_follows(world: World) -> None:
    world.task(100, TaskState.SUCCEEDED)

    answer = await world.types("subscribe drs job-1")

    assert "has ended already" in answer
    assert buttons(world.slack.card().message) == ["Track again", "Open console"]
    assert await world.followed() == []
    await world.poll_later(minutes=60)
    await world.tell_all(times=3)
    assert len(world.cloud.calls) == 1
    assert len(world.slack.messages) == 1


async def test_subscribing_twice_says_so_and_links_the_card(world: World) -> None:
    await world.follows()

    answer = await world.types("subscribe drs job-1")

    assert "follows it already" in answer
    assert world.slack.card().ts.replace(".", "") in answer
    assert len(await world.followed()) == 1


async def test_subscribing_again_with_other_wishes_offers_the_command_that_brings_them(world: World) -> None:
    await world.follows(more="at 50")

    answer = await world.types('subscribe drs job-1 at 50 stall 30m as "orders"')

    offered = answer.splitlines()[-1]
    assert offered == '/milepost edit drs job-1 at 50 stall 30m as "orders"'
    await world.types(offered)
    (followed,) = await world.followed()
    assert (followed.subscription.rules.stall, followed.subscription.label) == (1800, "orders")


async def test_subscribing_again_with_the_same_wishes_offers_nothing(world: World) -> None:
    await world.follows(more="at 50")

    assert "edit" not in await world.types("subscribe drs job-1 at 50")


async def test_two_who_subscribe_one_channel_at_once_make_one_card(world: World) -> None:
    answers = await asyncio.gather(world.types("subscribe drs job-1"), world.types("subscribe drs job-1"))

    assert sorted(bool(answer) for answer in answers) == [False, True]
    assert len(world.slack.cards()) == 1


async def test_two_channels_are_served_by_one_poll(world: World) -> None:
    await world.follows()
    await world.follows(channel=OTHER)
    asked_before = len(world.cloud.calls)

    await world.reads(60)

    assert world.cloud.calls[asked_before:] == [["job-1"]]
    assert len(world.slack.heard(CHANNEL)) == len(world.slack.heard(OTHER)) == 1


async def test_who_joins_a_watch_sees_what_is_known_without_another_call(world: World) -> None:
    await world.follows()
    await world.reads(60)
    asked_before = len(world.cloud.calls)

    await world.follows(channel=OTHER)

    assert len(world.cloud.calls) == asked_before
    assert "60 %" in plain(world.slack.card(OTHER).message.text)
    assert world.slack.thread(OTHER) == []


@pytest.mark.parametrize(
    "answer", [RetryLater(after=3.0), Unclear(code="internal_error"), Lost(Unclear(code="TimeoutError"))]
)
async def test_a_card_that_slack_does_not_take_at_once_comes_later_and_once(
    world: World, answer: RetryLater | Unclear | Lost
) -> None:
    world.slack.post_answers.append(answer)

    said = await world.types("subscribe drs job-1")
    await world.tell_all(times=12)

    assert "it comes as soon as it does" in said
    assert len(world.slack.cards()) == 1
    (followed,) = await world.followed()
    assert followed.subscription.card is not None


async def test_while_slack_asks_to_wait_a_new_card_waits_too(world: World) -> None:
    await world.follows()
    world.slack.post_answers.append(RetryLater(after=60.0, code="ratelimited", throttled=True))
    await world.reads(30)
    posted_before = len(world.slack.posts)

    said = await world.types("subscribe drs job-1", channel=OTHER)

    assert "it comes as soon as it does" in said
    assert len(world.slack.posts) == posted_before
    world.clock.move(seconds=61)
    await world.tell_all(times=3)
    assert len(world.slack.cards(OTHER)) == 1


async def test_the_milestones_and_the_label_are_kept(world: World) -> None:
    subscription = await world.follows(more="at 15,90 as “orders db”")

    await world.reads(20)

    assert subscription.rules.milestones == (15, 90)
    assert "orders db" in world.slack.card().message.text
    assert [heard[:11] for heard in world.slack.heard()] == ["15 % passed"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("subscribe", "which task"),
        ("subscribe drs job-1 at 0", "no milestone"),
        ('subscribe drs job-1 as "', "not closed"),
        ("subscribe dsr job-1", "Did you mean drs?"),
        ("subscribe drs job-1 now please", "I don't understand “now”"),
        ("subscrbe drs job-1", "Did you mean subscribe?"),
        ("subscribe something-odd", "cannot tell which cloud"),
    ],
)
async def test_a_wrong_command_gets_what_is_wrong_and_an_example(world: World, typed: str, said: str) -> None:
    answer = await world.types(typed)

    assert said in answer
    assert "/milepost " in answer
    assert world.slack.posts == []
    assert world.cloud.calls == []


async def test_a_key_of_another_form_is_explained_with_an_example(world: World) -> None:
    world.cloud.prefix = "job-"

    answer = await world.types("subscribe drs 123")

    assert answer.splitlines() == ["A task id is 32 letters and digits.", "Example: /milepost subscribe drs job-1"]


async def test_without_accounts_it_says_what_to_configure(tmp_path_factory: pytest.TempPathFactory) -> None:
    class Nowhere(World):
        @property
        def accounts(self) -> dict[str, FakeCloud]:
            return {}

    world = Nowhere(tmp_path_factory.mktemp("empty"))
    await world.start()

    answers = [await world.types(typed) for typed in ("subscribe drs job-1", "subscribe job-1", "accounts")]

    assert all("No cloud account is configured" in answer for answer in answers)
    await world.stop()


# --- which account is meant ---------------------------------------------------------------------------------------


@pytest.fixture
async def wide(world: World) -> World:
    """Accounts `drs`, `usmc-eu`, `cos-a` and `cos-b`."""
    world.cloud.prefix = "job-"
    for name, kind, prefix in (
        ("usmc-eu", "scloud-usmc", "plan-"),
        ("cos-a", "tencent-cos", "bucket-"),
        ("cos-b", "tencent-cos", "bucket-"),
    ):
        cloud = FakeCloud(kind)
        cloud.prefix = prefix
        world.more_clouds[name] = cloud
    await world.restart()
    return world


@pytest.mark.parametrize("typed", ["usmc-eu", "usmc", "scloud-usmc", "USMC-EU"])
async def test_an_account_is_known_by_name_by_its_beginning_and_by_its_cloud(wide: World, typed: str) -> None:
    wide.more_clouds["usmc-eu"].tasks["plan-1"] = DOWN

    await wide.types(f"subscribe {typed} plan-1")

    (followed,) = await wide.followed()
    assert followed.watch.account == "usmc-eu"


@pytest.mark.parametrize("typed", ["cos", "tencent-cos"])
async def test_where_two_accounts_fit_it_asks_which(wide: World, typed: str) -> None:
    answer = await wide.types(f"subscribe {typed} bucket-1")

    assert answer.splitlines()[1:] == ["/milepost subscribe cos-a bucket-1", "/milepost subscribe cos-b bucket-1"]


async def test_an_account_that_nobody_knows_lists_those_there_are(wide: World) -> None:
    answer = await wide.types("subscribe zzzzzz job-1")

    assert "Accounts here: drs, usmc-eu, cos-a and cos-b." in answer


async def test_a_bare_id_that_is_certainly_of_one_cloud_needs_no_account(wide: World) -> None:
    wide.cloud.likeness = Likeness.CERTAIN

    await wide.types("subscribe job-1")

    (followed,) = await wide.followed()
    assert followed.watch.account == "drs"


async def test_a_bare_id_that_may_be_of_one_cloud_is_asked_about(wide: World) -> None:
    answer = await wide.types("subscribe job-1")

    assert "looks like a task of drs" in answer
    assert "/milepost subscribe drs job-1" in answer
    assert await wide.followed() == []


async def test_a_bare_id_that_is_certainly_of_two_accounts_is_asked_about(wide: World) -> None:
    for cloud in wide.more_clouds.values():
        cloud.likeness = Likeness.CERTAIN

    answer = await wide.types("subscribe bucket-7")

    assert "More than one account" in answer


async def test_a_text_like_no_task_shows_what_ids_look_like(wide: World) -> None:
    answer = await wide.types("subscribe https://example.com/x")

    assert "cannot tell which cloud" in answer
    assert "/milepost subscribe usmc-eu plan-1" in answer
