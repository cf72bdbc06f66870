import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack.names import ALICE, BOT_USER, MIGRATIONS

DIVIDER = [{"type": "divider", "block_id": "d"}]


async def test_replies_are_counted_on_their_parent(playground: Playground, client: AsyncWebClient) -> None:
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card)
    theirs = await playground.slack.say(ALICE, MIGRATIONS, "nice", thread_ts=card)

    parent = playground.slack.thread(MIGRATIONS, card)[0]
    assert (parent["reply_count"], parent["latest_reply"], parent["thread_ts"]) == (2, theirs, card)
    assert parent["reply_users"] == [BOT_USER, ALICE]


async def test_a_broadcast_reply_stands_in_the_channel_and_another_does_not(client: AsyncWebClient) -> None:
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    quiet = (await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card))["ts"]
    await client.chat_postMessage(channel=MIGRATIONS, text="done", thread_ts=card, reply_broadcast=True)

    before = await client.conversations_history(channel=MIGRATIONS)
    await client.api_call("chat.update", json={"channel": MIGRATIONS, "ts": quiet, "reply_broadcast": True})
    after = await client.conversations_history(channel=MIGRATIONS)

    assert [message["text"] for message in before["messages"]] == ["done", "card"]
    assert before["messages"][0]["subtype"] == "thread_broadcast"
    assert [message["text"] for message in after["messages"]] == ["done", "25 %", "card"]


async def test_standard_markdown_is_posted_as_its_block(playground: Playground, client: AsyncWebClient) -> None:
    await client.api_call("chat.postMessage", json={"channel": MIGRATIONS, "markdown_text": "**hi**"})

    assert playground.slack.messages(MIGRATIONS)[0]["blocks"][0] == {
        "type": "markdown",
        "text": "**hi**",
        "block_id": "markdown",
    }


async def test_an_edit_of_metadata_alone_keeps_the_rest_and_empty_blocks_are_dropped(
    playground: Playground, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "card", "event_payload": {"n": 1, "tags": ["a"]}}
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card", blocks=DIVIDER))["ts"]

    await client.api_call("chat.update", json={"channel": MIGRATIONS, "ts": card, "metadata": metadata})
    first = playground.slack.messages(MIGRATIONS)[0]
    await client.chat_update(channel=MIGRATIONS, ts=card, text="plain", blocks=[])
    second = playground.slack.messages(MIGRATIONS)[0]

    assert (first["text"], first["blocks"], first["metadata"]) == ("card", DIVIDER, metadata)
    assert (second["text"], "blocks" in second, second["metadata"]) == ("plain", False, metadata)


async def test_timestamps_are_unique_and_increasing_while_the_clock_stands_still(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=MIGRATIONS, text="x"))["ts"] for _ in range(5)]

    assert len(set(stamps)) == 5
    assert stamps == sorted(stamps)
    assert all(len(stamp.partition(".")[2]) == 6 for stamp in stamps)


async def test_only_an_edit_of_text_alone_is_marked_and_drops_the_blocks(
    playground: Playground, client: AsyncWebClient
) -> None:
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="10 %", blocks=DIVIDER))["ts"]

    await client.chat_update(channel=MIGRATIONS, ts=card, text="20 %", blocks=DIVIDER)
    assert "edited" not in playground.slack.messages(MIGRATIONS)[0]

    await client.chat_update(channel=MIGRATIONS, ts=card, text="30 %")
    assert playground.slack.messages(MIGRATIONS)[0]["edited"]["user"] == BOT_USER
    assert "blocks" not in playground.slack.messages(MIGRATIONS)[0]


