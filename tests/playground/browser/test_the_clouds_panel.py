"""The panel moves the clouds, and shows what they do."""

import pytest
from playwright.async_api import expect

from bot.core.text import shorten
from playground.server import Playground
from tests.playground.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_each_cloud_has_a_card_with_its_account(visit: Visitor, playground: Playground) -> None:
    alice = await visit()

    for cloud in playground.clouds.state().values():
        assert isinstance(cloud, dict)
        card = alice.clouds.get_by_role("region", name=cloud["title"])
        await expect(card.locator(".account")).to_have_text(cloud["account"])


async def test_keys_move_a_tasks_progress_at_its_cloud(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("tencent-cos", name="assets", percent=40, speed=0)
    alice = await visit()
    slider = alice.task("assets").get_by_role("slider", name="Progress of assets")
    await expect(slider).to_have_value("40")

    await slider.press("ArrowRight")
    await slider.press("ArrowRight")

    await expect(alice.task("assets").locator("output")).to_have_text("42 %")
    await playground.slack.wait_for(lambda: playground.clouds.task(task.id).percent == 42)


async def test_dragging_moves_a_tasks_progress_at_its_cloud(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("tencent-cos", name="assets", percent=0, speed=0)
    alice = await visit()
    slider = alice.task("assets").get_by_role("slider")
    box = await slider.bounding_box()
    assert box is not None

    await alice.page.mouse.move(box["x"] + 8, box["y"] + box["height"] / 2)
    await alice.page.mouse.down()
    await alice.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
    await alice.page.mouse.up()

    await playground.slack.wait_for(lambda: 45 <= playground.clouds.task(task.id).percent <= 55)
    shown = round(playground.clouds.task(task.id).percent)
    await expect(slider).to_have_value(str(shown))


async def test_a_fault_is_chosen_and_shown_to_everybody(visit: Visitor, playground: Playground) -> None:
    alice, bob = await visit(), await visit(user="U0BOB")
    title = "Huawei DRS"

    await alice.clouds.get_by_label(f"How {title} behaves").select_option(label="Token expired")

    await expect(bob.clouds.get_by_label(f"How {title} behaves")).to_have_value("expired")
    state = playground.clouds.state()["huawei-drs"]
    assert isinstance(state, dict)
    assert state["fault"] == "expired"


async def test_a_cloud_that_is_well_again_tells_when_the_cards_will_be_too(
    visit: Visitor, playground: Playground
) -> None:
    playground.clouds.start("huawei-drs", name="orders-db", percent=10, speed=0)
    playground.clouds.fault("huawei-drs", "down")
    alice = await visit()
    card = alice.clouds.get_by_role("region", name="Huawei DRS")
    hint = card.locator(".cloud-hint")
    await expect(hint).to_have_text("")

    await card.get_by_label("How Huawei DRS behaves").select_option(label="OK")
    await expect(hint).to_have_text("The bot looks again within seconds, or press Refresh on the card.")
    playground.hub.publish({"type": "cloud", "provider": "huawei-drs", "fault": "none", "calls": 1})

    # The bot has looked: there is nothing to wait for any more.
    await expect(hint).to_have_text("")


async def test_a_task_has_the_short_name_that_its_card_gives_it(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("scloud-usmc", name="web-01", percent=10, speed=0)
    alice = await visit()

    await expect(alice.task("web-01").locator(".key")).to_have_text(shorten(task.key))


async def test_a_migration_can_be_told_to_speak_chinese(visit: Visitor, playground: Playground) -> None:
    alice = await visit()
    card = alice.clouds.get_by_role("region", name="SCloud USMC")

    await card.get_by_role("button", name="Start a task").click()
    await expect(card.locator(".state-word")).to_have_attribute("title", "The cloud says Migrating")
    await card.get_by_label("What language a new task at SCloud USMC speaks").select_option(value="zh")
    await card.get_by_role("button", name="Start a task").click()

    await expect(card.locator(".state-word").last).to_have_attribute("title", "The cloud says 迁移中")


@pytest.mark.parametrize(
    ("button", "word"), [("Finish", "done"), ("Fail", "failed"), ("Stop task", "stopped"), ("Pause", "paused")]
)
async def test_a_task_can_be_ended_and_paused(visit: Visitor, playground: Playground, button: str, word: str) -> None:
    playground.clouds.start("huawei-drs", name="orders-db", percent=10, speed=0.1)
    alice = await visit()
    task = alice.task("orders-db")

    await task.get_by_role("button", name=button, exact=True).click()

    await expect(task.locator(".state-word")).to_have_text(word)


async def test_a_paused_task_goes_on(visit: Visitor, playground: Playground) -> None:
    playground.clouds.start("huawei-drs", name="orders-db", percent=10, speed=0.1)
    alice = await visit()
    task = alice.task("orders-db")

    await task.get_by_role("button", name="Pause").click()
    await task.get_by_role("button", name="Resume").click()

    await expect(task.locator(".state-word")).to_have_text("running")


async def test_a_new_task_appears_and_its_command_fills_the_composer(visit: Visitor, playground: Playground) -> None:
    alice = await visit()
    card = alice.clouds.get_by_role("region", name="123pan")

    await card.get_by_role("button", name="Start a task").click()
    await card.get_by_role("button", name="Subscribe…").click()

    (task,) = playground.clouds.site.of("pan123")
    await expect(alice.composer).to_have_value(f"/milepost subscribe pan {task.key}")


async def test_a_forgotten_task_leaves_the_panel(visit: Visitor, playground: Playground) -> None:
    playground.clouds.start("pan123", name="team photos")
    alice = await visit()

    await alice.task("team photos").get_by_role("button", name="Forget").click()

    await expect(alice.task("team photos")).to_have_count(0)


async def test_a_task_without_percent_has_no_slider(visit: Visitor, playground: Playground) -> None:
    playground.clouds.start("tencent-cos", name="assets", percent=5, speed=0)
    alice = await visit()
    await expect(alice.task("assets").get_by_role("slider")).to_be_visible()
    view = playground.clouds.view(next(iter(playground.clouds.site.of("tencent-cos"))))

    playground.hub.publish({"type": "task", "task": view | {"has_percent": False, "percent": None}})

    await expect(alice.task("assets").get_by_role("slider")).to_be_hidden()


async def test_a_moving_task_does_not_touch_what_stands_still(visit: Visitor, playground: Playground) -> None:
    moving = playground.clouds.start("huawei-drs", name="orders-db", percent=10, speed=0)
    playground.clouds.start("huawei-drs", name="ledger-db", percent=10, speed=0)
    alice = await visit()
    still = alice.task("ledger-db")
    await expect(still).to_be_visible()
    await still.evaluate(
        "node => { window.touched = 0;"
        " const watcher = new MutationObserver(() => { touched += 1; });"
        " watcher.observe(node, {subtree: true, childList: true, characterData: true}); }"
    )

    playground.clouds.set(moving.id, percent=55)

    await expect(alice.task("orders-db").locator("output")).to_have_text("55 %")
    assert await alice.page.evaluate("touched") == 0


async def test_a_running_task_moves_in_the_panel_by_itself(visit: Visitor, playground: Playground) -> None:
    alice = await visit()

    playground.clouds.start("tencent-cos", name="assets", speed=100)

    await expect(alice.task("assets").locator(".state-word")).to_have_text("done")
