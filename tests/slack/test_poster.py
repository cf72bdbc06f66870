import asyncio
import json
import socket

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.message import Message
from bot.core.text import Mrkdwn
from bot.ports import Blind, FindResult, Found, Missing, PostResult, Refusal, Refused, RetryLater, Sent, Shut, Unclear
from bot.slack.poster import SlackPoster
from bot.slack.session import make_client
from tests.slack.conftest import HELLO, ID, NOW, TOKEN, Answer, SmallSlack, hangs_up, never, raw, says

SENT = says({"ok": True, "channel": "C0ONE", "ts": "1.5", "message": {"text": "50 %", "thread_ts": "1.2"}})


async def post(poster: SlackPoster, *, thread_ts: str | None = "1.2", broadcast: bool = False) -> PostResult:
    return await poster.post(channel="C0ONE", message=HELLO, delivery_id=ID, thread_ts=thread_ts, broadcast=broadcast)


# --- posting ------------------------------------------------------------------------------------------------------


async def test_a_reply_carries_its_delivery_id_and_unfurls_nothing(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(SENT)

    result = await post(poster, broadcast=True)

    assert result == Sent(ts="1.5", thread_ts="1.2")
    ((method, sent),) = slack.calls
    assert method == "chat.postMessage"
    assert sent == {
        "channel": "C0ONE",
        "text": "50 %",
        "blocks": [dict(block) for block in HELLO.blocks],
        "parse": "none",
        "unfurl_links": False,
        "unfurl_media": False,
        "metadata": {"event_type": "milepost_delivery", "event_payload": {"delivery": ID}},
        "thread_ts": "1.2",
        "reply_broadcast": True,
    }


async def test_a_card_is_posted_in_no_thread(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(says({"ok": True, "ts": "1.5", "message": {}}))

    result = await post(poster, thread_ts=None, broadcast=True)

    assert result == Sent(ts="1.5")
    assert not {"thread_ts", "reply_broadcast"} & slack.calls[0][1].keys()


async def test_a_message_of_text_alone_sends_no_blocks(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(SENT)

    await poster.post(channel="C0ONE", message=Message(text=Mrkdwn("50 %")), delivery_id=ID)

    assert "blocks" not in slack.calls[0][1]


async def test_an_edit_sends_the_whole_card_and_links_nothing(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(says({"ok": True, "ts": "1.2"}))

    result = await poster.edit(channel="C0ONE", ts="1.2", message=HELLO)

    assert result == Sent(ts="1.2")
    ((method, sent),) = slack.calls
    assert method == "chat.update"
    assert sent == {
        "channel": "C0ONE",
        "ts": "1.2",
        "text": "50 %",
        "blocks": [dict(block) for block in HELLO.blocks],
        "parse": "none",
    }


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (
            says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="17"),
            RetryLater(after=17.0, code="ratelimited", throttled=True),
        ),
        (raw("slow down", status=429), RetryLater(after=30.0, code="ratelimited", throttled=True)),
        (
            says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="soon"),
            RetryLater(after=30.0, code="ratelimited", throttled=True),
        ),
        (
            says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="-5"),
            RetryLater(after=30.0, code="ratelimited", throttled=True),
        ),
        (says({"ok": False, "error": "is_archived"}), Refused(kind=Refusal.CHANNEL_CLOSED, code="is_archived")),
        (
            says({"ok": False, "error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] /blocks/0"]}}),
            Refused(kind=Refusal.PAYLOAD, code="invalid_blocks", detail="[ERROR] /blocks/0"),
        ),
        (
            says({"ok": False, "error": "missing_scope", "needed": "chat:write", "provided": "commands"}),
            Refused(kind=Refusal.WORKSPACE, code="missing_scope", detail="needs the scope chat:write, has commands"),
        ),
        (says({"ok": False, "error": "internal_error"}), Unclear(code="internal_error")),
        (says({"ok": False}), Unclear(code="http_200")),
        (says({"ok": False, "error": 7, "response_metadata": "x"}), Unclear(code="http_200")),
        (says({"ok": False, "error": "service_unavailable"}, status=503), Unclear(code="service_unavailable")),
        (raw("<h1>Bad gateway</h1>", status=502), Unclear(code="http_502")),
        (raw("<h1>Maintenance</h1>"), Unclear(code="http_200")),
    ],
)
async def test_what_slack_answers_is_told_as_it_is(
    slack: SmallSlack, poster: SlackPoster, answer: Answer, result: PostResult
) -> None:
    slack.will(answer)

    assert await post(poster) == result
    assert slack.count("chat.postMessage") == 1


