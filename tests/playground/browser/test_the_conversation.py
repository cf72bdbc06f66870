"""What is said in a channel and in its threads, as people see it."""

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from tests.playground.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CHANNEL = "C0MIGRATE"


def card(percent: int) -> list[dict[str, object]]:
    """A card like the bot's: a title, a bar, a button."""
    return [
        {"type": "header", "text": {"type": "plain_text", "text": "orders-db"}},
        {"type": "section", "text": {"type": "mrkdwn", "text": f"*{percent} %* done"}},
        {
            "type": "actions",
            "block_id": f"at-{percent}",
            "elements": [
                {
                    "type": "button",
                    "action_id": "refresh",
                    "value": str(percent),
                    "text": {"type": "plain_text", "text": "Refresh"},
                }
            ],
        },
    ]


async def test_what_one_person_types_the_other_reads(visit: Visitor) -> None:
    alice, bob = await visit(user="U0ALICE"), await visit(user="U0BOB")

    await alice.composer.fill("The *plan* is ready")
    await alice.composer.press("Enter")

    await expect(bob.message("The plan is ready").locator("strong")).to_have_text("plan")
    await expect(bob.message("The plan is ready").locator(".author")).to_have_text("Alice")
    await expect(alice.composer).to_have_value("")


async def test_shift_enter_begins_a_line_and_does_not_send(visit: Visitor) -> None:
    alice = await visit()

    await alice.composer.fill("one")
    await alice.composer.press("Shift+Enter")
    await alice.composer.press_sequentially("two")
    await expect(alice.composer).to_have_value("one\ntwo")
    await alice.composer.press("Enter")

    await expect(alice.message("one").locator("br")).to_have_count(1)


