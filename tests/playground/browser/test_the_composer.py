"""Typing commands: completion, history, ideas, and what goes wrong."""

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.blocks import title
from bot.core.text import code, shorten
from bot.core.wording.card import AGAIN, REFRESH, STOP
from playground.clouds.task import Task
from playground.server import Playground
from tests.playground.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

KNOWN = [
    "Fill in the form",
    "Status of orders-db",
    "Mute it in its thread",
    "Your App Home",
    "List what is followed here",
    "Help with all commands",
]
FRESH = [
    "Follow orders-db",
    "Fill in the form",
    "Your App Home",
    "List what is followed here",
    "Help with all commands",
    "See the accounts",
]
WIDE_COMPOSER, ONE_LINE = 600, 45
"""Pixels: the composer is wider than this in a wide window, and higher than this with two lines."""


async def test_a_command_completes_down_to_the_task(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("huawei-drs", name="orders-db")
    alice = await visit()
    options = alice.completions

    await alice.composer.press_sequentially("/mile")
    await expect(options).to_have_count(1)
    await alice.composer.press("Tab")
    await expect(alice.composer).to_have_value("/milepost ")
    await expect(options.filter(has_text="accounts")).to_be_visible()
    await alice.composer.press_sequentially("subs")
    await alice.composer.press("Enter")
    await expect(alice.composer).to_have_value("/milepost subscribe ")
    await expect(options.filter(has_text="Tencent COS")).to_be_visible()
    await options.filter(has_text="orders-db").click()

    await expect(alice.composer).to_have_value(f"/milepost subscribe drs {task.key}")
    await expect(alice.composer).to_be_focused()


async def test_enter_sends_a_complete_command_although_more_could_follow(
    visit: Visitor, playground: Playground
) -> None:
    alice = await visit()

    await alice.composer.press_sequentially("/milepost list")
    await alice.composer.press("Enter")

    # No bot listens here: that the command left shows in what the person is told.
    await expect(alice.page.get_by_role("alert")).to_contain_text("dispatch_failed")
    await expect(alice.composer).to_have_value("")


async def test_escape_closes_the_completions_and_arrows_choose_in_them(visit: Visitor) -> None:
    alice = await visit()

    await alice.composer.press_sequentially("/")
    await expect(alice.completions).not_to_have_count(0)
    await alice.composer.press("ArrowDown")
    chosen = alice.completions.and_(alice.page.locator("[aria-selected=true]"))
    await expect(chosen).to_contain_text("/invite")
    await expect(alice.composer).to_have_attribute(
        "aria-activedescendant", await chosen.get_attribute("id") or "no option is chosen"
    )
    await alice.composer.press("Escape")

    await expect(alice.completions).to_have_count(0)
    await expect(alice.composer).to_have_value("/")


async def test_arrow_up_brings_back_what_was_sent(visit: Visitor) -> None:
    alice = await visit()
    for words in ("first words", "second words"):
        await alice.composer.fill(words)
        await alice.composer.press("Enter")
        await expect(alice.message(words)).to_be_visible()

    await alice.composer.press("ArrowUp")
    await alice.composer.press("ArrowUp")
    await expect(alice.composer).to_have_value("first words")
    await alice.composer.press("ArrowDown")

    await expect(alice.composer).to_have_value("second words")


async def test_each_channel_keeps_its_own_draft(visit: Visitor) -> None:
    alice = await visit()
    await alice.composer.fill("half a thought")

    await alice.page.get_by_role("button", name="databases").click()
    await expect(alice.composer).to_have_value("")
    await alice.page.get_by_role("button", name="migrations").click()

    await expect(alice.composer).to_have_value("half a thought")


async def test_ideas_fill_the_composer(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("huawei-drs", name="orders-db")
    alice = await visit()
    ideas = alice.page.get_by_role("region", name="Try this").locator(".chip")

    await expect(ideas).to_have_count(6)
    await ideas.filter(has_text="Follow orders-db").click()

    await expect(alice.composer).to_have_value(f"/milepost subscribe drs {task.key}")
    await expect(alice.composer).to_be_focused()


async def test_hidden_ideas_stay_hidden(visit: Visitor) -> None:
    alice = await visit()

    await alice.page.get_by_role("button", name="Hide “Try this”").click()
    await alice.page.reload()

    await expect(alice.page.locator("body[data-live=live]")).to_be_attached()
    await expect(alice.page.get_by_role("region", name="Try this")).to_be_hidden()


async def test_a_command_in_a_thread_is_refused_there(visit: Visitor, playground: Playground) -> None:
    await playground.slack.say("U0BOB", "C0MIGRATE", "a plain message")
    alice = await visit()
    await alice.message("a plain message").hover()
    await alice.page.get_by_role("button", name="Reply in thread").click()

    await alice.thread.get_by_label("Reply", exact=True).fill("/milepost list")
    await alice.thread.get_by_label("Reply", exact=True).press("Enter")

    await expect(alice.thread).to_contain_text("is not supported in threads")


async def test_what_could_not_be_sent_stays_in_the_composer(visit: Visitor) -> None:
    alice = await visit()
    await alice.page.route("**/control/say", lambda route: route.fulfill(status=400, json={"error": "too fast"}))

    await alice.composer.fill("do not lose this")
    await alice.composer.press("Enter")

    await expect(alice.page.get_by_role("alert")).to_contain_text("too fast")
    await expect(alice.composer).to_have_value("do not lose this")


def card_of(task: Task, *buttons: str) -> list[dict[str, object]]:
    """What a card shows of a task, with such buttons."""
    elements = [
        {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}, "value": "7"}
        for name in buttons
    ]
    words = {"type": "mrkdwn", "text": f"Task {code(shorten(task.key), 40)}"}
    return [{"type": "context", "elements": [words]}, {"type": "actions", "elements": elements}]


async def test_a_task_whose_card_calls_it_by_its_id_is_not_proposed_again(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    task = playground.clouds.start("pan123", name="team photos")
    unnamed = [title("⏳", shorten(task.key), "123pan"), *card_of(task, REFRESH, STOP)[1:]]
    await bot.chat_postMessage(channel="C0MIGRATE", text="card", blocks=unnamed)
    alice = await visit()

    ideas = alice.page.get_by_role("region", name="Try this").locator(".chip-label")

    await expect(ideas).to_have_text([each.replace("orders-db", "team photos") for each in KNOWN])


async def test_a_task_that_is_followed_already_is_not_proposed_again(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    task = playground.clouds.start("huawei-drs", name="orders-db")
    await bot.chat_postMessage(channel="C0MIGRATE", text="card", blocks=card_of(task, REFRESH, STOP))
    alice = await visit()

    ideas = alice.page.get_by_role("region", name="Try this").locator(".chip-label")

    await expect(ideas).to_have_text(KNOWN)


async def test_a_task_that_is_followed_no_longer_is_proposed_again(
    visit: Visitor, playground: Playground, bot: AsyncWebClient
) -> None:
    task = playground.clouds.start("huawei-drs", name="orders-db")
    posted = await bot.chat_postMessage(channel="C0MIGRATE", text="card", blocks=card_of(task, REFRESH, STOP))
    alice = await visit()
    ideas = alice.page.get_by_role("region", name="Try this").locator(".chip-label")
    await expect(ideas.filter(has_text="Status of orders-db")).to_be_visible()

    again = card_of(task, AGAIN)
    await bot.chat_update(channel="C0MIGRATE", ts=posted["ts"], text=f"not followed: {task.key}", blocks=again)

    await expect(ideas).to_have_text(FRESH)


@pytest.mark.parametrize("width", [320, 1024])
async def test_a_command_is_seen_whole_after_the_window_became_narrow(
    visit: Visitor, playground: Playground, width: int
) -> None:
    task = playground.clouds.start("scloud-usmc", name="web-01")
    alice = await visit()
    await alice.composer.fill(f"/milepost subscribe usmc {task.key} at 25,50,75")

    await alice.page.set_viewport_size({"width": width, "height": 760})

    await alice.page.wait_for_function(
        "([box, before]) => box.clientWidth < before && box.scrollHeight <= box.clientHeight",
        arg=[await alice.composer.element_handle(), WIDE_COMPOSER],
    )
    assert await alice.composer.evaluate("box => box.clientHeight") > ONE_LINE


async def test_a_mention_completes_in_a_thread_too(visit: Visitor, playground: Playground) -> None:
    await playground.slack.say("U0BOB", "C0MIGRATE", "a plain message")
    alice = await visit()
    await alice.message("a plain message").hover()
    await alice.page.get_by_role("button", name="Reply in thread").click()
    reply = alice.thread.get_by_label("Reply", exact=True)
    await expect(reply).to_be_focused()

    await reply.press_sequentially("ask @mi")
    await reply.press("Enter")

    await expect(reply).to_have_value("ask @milepost ")