@pytest.mark.parametrize(
    "answer",
    [
        raw('{"ok": tru', content_type="application/json"),
        raw("", content_type="application/json"),
        raw("ok", content_type="text/plain"),
        raw("upstream connect error", status=503, content_type="text/plain"),
        raw("{}", content_type="application/gzip"),
        says([1, 2, 3]),
        says(None),
        says("ok"),
        says({"ok": True}),
        says({"ok": True, "ts": 7}),
        says({"ok": True, "ts": None, "message": []}),
        hangs_up,
    ],
)
async def test_an_answer_that_says_nothing_leaves_it_unclear_and_is_not_asked_twice(
    slack: SmallSlack, poster: SlackPoster, answer: Answer
) -> None:
    slack.will(answer, SENT)

    result = await post(poster)

    assert isinstance(result, Unclear)
    assert slack.count("chat.postMessage") == 1


async def test_an_answer_that_does_not_come_leaves_it_unclear(
    slack: SmallSlack, session: aiohttp.ClientSession
) -> None:
    slack.will(never)
    hasty = make_client(session, token=TOKEN, api_url=slack.url, patience=0)

    result = await post(SlackPoster(hasty))

    assert result == Unclear(code="TimeoutError")


async def test_where_no_connection_is_made_it_was_surely_not_done(session: aiohttp.ClientSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = make_client(session, token=TOKEN, api_url=f"http://127.0.0.1:{taken.getsockname()[1]}/api/")

        result = await post(SlackPoster(nobody))

    assert isinstance(result, RetryLater)
    assert not result.throttled


async def test_a_stop_is_not_taken_for_an_answer(slack: SmallSlack, poster: SlackPoster) -> None:
    reached = asyncio.Event()

    async def comes_in(request: web.Request) -> web.StreamResponse:
        reached.set()
        return await never(request)

    slack.will(comes_in)
    posting = asyncio.create_task(post(poster))
    await reached.wait()

    posting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await posting


def test_a_client_that_sends_twice_by_itself_is_refused() -> None:
    with pytest.raises(ValueError, match="retry_handlers"):
        SlackPoster(AsyncWebClient(TOKEN))


# --- looking up ---------------------------------------------------------------------------------------------------


def found(ts: str = "1.7", delivery: object = ID) -> dict[str, object]:
    return {"ts": ts, "metadata": {"event_type": "milepost_delivery", "event_payload": {"delivery": delivery}}}


async def look(poster: SlackPoster, *, thread_ts: str | None = "1.2") -> FindResult:
    return await poster.find(channel="C0ONE", thread_ts=thread_ts, delivery_id=ID, since=NOW)


async def test_a_reply_is_looked_up_in_its_thread_from_then_on(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(says({"ok": True, "messages": [{"ts": "1.2"}, found()]}))

    assert await look(poster) == Found(ts="1.7")
    ((method, asked),) = slack.calls
    assert method == "conversations.replies"
    assert (asked["channel"], asked["ts"], asked["include_all_metadata"]) == ("C0ONE", "1.2", "1")
    assert float(asked["oldest"]) == NOW.timestamp() < float(asked["latest"])


async def test_a_card_is_looked_up_in_its_channel(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(says({"ok": True, "messages": [found()]}))

    assert await look(poster, thread_ts=None) == Found(ts="1.7")
    assert slack.calls[0][0] == "conversations.history"


async def test_what_is_on_the_second_page_is_found(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(
        says({"ok": True, "messages": [found(delivery="other")], "response_metadata": {"next_cursor": "more"}}),
        says({"ok": True, "messages": [found()]}),
    )

    assert await look(poster) == Found(ts="1.7")
    assert slack.calls[1][1]["cursor"] == "more"


async def test_what_is_on_no_page_is_missing(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(
        says({"ok": True, "messages": [{"ts": "1.2"}], "response_metadata": {"next_cursor": "more"}}),
        says({"ok": True, "messages": [], "response_metadata": {"next_cursor": ""}}),
    )

    assert await look(poster) == Missing()


async def test_a_place_that_is_too_long_to_read_is_not_taken_for_empty(slack: SmallSlack, poster: SlackPoster) -> None:
    page = says({"ok": True, "messages": [], "response_metadata": {"next_cursor": "more"}})
    slack.will(*[page] * 50)

    assert await look(poster) == Blind(for_good=False)
    assert len(slack.calls) <= 10


@pytest.mark.parametrize(
    "odd",
    [
        None,
        "text",
        7,
        {"metadata": None},
        {"metadata": []},
        {"metadata": {"event_payload": None}},
        {"metadata": {"event_payload": "x"}},
        {"metadata": {"event_payload": {"delivery": [str(ID)]}}},
        found(delivery=None),
        {**found(), "ts": None},
        {"metadata": found()["metadata"]},
    ],
)
async def test_messages_of_odd_shape_are_passed_over(slack: SmallSlack, poster: SlackPoster, odd: object) -> None:
    slack.will(says({"ok": True, "messages": [odd, found()]}))

    assert await look(poster) == Found(ts="1.7")


@pytest.mark.parametrize("messages", [None, {}, "x", 3])
async def test_a_list_that_is_none_holds_nothing(slack: SmallSlack, poster: SlackPoster, messages: object) -> None:
    slack.will(says({"ok": True, "messages": messages, "response_metadata": []}))

    assert await look(poster) == Missing()


# Who may post everywhere may do so where it is no member, and never read there.
NEVER = Blind(for_good=True)
PRIVATE = Shut(code="channel_not_found")


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (says({"ok": False, "error": "missing_scope"}), Blind(for_good=True)),
        (says({"ok": False, "error": "not_in_channel"}), Shut(code="not_in_channel")),
        (says({"ok": False, "error": "channel_not_found"}), Shut(code="channel_not_found")),
        (says({"ok": False, "error": "not_in_channel"}, X_OAuth_Scopes="chat:write,chat:write.public"), NEVER),
        (says({"ok": False, "error": "channel_not_found"}, X_OAuth_Scopes="chat:write.public"), PRIVATE),
        (says({"ok": False, "error": "thread_not_found"}), Missing()),
        (says({"ok": False, "error": "internal_error"}), Blind(for_good=False)),
        (says({"ok": False, "error": "invalid_auth"}), Blind(for_good=False)),
        (says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="3"), Blind(for_good=False, after=3.0)),
        (raw("<h1>Bad gateway</h1>", status=502), Blind(for_good=False)),
        (raw("ok", content_type="text/plain"), Blind(for_good=False)),
        (says([]), Blind(for_good=False)),
        (hangs_up, Blind(for_good=False)),
    ],
)
async def test_what_cannot_be_read_is_told_from_what_is_not_there(
    slack: SmallSlack, poster: SlackPoster, answer: Answer, result: FindResult
) -> None:
    slack.will(answer)

    assert await look(poster) == result


# --- whether a channel is open ------------------------------------------------------------------------------------


def channel(**fields: object) -> Answer:
    return says({"ok": True, "channel": {"id": "C0ONE", "is_member": True, "is_archived": False, **fields}})


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [
        (channel(), True),
        (channel(is_archived=True), False),
        (channel(is_member=False), False),
        (channel(is_member=None), False),
        (channel(is_im=True, is_member=None), True),
        (says({"ok": False, "error": "channel_not_found"}), False),
        (says({"ok": False, "error": "missing_scope", "needed": "channels:read"}), True),
        (says({"ok": False, "error": "invalid_auth"}), False),
        (says({"ok": False, "error": "ratelimited"}, status=429, Retry_After="3"), False),
        (says({"ok": True}), False),
        (says([]), False),
        (raw("<h1>Bad gateway</h1>", status=502), False),
        (hangs_up, False),
    ],
)
async def test_a_channel_is_open_where_slack_says_so_or_may_not_be_asked(
    slack: SmallSlack, poster: SlackPoster, answer: Answer, is_open: bool
) -> None:
    slack.will(answer)

    assert await poster.can_post(channel="C0ONE") is is_open


# --- the address of a message -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (says({"ok": True, "permalink": "https://example.slack.com/p1"}), "https://example.slack.com/p1"),
        (says({"ok": True}), None),
        (says({"ok": True, "permalink": 3}), None),
        (says({"ok": False, "error": "message_not_found"}), None),
        (raw("ok", content_type="text/plain"), None),
        (hangs_up, None),
    ],
)
async def test_the_address_of_a_message_is_nice_to_have(
    slack: SmallSlack, poster: SlackPoster, answer: Answer, address: str | None
) -> None:
    slack.will(answer)

    assert await poster.permalink(channel="C0ONE", ts="1.2") == address


async def test_the_token_is_in_no_result(slack: SmallSlack, poster: SlackPoster) -> None:
    slack.will(says({"ok": False, "error": "invalid_auth"}), raw(json.dumps({"token": 1}), status=500), hangs_up)

    results = [repr(await post(poster)) for _ in range(3)]

    assert not any(TOKEN in result for result in results)
