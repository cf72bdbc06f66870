"""What people do with Milepost in the playground: type, fill in, press, speak, look, be refused, sleep."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from bot.wiring import Bot
from playground.clouds.task import Task
from playground.server import Playground
from playground.slack import SlackOptions
from playground.slack.names import BOB, DATABASES, MIGRATIONS
from tests.end_to_end.stage import Stage, running
from tests.playground.browser.conftest import PATIENT, Visit, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = "<!channel> <@U0BOB> *bold* https://evil.example <img src=x onerror=alert(1)> `code`"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def playground() -> AsyncIterator[Playground]:
    async with Playground(slack=SlackOptions(**PATIENT)) as running_playground:
        yield running_playground


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stage(playground: Playground, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One bot for all tests of this file; it lives by the clock on the playground's wall."""
    stage = Stage(playground)
    folder: Path = tmp_path_factory.mktemp("bot")
    async with running(Bot(stage.settings(folder), clock=playground.clock)):
        yield stage


async def command(visit: Visit, text: str) -> None:
    await visit.composer.fill(text)
    await visit.composer.press("Escape")
    await visit.composer.press("Enter")


async def followed(stage: Stage, visit: Visit, task: Task, rest: str = "") -> Locator:
    """Type the command, and return the card."""
    await command(visit, stage.command(task, rest))
    card = visit.message(task.name).filter(has_not_text="Only visible to you").first
    await expect(card).to_contain_text("followed by")
    return card


def new_task(stage: Stage, name: str, provider: str = "huawei-drs", **options: Any) -> Task:
    more = {"mode": "FULL_TRANS"} if provider == "huawei-drs" else {}
    return stage.start(provider, name=name, **{"percent": 10.0, **more, **options})


def shows(stage: Stage, card: str, words: str) -> bool:
    return words in stage.card(card)


def dialog(visit: Visit) -> Locator:
    return visit.page.get_by_role("dialog")


async def chosen(visit: Visit, card: Locator, item: str) -> None:
    """Choose from the menu behind the dots of a card."""
    await card.get_by_role("button", name="More actions").click()
    await visit.page.get_by_role("menuitem", name=item).first.click()


def answers(place: Locator) -> Locator:
    return place.get_by_role("article").filter(has_text="Only visible to you")


async def test_typing_a_command_brings_card_milestone_and_the_end_to_the_channel(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "web-01 → sg", "scloud-usmc")
    page = await visit()
    card = await followed(stage, page, task)
    await expect(card).to_contain_text("10 %")

    stage.clouds.set(task.id, percent=55.0)
    await expect(card).to_contain_text("55 %")
    await card.get_by_text("1 reply").click()
    await expect(page.thread).to_contain_text("55 %, up from 10 %")
    stage.clouds.set(task.id, finish="succeeded")
    await expect(page.thread).to_contain_text("Done in")

    await expect(page.message("replied to a thread")).to_contain_text("Done in")
    await expect(card.get_by_role("button", name="Track again")).to_be_visible()


async def test_a_wrong_command_is_answered_in_private_with_an_example(stage: Stage, visit: Visitor) -> None:
    page = await visit()
    before = len(stage.cards(MIGRATIONS))

    await command(page, "/milepost subscribe drs not-a-job")

    await expect(answers(page.chat).last).to_contain_text("Example:")
    assert len(stage.cards(MIGRATIONS)) == before


async def test_the_form_says_at_its_field_what_is_wrong_and_follows_what_is_right(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "from a form")
    page = await visit()
    await command(page, "/milepost")
    form = dialog(page)
    await form.get_by_label("Account").select_option("drs")
    await form.get_by_label("Task").fill("not-a-job")
    await form.get_by_label("Milestones").fill("0, 50")

    await form.get_by_role("button", name="Track", exact=True).click()
    await expect(form.get_by_label("Task")).to_have_attribute("aria-invalid", "true")
    await form.get_by_label("Task").fill(task.key)
    await form.get_by_role("button", name="Track", exact=True).click()
    await expect(form.get_by_label("Milestones")).to_have_attribute("aria-invalid", "true")
    await form.get_by_label("Milestones").fill("33, 66")
    await form.get_by_label("More").fill("stall 30m")
    await form.get_by_role("button", name="Track", exact=True).click()

    await expect(form).to_be_hidden()
    card = page.message("from a form").first
    await expect(card).to_contain_text("33")
    await expect(card).to_contain_text("30 min")