async def test_metadata_is_kept_by_edits_removed_on_wish_and_read_back_in_full_only_when_asked(
    playground: Playground, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "milepost_delivery", "event_payload": {"delivery_id": "d1"}}
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    reply = (await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card, metadata=metadata))["ts"]
    await client.chat_update(channel=MIGRATIONS, ts=reply, text="25 %!")

    short = await client.conversations_replies(channel=MIGRATIONS, ts=card)
    full = await client.conversations_replies(channel=MIGRATIONS, ts=card, include_all_metadata=True)
    await client.chat_update(channel=MIGRATIONS, ts=reply, text="25 %", metadata={})

    assert short["messages"][1]["metadata"] == {"event_type": "milepost_delivery"}
    assert full["messages"][1]["metadata"] == metadata
    assert "metadata" not in playground.slack.thread(MIGRATIONS, card)[1]


async def test_history_can_be_narrowed_and_paged(client: AsyncWebClient) -> None:
    stamps = [(await client.chat_postMessage(channel=MIGRATIONS, text=str(n)))["ts"] for n in range(5)]

    async def texts(**window: object) -> list[str]:
        answer = await client.api_call("conversations.history", params={"channel": MIGRATIONS, **window})
        return [message["text"] for message in answer["messages"]]

    assert await texts(oldest=stamps[1], latest=stamps[3]) == ["2"]
    assert await texts(oldest=stamps[1], latest=stamps[3], inclusive="true") == ["3", "2", "1"]
    page = await client.conversations_history(channel=MIGRATIONS, limit=2)
    cursor = page["response_metadata"]["next_cursor"]
    assert page["has_more"]
    assert await texts(limit=10, cursor=cursor) == ["2", "1", "0"]


async def test_a_deleted_parent_leaves_a_tombstone_and_its_thread_takes_no_more_replies(
    playground: Playground, client: AsyncWebClient
) -> None:
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    reply = (await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card))["ts"]

    await client.chat_delete(channel=MIGRATIONS, ts=card)
    answer = await client.api_call("chat.getPermalink", params={"channel": MIGRATIONS, "message_ts": reply})

    assert [message.get("subtype") for message in playground.slack.messages(MIGRATIONS)] == ["tombstone", None]
    with pytest.raises(SlackApiError, match="thread_not_found"):
        await client.chat_postMessage(channel=MIGRATIONS, text="50 %", thread_ts=card)
    assert answer["permalink"].endswith(f"?thread_ts={card}&cid={MIGRATIONS}")


async def test_a_deleted_reply_is_no_longer_counted(playground: Playground, client: AsyncWebClient) -> None:
    card = (await client.chat_postMessage(channel=MIGRATIONS, text="card"))["ts"]
    reply = (await client.chat_postMessage(channel=MIGRATIONS, text="25 %", thread_ts=card))["ts"]

    await client.chat_delete(channel=MIGRATIONS, ts=reply)

    assert "reply_count" not in playground.slack.messages(MIGRATIONS)[0]
    assert "thread_ts" not in playground.slack.messages(MIGRATIONS)[0]


async def test_a_message_to_a_person_opens_direct_messages_that_only_they_see(
    playground: Playground, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel=ALICE, text="psst")
    opened = await client.conversations_open(users=ALICE)

    assert posted["channel"] == opened["channel"]["id"]
    assert posted["channel"] in playground.slack.state(ALICE)["messages"]
    assert posted["channel"] not in playground.slack.state("U0BOB")["messages"]


async def test_channels_people_and_the_team_can_be_looked_up(client: AsyncWebClient) -> None:
    listed = await client.conversations_list()
    joined = await client.users_conversations()
    person = await client.users_info(user=ALICE, include_locale=True)
    team = await client.team_info()
    channel = await client.conversations_info(channel=MIGRATIONS)

    assert [one["name"] for one in listed["channels"]] == ["migrations", "databases", "random"]
    assert [one["name"] for one in joined["channels"]] == ["migrations", "databases"]
    assert (person["user"]["name"], person["user"]["locale"]) == ("alice", "en-US")
    assert team["team"]["name"] == "Playground"
    assert channel["channel"]["is_member"]
