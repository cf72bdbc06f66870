"""What a newcomer does: type, watch the card live, see the thread fill and the end arrive."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.wiring import Bot
from playground.server import Playground
from tests.end_to_end.stage import Stage, running
from tests.playground.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(playground: Playground, tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(playground)
    async with running(Bot(stage.settings(tmp_path))):
        yield stage


async def test_typing_a_command_brings_card_milestone_and_the_end_to_the_channel(stage: Stage, visit: Visitor) -> None:
    task = stage.start("scloud-usmc", name="web-01 → sg", percent=10.0)
    page = await visit()

    await page.composer.fill(stage.command(task))
    await page.composer.press("Enter")
    card = page.message("web-01 → sg").first
    await expect(card).to_contain_text("10 %")
    stage.clouds.set(task.id, percent=55.0)
    await expect(card).to_contain_text("55 %", timeout=15_000)
    await expect(card).to_contain_text("1 reply", timeout=15_000)

    await card.get_by_text("1 reply").click()
    await expect(page.thread).to_contain_text("55 %")
    stage.clouds.set(task.id, finish="succeeded")
    await expect(page.thread).to_contain_text("Done in", timeout=15_000)
    await expect(page.message("replied to a thread")).to_contain_text("Done in")
    await expect(card).to_contain_text("done after", timeout=15_000)
    await expect(card.get_by_role("button", name="Track again")).to_be_visible()


async def test_a_wrong_command_is_answered_in_private_with_an_example(stage: Stage, visit: Visitor) -> None:
    page = await visit()

    await page.composer.fill("/milepost subscribe drs not-a-job")
    await page.composer.press("Enter")

    answer = page.message("Only visible to you").first
    await expect(answer).to_contain_text("Example:", timeout=10_000)
    assert stage.cards("C0MIGRATE") == []


async def test_the_buttons_of_a_card_work(stage: Stage, visit: Visitor) -> None:
    task = stage.start("huawei-codearts", name="nightly check", percent=20.0)
    page = await visit()
    await page.composer.fill(stage.command(task))
    await page.composer.press("Enter")
    card = page.message("nightly check").first
    await expect(card).to_contain_text("20 %")

    await card.get_by_role("button", name="Stop", exact=True).click()
    await page.page.get_by_role("dialog").get_by_role("button", name="Stop following").click()

    await expect(card).to_contain_text("not followed here any more", timeout=10_000)
    await expect(page.message("Only visible to you").last).to_contain_text("Stopped following")


async def test_a_hostile_task_cannot_reach_out_of_its_card(stage: Stage, visit: Visitor) -> None:
    hostile = "<!channel> <@U0BOB> *bold* https://evil.example <img src=x onerror=alert(1)> `code`"
    task = stage.start("huawei-drs", name=hostile[:50], mode="FULL_TRANS", percent=20.0)
    page = await visit()
    await page.composer.fill(stage.command(task))
    await page.composer.press("Enter")
    card = page.message("<!channel>").first
    await expect(card).to_contain_text("20 %")

    assert await card.locator("a", has_text="evil").count() == 0
    assert await card.get_by_text("@channel", exact=True).count() == 0
    assert await card.locator("img[src=x]").count() == 0