async def test_the_shortcut_asks_for_the_channel_too(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "by shortcut")
    page = await visit()
    await page.chat.get_by_role("button", name="Shortcuts").click()
    await page.page.get_by_role("menuitem", name="Track a cloud task").click()
    form = dialog(page)

    await form.get_by_label("Account").select_option("drs")
    await form.get_by_label("Task").fill(task.key)
    await form.get_by_label("Channel", exact=True).select_option(DATABASES)
    await form.get_by_role("button", name="Track", exact=True).click()

    await expect(form).to_be_hidden()
    await page.page.get_by_role("button", name="databases").click()
    await expect(page.message("by shortcut").first).to_contain_text("followed by")


async def test_in_the_thread_buttons_mentions_and_the_menu_do_what_they_say(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "in the thread")
    page = await visit()
    card = await followed(stage, page, task)
    await card.hover()
    await card.get_by_role("button", name="Reply in thread").click()
    parent = page.thread.get_by_role("article").first
    reply = page.page.get_by_label("Reply", exact=True)

    await parent.get_by_role("button", name="Mute", exact=True).click()
    await expect(parent.get_by_role("button", name="Unmute")).to_be_visible()
    await expect(card).to_contain_text("muted")
    await parent.get_by_role("button", name="Unmute").click()
    await expect(parent.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    await reply.fill("@milepost mute 2h")
    await reply.press("Enter")
    await expect(parent.get_by_role("button", name="Unmute")).to_be_visible()
    await reply.fill("@milepost status")
    await reply.press("Enter")
    await expect(answers(page.thread).last).to_contain_text(task.key)
    stage.clouds.set(task.id, percent=60.0)
    await parent.get_by_role("button", name="Refresh").click()
    await expect(parent).to_contain_text("60 %")
    # Muted: the card goes on, its thread is silent.
    assert not any("50 %" in text for text in stage.replies(str(await parent.get_attribute("data-ts"))))
    await parent.get_by_role("button", name="Unmute").click()
    await chosen(page, parent, "Edit what it tells")
    await dialog(page).get_by_label("Milestones").fill("70, 90")
    await dialog(page).get_by_role("button", name="Save").click()

    await expect(dialog(page)).to_be_hidden()
    await expect(parent).to_contain_text("tells at 70 and 90 %")


async def test_who_may_not_stop_it_is_told_who_can_and_can_mute_it_all_the_same(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "Alice's own")
    alice, bob = await visit(), await visit(user=BOB)
    await followed(stage, alice, task)
    card = bob.message("Alice's own").first

    await chosen(bob, card, "Stop following")
    await expect(dialog(bob)).to_contain_text("@alice")
    await dialog(bob).get_by_role("button", name="Close").last.click()
    # A form that goes gives the focus back to what was pressed before it, and would take it from who types already.
    await expect(dialog(bob)).to_be_hidden()
    await command(bob, stage.command(task).replace(" subscribe ", " unsubscribe "))
    await expect(answers(bob.chat).last).to_contain_text("@alice")
    await card.get_by_role("button", name="Mute", exact=True).click()

    await expect(card.get_by_role("button", name="Unmute")).to_be_visible()
    await expect(answers(alice.chat).filter(has_text="only @alice")).to_have_count(0)
    await chosen(alice, alice.message("Alice's own").first, "Stop following")
    await dialog(alice).get_by_role("button", name="Stop following").click()
    await expect(alice.message("Alice's own").first).to_contain_text("not followed")


async def test_the_home_shows_what_one_follows_and_its_menu_works(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "seen at home")
    await stage.follow(task)
    page = await visit()

    await page.app.click()
    home = page.chat.get_by_role("tabpanel", name="App Home")
    entry = home.locator(".block").filter(has_text="seen at home").filter(has_text="#migrations")
    await expect(entry).to_contain_text("10 %")
    await expect(entry).to_contain_text("#migrations")
    await chosen(page, entry, "Mute")

    await expect(entry).to_contain_text("uted")
    await expect(home).to_contain_text("Accounts")
    await page.page.get_by_role("radio", name="Guest").click()
    await expect(page.chat.get_by_role("tabpanel", name="App Home")).to_be_visible()


async def test_a_task_is_followed_by_pasting_its_id_to_the_bot(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, "pasted")
    page = await visit()
    await page.app.click()
    await page.chat.get_by_role("tab", name="Messages").click()

    await page.composer.fill(task.key)
    await page.composer.press("Enter")

    await expect(page.message("pasted").first).to_contain_text("followed by")


async def test_in_quiet_hours_nothing_is_said_but_failures_and_in_the_morning_all_in_one(
    stage: Stage, visit: Visitor, playground: Playground
) -> None:
    calm, failing = new_task(stage, "calm night"), new_task(stage, "bad night")
    page = await visit()
    clock = page.page.get_by_role("button", name="Move the clock")
    await clock.click()
    await page.page.get_by_role("menuitem", name="Go to 23:00").click()
    await expect(clock).to_contain_text("23:00")
    cards = [await stage.follow(task, "quiet 22:00-07:00") for task in (calm, failing)]

    for percent in (30, 55):
        stage.clouds.set(calm.id, percent=float(percent))
        await stage.until(partial(shows, stage, cards[0], f"{percent}\u00a0%"))
    stage.clouds.set(failing.id, finish="failed")
    await stage.until(lambda: stage.replies(cards[1]))
    assert stage.replies(cards[0]) == []
    await clock.click()
    await page.page.get_by_role("menuitem", name="Go to 07:00").click()
    await stage.until(lambda: stage.replies(cards[0]))

    (summary,) = stage.replies(cards[0])
    assert "50" in summary
    await expect(page.message("calm night").first).to_contain_text("1 reply")
    await clock.click()
    await page.page.get_by_role("menuitem", name="Back to real time").click()
    await expect(clock).not_to_have_accessible_name(re.compile("moved"))
    # The clock went back by hours, and the bot goes on; a failure is told at any time of day.
    stage.clouds.set(calm.id, finish="failed")
    await stage.until(lambda: any("Failed" in text for text in stage.replies(cards[0])))


async def test_a_hostile_task_cannot_reach_out_of_card_thread_home_and_list(stage: Stage, visit: Visitor) -> None:
    task = new_task(stage, HOSTILE[:50], "scloud-usmc")
    card_ts = await stage.follow(task)
    page = await visit()
    card = page.page.locator(f".conversation [data-ts='{card_ts}']")
    await expect(card).to_contain_text("<!channel>")
    stage.clouds.set(task.id, finish="failed", message=HOSTILE)
    await stage.until(lambda: stage.replies(card_ts))
    await page.chat.locator(f"[data-ts='{card_ts}'] .reply-bar").click()
    await expect(page.thread).to_contain_text("<img src=x")
    await stage.ask("/milepost history")

    await inert(page)
    await page.app.click()
    await expect(page.chat.get_by_role("tabpanel", name="App Home")).to_contain_text("Accounts")
    await inert(page)


async def inert(page: Visit) -> None:
    """See that nothing in a hostile text came alive, wherever it stands."""
    for place in (page.chat, page.thread):
        assert await place.locator("a", has_text="evil").count() == 0
        assert await place.locator("[data-ping=channel]").count() == 0
        assert await place.locator("img[src=x]").count() == 0
        assert await place.locator("strong", has_text=re.compile("^bold$")).count() == 0
    # Bob is named by his own text only.
    assert await page.page.locator(".message [data-user=U0BOB]").count() == 0
