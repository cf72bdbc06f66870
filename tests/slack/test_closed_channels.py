"""A channel or the workspace closes to the bot and opens again, over the wire."""

import pytest

from bot.core.wording.thread import MAYBE_REPEATED
from playground.slack import Drop, Refuse
from playground.slack.names import BOT_USER, DATABASES, MIGRATIONS, RANDOM
from providers.base import TaskState
from tests.slack.stage import SetUp, Stage
from tests.usecases.world import plain

POST = "chat.postMessage"
RARELY = 65


async def silent_while_the_task_moves_on(stage: Stage) -> None:
    """Two milestones pass; not even a try is made to post them."""
    posts = stage.posts()
    # While nobody can be told, the task is looked at rarely.
    await stage.reads(60, minutes=RARELY)
    await stage.reads(80, minutes=RARELY)
    assert stage.posts() == posts


async def one_message_says_what_was_missed(stage: Stage, *reason: str) -> None:
    await stage.goes_on()
    (caught_up,) = stage.replies
    for words in ("I could not speak here since", "60 %", "80 %", *reason):
        assert words in caught_up
    assert stage.messages[1]["thread_ts"] == stage.messages[0]["ts"]
    assert "80 %" in plain(stage.messages[0]["text"])


async def the_end_is_told_as_ever(stage: Stage) -> None:
    before = len(stage.replies)
    await stage.reads(100, TaskState.SUCCEEDED)
    (end,) = stage.replies[before:]
    assert "Done in" in end


# --- archived -----------------------------------------------------------------------------------------------------


