"""Five hundred tasks: the home and the lists stay within Slack's limits, and have pages."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import expect

from bot.core.model import Delivery, Subscription, SubscriptionId, Watch, delivery_id, watch_id
from bot.core.news import CardOpened
from bot.store.embedded import EmbeddedStore
from bot.wiring import Bot
from playground.server import Playground
from playground.slack import SlackOptions
from playground.slack.names import ALICE, MIGRATIONS
from providers.base import TaskKey, TaskSnapshot, TaskState
from tests.end_to_end.stage import Stage, running
from tests.playground.browser.conftest import PATIENT, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

COUNT = 500


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def playground() -> AsyncIterator[Playground]:
    async with Playground(slack=SlackOptions(**PATIENT)) as running_playground:
        yield running_playground


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stage(playground: Playground, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    stage = Stage(playground)
    settings = stage.settings(tmp_path_factory.mktemp("bot"))
    store = await EmbeddedStore.open(settings.store.url.get_secret_value())
    for number in range(COUNT):
        await followed(store, number)
    await store.close()
    async with running(Bot(settings, clock=playground.clock)):
        yield stage


async def followed(store: EmbeddedStore, number: int) -> None:
    """Let the channel follow a task, as if that had been long ago; looks and cards are not due before tomorrow."""
    now = datetime.now(UTC)
    tomorrow, key = now + timedelta(days=1), TaskKey(f"{number:08x}-0000-4000-8000-0000000fjb21")
    seen = TaskSnapshot(state=TaskState.RUNNING, raw_state="STARTJOBING", percent=float(number % 100))
    watch = Watch(
        id=watch_id("drs", key, 1),
        account="drs",
        key=key,
        created_at=now,
        due_at=tomorrow,
        run_since=now,
        seen=seen,
        seen_at=now,
        state_since=now,
        name=f"db-{number:03} <!channel>",
    )
    mine = Subscription(
        id=SubscriptionId(f"s{number:03}"), watch_id=watch.id, channel=MIGRATIONS, owner=ALICE, created_at=now
    )
    card = Delivery(
        id=delivery_id(watch, mine.id, "card"),
        watch_id=watch.id,
        subscription_id=mine.id,
        channel=MIGRATIONS,
        news=CardOpened(),
        created_at=now,
    )
    await store.subscribe(watch, mine, card)
    await store.mark_pending(card.id, tomorrow)


async def test_the_home_has_pages_and_turns_them(stage: Stage, visit: Visitor) -> None:
    page = await visit()
    await page.app.click()
    home = page.chat.get_by_role("tabpanel", name="App Home")
    await expect(home).to_contain_text(f"{COUNT} tasks")
    await expect(home).to_contain_text("page 1 of")
    first = await home.locator(".section-body").first.text_content()

    await home.get_by_role("button", name=re.compile("Next|›|→")).first.click()

    await expect(home).to_contain_text("page 2 of")
    assert await home.locator(".section-body").first.text_content() != first
    view = stage.slack.views.home(ALICE)
    assert view is not None
    assert len(view["blocks"]) <= 100
    assert await home.locator("[data-ping]").count() == 0


async def test_the_list_has_pages_and_turns_them_in_place(stage: Stage, visit: Visitor) -> None:
    page = await visit()
    await page.composer.fill("/milepost list")
    await page.composer.press("Escape")
    await page.composer.press("Enter")
    answer = page.message("Only visible to you")
    await expect(answer).to_contain_text(f"{COUNT} tasks")
    await expect(answer).to_contain_text("page 1 of")

    await answer.get_by_role("button", name=re.compile("Next|›|→")).first.click()

    await expect(answer).to_contain_text("page 2 of")
    await expect(answer).to_have_count(1)
    assert stage.slack.errors == []