async def test_an_edit_changes_the_card_in_place_and_keeps_focus_and_scroll(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    for number in range(40):
        await playground.slack.say("U0BOB", CHANNEL, f"line {number}")
    posted = await bot.chat_postMessage(channel=CHANNEL, text="46 %", blocks=card(46))
    for number in range(40):
        await playground.slack.say("U0BOB", CHANNEL, f"later {number}")
    alice = await visit()
    shown = alice.message("orders-db")
    await shown.scroll_into_view_if_needed()
    await shown.get_by_role("button", name="Refresh").focus()
    await shown.evaluate("node => { window.kept = [node, node.querySelector('.block-header')]; }")
    before = await shown.bounding_box()

    await bot.chat_update(channel=CHANNEL, ts=posted["ts"], text="47 %", blocks=card(47))

    await expect(shown).to_contain_text("47 % done")
    await expect(shown.get_by_role("button", name="Refresh")).to_be_focused()
    assert await shown.evaluate("node => kept[0] === node && kept[1] === node.querySelector('.block-header')")
    assert await shown.bounding_box() == before


async def test_the_log_follows_its_end_only_while_one_reads_there(visit: Visitor, playground: Playground) -> None:
    for number in range(60):
        await playground.slack.say("U0BOB", CHANNEL, f"line {number}")
    alice = await visit()
    await expect(alice.message("line 59")).to_be_in_viewport()
    await playground.slack.say("U0BOB", CHANNEL, "newest at the end")
    await expect(alice.message("newest at the end")).to_be_in_viewport()

    await alice.message("line 0").first.scroll_into_view_if_needed()
    await playground.slack.say("U0BOB", CHANNEL, "said while one reads above")

    await expect(alice.message("said while one reads above")).to_be_attached()
    await expect(alice.message("line 0").first).to_be_in_viewport()
    await expect(alice.message("said while one reads above")).not_to_be_in_viewport()


async def test_a_thread_opens_beside_its_card_and_takes_a_reply(visit: Visitor, bot: AsyncWebClient) -> None:
    parent = await bot.chat_postMessage(channel=CHANNEL, text="orders-db")
    await bot.chat_postMessage(channel=CHANNEL, text="25 % after 3 min", thread_ts=parent["ts"])
    await bot.chat_postMessage(channel=CHANNEL, text="50 % after 6 min", thread_ts=parent["ts"])
    alice = await visit()
    await expect(alice.message("25 % after 3 min")).to_have_count(0)

    await alice.message("orders-db").get_by_role("button", name="2 replies").click()
    await alice.thread.get_by_label("Reply", exact=True).fill("thanks")
    await alice.thread.get_by_label("Reply", exact=True).press("Enter")

    await expect(alice.thread.get_by_role("article")).to_contain_text(
        ["orders-db", "25 % after 3 min", "50 % after 6 min", "thanks"]
    )
    await expect(alice.message("orders-db")).to_contain_text("3 replies")
    await alice.thread.get_by_role("button", name="Close thread").click()
    await expect(alice.thread).to_be_hidden()


async def test_a_broadcast_stands_in_the_channel_and_leads_to_its_thread(visit: Visitor, bot: AsyncWebClient) -> None:
    parent = await bot.chat_postMessage(channel=CHANNEL, text="orders-db at 100 %")
    await bot.chat_postMessage(
        channel=CHANNEL, text="Done in 1 h 23 min.", thread_ts=parent["ts"], reply_broadcast=True
    )
    alice = await visit()

    shown = alice.message("Done in 1 h 23 min.")
    await expect(shown).to_contain_text("replied to a thread")
    await shown.get_by_role("button", name="orders-db at 100 %").click()

    await expect(alice.thread).to_contain_text("Also sent to the channel")
    await bot.chat_update(channel=CHANNEL, ts=parent["ts"], text="orders-db done")
    await expect(shown.get_by_role("button", name="orders-db done")).to_be_visible()


async def test_a_private_answer_is_seen_by_its_person_alone(visit: Visitor, bot: AsyncWebClient) -> None:
    alice, bob = await visit(user="U0ALICE"), await visit(user="U0BOB")

    await bot.chat_postEphemeral(channel=CHANNEL, user="U0ALICE", text="for Alice")
    await bot.chat_postMessage(channel=CHANNEL, text="for everybody")

    await expect(alice.message("for Alice")).to_contain_text("Only visible to you")
    await expect(bob.message("for everybody")).to_be_visible()
    await expect(bob.message("for Alice")).to_have_count(0)
    await alice.message("for Alice").get_by_role("button", name="Dismiss message").click()
    await expect(alice.message("for Alice")).to_have_count(0)


async def test_one_page_can_look_as_the_other_person(visit: Visitor, bot: AsyncWebClient) -> None:
    await bot.chat_postEphemeral(channel=CHANNEL, user="U0ALICE", text="for Alice")
    visitor = await visit(user="U0ALICE")
    await expect(visitor.message("for Alice")).to_be_visible()

    await visitor.page.get_by_role("radio", name="Bob").click()
    await expect(visitor.message("for Alice")).to_have_count(0)
    await visitor.composer.fill("Bob speaks")
    await visitor.composer.press("Enter")

    await expect(visitor.message("Bob speaks").locator(".author")).to_have_text("Bob")


async def test_a_message_elsewhere_marks_its_channel(visit: Visitor, playground: Playground) -> None:
    alice = await visit()
    databases = alice.page.get_by_role("button", name="databases")

    await playground.slack.say("U0BOB", "C0DATABASE", "replica is late")
    await expect(databases).to_have_class("side-row unread")
    await databases.click()

    await expect(alice.message("replica is late")).to_be_visible()
    await expect(databases).to_have_class("side-row")


async def test_a_button_press_asks_where_the_app_wants_it_asked(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    button = {
        "type": "button",
        "action_id": "stop",
        "style": "danger",
        "text": {"type": "plain_text", "text": "Stop"},
        "confirm": {
            "title": {"type": "plain_text", "text": "Stop watching?"},
            "text": {"type": "plain_text", "text": "Nothing more is said."},
            "confirm": {"type": "plain_text", "text": "Yes, stop"},
            "deny": {"type": "plain_text", "text": "Keep"},
        },
    }
    await bot.chat_postMessage(channel=CHANNEL, text="card", blocks=[{"type": "actions", "elements": [button]}])
    alice = await visit()
    stop = alice.chat.get_by_role("button", name="Stop")

    await stop.click()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    assert playground.slack.errors == []
    await stop.click()
    await alice.page.get_by_role("dialog").get_by_role("button", name="Yes, stop").click()

    # No bot is there to answer, and the person is told.
    await expect(alice.page.get_by_role("alert")).to_contain_text("Milepost did not answer")


async def test_an_overflow_menu_opens_by_keys_and_returns_to_its_button(visit: Visitor, bot: AsyncWebClient) -> None:
    options = [{"text": {"type": "plain_text", "text": word}, "value": word} for word in ("Mute", "Stop")]
    menu = {"type": "overflow", "action_id": "more", "options": options}
    text = {"type": "plain_text", "text": "orders-db"}
    await bot.chat_postMessage(
        channel=CHANNEL, text="card", blocks=[{"type": "section", "text": text, "accessory": menu}]
    )
    alice = await visit()
    more = alice.chat.get_by_role("button", name="More actions")

    await more.focus()
    await more.press("Enter")
    await alice.page.get_by_role("menuitem", name="Mute").press("ArrowDown")
    await expect(alice.page.get_by_role("menuitem", name="Stop")).to_be_focused()
    await alice.page.keyboard.press("Escape")

    await expect(alice.page.get_by_role("menu")).to_have_count(0)
    await expect(more).to_be_focused()


async def test_a_page_that_lost_its_connection_catches_up(visit: Visitor, playground: Playground) -> None:
    alice = await visit()
    await alice.page.route("**/control/state*", lambda route: route.abort())
    playground.hub.close()
    await expect(alice.page.get_by_text("The playground does not answer")).to_be_visible()

    await playground.slack.say("U0BOB", CHANNEL, "said meanwhile")
    await alice.page.unroute("**/control/state*")

    await expect(alice.message("said meanwhile")).to_be_visible()
    await expect(alice.page.get_by_text("The playground does not answer")).to_be_hidden()


async def test_an_absent_bot_can_be_invited_from_the_notice(visit: Visitor) -> None:
    alice = await visit()
    await alice.page.get_by_role("button", name="random").click()

    await alice.page.get_by_role("button", name="/invite @milepost").click()
    await expect(alice.composer).to_have_value("/invite @milepost")
    await alice.composer.press("Enter")

    await expect(alice.message("has joined the channel")).to_be_visible()
    await expect(alice.page.get_by_text("is not in this channel")).to_have_count(0)


async def test_a_permalink_leads_to_its_message_on_this_page(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    card_message = await bot.chat_postMessage(channel=CHANNEL, text="the card")
    link = await bot.chat_getPermalink(channel=CHANNEL, message_ts=card_message["ts"])
    for number in range(60):
        await playground.slack.say("U0BOB", CHANNEL, f"line {number}")
    await bot.chat_postEphemeral(channel="C0DATABASE", user="U0ALICE", text=f"<{link['permalink']}|to its card>")
    alice = await visit()
    await alice.page.get_by_role("button", name="databases").click()

    await alice.chat.get_by_role("link", name="to its card").click()

    await expect(alice.message("the card")).to_be_in_viewport()
    await expect(alice.message("the card")).to_be_focused()