async def test_an_archived_channel_is_paused_listed_and_told_once_and_goes_on_when_unarchived(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    await stage.hears(lambda: stage.slack.life.archive(MIGRATIONS))
    await silent_while_the_task_moves_on(stage)
    (told,) = stage.told
    await stage.hears(lambda: stage.slack.life.unarchive(MIGRATIONS))

    assert f"I cannot post in <#{MIGRATIONS}>: it was archived" in told
    assert "unarchived" in told
    await one_message_says_what_was_missed(stage, "this channel was archived")
    assert len(stage.told) == 1
    await the_end_is_told_as_ever(stage)


async def test_a_paused_subscription_stands_in_the_list_with_its_reason(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    # Nobody can type in an archived channel, but in one that the bot was removed from.
    await stage.hears(lambda: stage.slack.life.remove_bot(MIGRATIONS))
    listed = await stage.asks("list")
    status = await stage.asks("status job-1")

    assert "silent here since" in listed
    assert "I am not in it any more" in listed
    assert "silent here since" in status


async def test_nothing_missed_is_said_in_one_message_too(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    await stage.hears(lambda: stage.slack.life.archive(MIGRATIONS))
    await stage.hears(lambda: stage.slack.life.unarchive(MIGRATIONS))
    await stage.goes_on()

    (said,) = stage.replies
    assert "Nothing was missed" in said


async def test_a_task_that_ends_while_its_channel_is_archived_says_so_afterwards(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    await stage.hears(lambda: stage.slack.life.archive(MIGRATIONS))
    await stage.reads(60, minutes=RARELY)
    await stage.reads(100, TaskState.SUCCEEDED, minutes=RARELY)

    await stage.hears(lambda: stage.slack.life.unarchive(MIGRATIONS))
    await stage.goes_on()

    caught_up, end = stage.replies
    assert "60 %" in caught_up
    assert "Done in" in end
    assert stage.messages[-1]["subtype"] == "thread_broadcast"
    assert "done after" in plain(stage.messages[0]["text"])


async def test_an_archived_channel_is_found_out_by_a_post_where_the_event_was_missed(set_up: SetUp) -> None:
    stage = await set_up(events=frozenset())
    await stage.follows()
    stage.slack.life.archive(MIGRATIONS)

    await stage.reads(60)
    await silent_while_the_task_moves_on(stage)
    stage.slack.life.unarchive(MIGRATIONS)
    (told,) = stage.told
    await stage.rechecks()

    assert "it was archived" in told
    await one_message_says_what_was_missed(stage)


async def test_without_the_scope_to_look_a_post_tells_whether_the_channel_is_open(set_up: SetUp) -> None:
    stage = await set_up(
        events=frozenset(), scopes=frozenset({"commands", "chat:write", "channels:history", "groups:history"})
    )
    await stage.follows()
    stage.slack.life.archive(MIGRATIONS)
    await stage.reads(60)
    await stage.reads(80)
    tries = stage.posts()
    await stage.rechecks()

    assert stage.replies == []
    assert stage.posts() == tries + 1
    stage.slack.life.unarchive(MIGRATIONS)
    await stage.rechecks()
    await one_message_says_what_was_missed(stage)
    assert len(stage.told) <= 2


async def test_a_card_whose_edit_meets_an_archived_channel_pauses_it(set_up: SetUp) -> None:
    stage = await set_up(events=frozenset())
    await stage.follows()
    stage.slack.life.archive(MIGRATIONS)

    # Below every milestone: only the card has something to show.
    await stage.reads(12)

    (told,) = stage.told
    assert "it was archived" in told


# --- removed, deleted, moved --------------------------------------------------------------------------------------


@pytest.mark.parametrize("private", [False, True])
async def test_a_bot_that_was_removed_goes_on_when_it_is_invited_again(set_up: SetUp, private: bool) -> None:
    stage = await set_up()
    channel = stage.slack.life.create("secret", private=True).id if private else MIGRATIONS
    await stage.follows(channel)

    await stage.hears(lambda: stage.slack.life.remove_bot(channel))
    await stage.reads(60)
    silent = len(stage.shown(channel))
    await stage.hears(lambda: stage.slack.life.invite_bot(channel))
    await stage.goes_on()

    (told,) = stage.told
    assert "/invite @milepost" in told
    assert silent == 1
    said = [plain(one["text"]) for one in stage.shown(channel) if one.get("thread_ts") not in (None, one["ts"])]
    assert ["60 %" in one and "I was not in this channel" in one for one in said] == [True]


async def test_a_removal_that_went_unheard_is_found_out_by_a_post(set_up: SetUp) -> None:
    stage = await set_up(events=frozenset())
    await stage.follows()
    stage.slack.life.remove_bot(MIGRATIONS)

    await stage.reads(60)
    await stage.reads(80)
    (told,) = stage.told
    stage.slack.life.invite_bot(MIGRATIONS)
    await stage.rechecks()

    assert "I am not in it any more" in told
    await one_message_says_what_was_missed(stage, "I was not in this channel")


@pytest.mark.parametrize("heard", [True, False])
async def test_a_message_in_doubt_stays_in_doubt_while_the_bot_is_removed(set_up: SetUp, heard: bool) -> None:
    stage = await set_up() if heard else await set_up(events=frozenset())
    await stage.follows()
    stage.slack.faults.plan(POST, Drop(done=True))
    stage.world.task(100, TaskState.SUCCEEDED)
    await stage.world.poll_later()
    await stage.world.tell()

    # The end stands in the channel, and nobody who looks for it is let in.
    if heard:
        await stage.hears(lambda: stage.slack.life.remove_bot(MIGRATIONS))
    else:
        stage.slack.life.remove_bot(MIGRATIONS)
    await stage.goes_on()
    stage.slack.life.invite_bot(MIGRATIONS)
    await stage.rechecks()
    await stage.rechecks()

    assert ["Done in" in reply for reply in stage.replies].count(True) == 1
    assert len([one for one in stage.messages if one.get("thread_ts", one["ts"]) == one["ts"]]) == 1


async def test_a_card_in_doubt_stays_in_doubt_while_the_bot_is_removed(set_up: SetUp) -> None:
    stage = await set_up(events=frozenset())
    stage.slack.faults.plan(POST, Drop(done=True))
    await stage.asks("subscribe drs job-1")
    stage.slack.life.remove_bot(MIGRATIONS)

    await stage.goes_on()
    stage.slack.life.invite_bot(MIGRATIONS)
    await stage.rechecks()
    await stage.rechecks()

    (card,) = stage.messages
    (followed,) = await stage.world.followed(MIGRATIONS)
    assert followed.subscription.card is not None
    assert followed.subscription.card.ts == card["ts"]


async def test_without_the_history_scope_doubt_outlasts_a_closed_channel_too(set_up: SetUp) -> None:
    stage = await set_up(
        events=frozenset(), scopes=frozenset({"commands", "chat:write", "channels:read", "groups:read"})
    )
    await stage.follows()
    stage.slack.faults.plan(POST, Drop(done=True))
    await stage.reads(100, TaskState.SUCCEEDED)
    stage.slack.messages(MIGRATIONS)
    first = [reply for reply in stage.replies if "Done in" in reply]
    stage.slack.life.remove_bot(MIGRATIONS)

    await stage.goes_on()
    stage.slack.life.invite_bot(MIGRATIONS)
    await stage.rechecks()
    await stage.rechecks()

    ends = [reply for reply in stage.replies if "Done in" in reply]
    assert [MAYBE_REPEATED in end for end in ends] == [False, True]
    assert first


async def test_other_people_who_come_and_go_change_nothing(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    for kind in ("member_joined_channel", "member_left_channel"):
        event = {"type": kind, "user": "U0BOB", "channel": MIGRATIONS, "channel_type": "C", "team": "T0PLAY"}
        await stage.hears(lambda event=event: stage.slack.dispatcher.emit(event))  # type: ignore[misc]

    await stage.reads(60)

    assert stage.told == []
    assert len(stage.replies) == 1


async def test_a_member_left_event_about_the_bot_itself_pauses_too(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    event = {"type": "member_left_channel", "user": BOT_USER, "channel": MIGRATIONS, "channel_type": "C"}

    await stage.hears(lambda: stage.slack.dispatcher.emit(event))

    assert len(stage.told) == 1


async def test_a_deleted_channel_is_told_and_its_subscription_kept(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    await stage.hears(lambda: stage.slack.life.delete(MIGRATIONS))
    await stage.reads(60)
    await stage.rechecks()

    (told,) = stage.told
    assert "it was deleted" in told
    assert "Subscribe in another channel" in told
    (kept,) = await stage.world.store.paused()
    assert kept.subscription.channel == MIGRATIONS
    assert stage.posts() == 1


async def test_a_channel_with_another_id_keeps_its_card_and_thread(set_up: SetUp) -> None:
    stage = await set_up()
    card = await stage.follows()

    await stage.hears(lambda: stage.slack.life.change_id(MIGRATIONS, "C0SHARED"))
    await stage.reads(60)

    reply = stage.shown("C0SHARED")[-1]
    assert reply["thread_ts"] == card["ts"]
    assert "60 %" in plain(reply["text"])
    assert "60 %" in plain(stage.shown("C0SHARED")[0]["text"])
    assert stage.told == []
    assert "job-1" in await stage.asks("list", "C0SHARED")


async def test_one_channel_that_closes_leaves_the_others_alone(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    await stage.follows(DATABASES)

    await stage.hears(lambda: stage.slack.life.archive(MIGRATIONS))
    await stage.reads(60)

    assert len(stage.shown(MIGRATIONS)) == 1
    assert len(stage.shown(DATABASES)) == 2


async def test_a_channel_that_nobody_follows_in_may_do_what_it_likes(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    for act in (stage.slack.life.archive, stage.slack.life.unarchive, stage.slack.life.delete):
        await stage.hears(lambda act=act: act(RANDOM))  # type: ignore[misc]
    await stage.reads(60)

    assert len(stage.replies) == 1
    assert stage.told == []


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["restricted_action", "restricted_action_read_only_channel", "ekm_access_denied", "slack_connect_new_blocked"],
)
async def test_posting_that_is_refused_pauses_and_is_tried_again_now_and_then(set_up: SetUp, code: str) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.faults.plan(POST, Refuse(code=code), times=2, when=lambda call: call["channel"] == MIGRATIONS)

    await stage.reads(60)
    await silent_while_the_task_moves_on(stage)
    listed = await stage.asks("list")
    await stage.rechecks()
    still_silent = stage.replies == []
    await stage.rechecks()

    assert code in listed
    assert still_silent
    (told,) = stage.told
    assert "does not let me post" in told
    await one_message_says_what_was_missed(stage)


async def test_an_owner_who_cannot_be_told_changes_nothing(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    stage.slack.faults.plan(POST, Refuse(code="messages_tab_disabled"), when=lambda call: call["channel"][0] == "U")

    await stage.hears(lambda: stage.slack.life.archive(MIGRATIONS))
    await silent_while_the_task_moves_on(stage)
    await stage.hears(lambda: stage.slack.life.unarchive(MIGRATIONS))

    assert stage.told == []
    await one_message_says_what_was_missed(stage)


# --- the workspace ------------------------------------------------------------------------------------------------


async def test_an_uninstalled_bot_falls_silent_and_goes_on_when_it_is_installed_again(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()

    await stage.hears(stage.slack.life.uninstall)
    await stage.slack.wait_for(lambda: len(stage.slack.deliveries) == 4)
    await stage.events.drain(5)
    await silent_while_the_task_moves_on(stage)
    stage.slack.life.reinstall()
    await stage.world.pauses.workspace_open(at_start=True)

    assert stage.told == []
    await one_message_says_what_was_missed(stage)
    await the_end_is_told_as_ever(stage)


async def test_a_token_that_is_refused_by_a_post_pauses_everything(set_up: SetUp) -> None:
    stage = await set_up(events=frozenset())
    await stage.follows()
    await stage.follows(DATABASES)
    stage.slack.life.revoke_tokens()

    await stage.reads(60)
    calls = len(stage.slack.calls())
    await stage.reads(80)

    assert len(stage.slack.calls()) == calls
    stage.slack.life.reinstall()
    await stage.world.pauses.workspace_open(at_start=True)
    await one_message_says_what_was_missed(stage, "Slack refused my token")


async def test_a_revoked_token_of_a_person_is_no_business_of_the_bot(set_up: SetUp) -> None:
    stage = await set_up()
    await stage.follows()
    event = {"type": "tokens_revoked", "tokens": {"oauth": ["U0BOB"], "bot": []}}

    await stage.hears(lambda: stage.slack.dispatcher.emit(event))
    await stage.reads(60)

    assert len(stage.replies) == 1
