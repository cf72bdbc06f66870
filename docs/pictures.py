"""Takes the pictures of the documentation from the playground: `make pictures` (Chromium, a colour emoji font)."""

import asyncio
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, async_playwright

from bot.settings import from_mapping
from bot.wiring import Bot
from playground.server import Playground
from playground.settings import settings as playground_settings
from playground.slack import Rates, SlackHalf, SlackOptions
from providers.registry import ACCOUNT_TYPES

HERE = Path(__file__).parent
ALICE, MIGRATIONS = "U0ALICE", "C0MIGRATE"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


async def main() -> None:
    """Play a short scene, and take its pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("No Chromium was found (Debian: apt install chromium fonts-noto-color-emoji).")
    async with Playground(slack=SlackOptions(rates=Rates.none())) as playground, async_playwright() as playwright:
        with tempfile.TemporaryDirectory() as folder:
            store = {"url": f"sqlite:///{folder}/milepost.db"}
            settings = from_mapping({**playground_settings(playground.url), "store": store}, {}, ACCOUNT_TYPES)
            stopping, bot = asyncio.Event(), Bot(settings)
            running = asyncio.create_task(bot.run(stopping))
            await bot.connected.wait()
            try:
                await _scene(playground)
                browser = await playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
                await _picture(browser, playground, "light", 1680, 960, "playground.png")
                await browser.close()
            finally:
                stopping.set()
                await running


async def _scene(playground: Playground) -> None:
    clouds, slack = playground.clouds, playground.slack
    done = clouds.start("scloud-usmc", name="web-01 → sg", percent=30.0, speed=0.0)
    await slack.say(ALICE, MIGRATIONS, str(clouds.view(done)["command"]))
    await slack.wait_for(lambda: len(slack.messages(MIGRATIONS)) == 1, 10)
    task = clouds.start("huawei-drs", name="orders-db → gaussdb", mode="FULL_INCR_TRANS", percent=4.0, speed=0.0)
    await slack.say(ALICE, MIGRATIONS, str(clouds.view(task)["command"]))
    await slack.wait_for(lambda: len(slack.messages(MIGRATIONS)) == 2, 10)
    card = str(slack.messages(MIGRATIONS)[1]["ts"])
    for percent in (14, 27, 39, 54):
        clouds.set(task.id, percent=percent)
        figure = f"{percent}\u00a0%"
        await slack.wait_for(partial(_shows, slack, card, figure), 15)
    clouds.set(done.id, finish="succeeded")
    await slack.wait_for(lambda: any(m.get("subtype") for m in slack.messages(MIGRATIONS)), 15)
    # Nobody follows this one: it is what the page proposes.
    clouds.start("pan123", name="team photos", percent=8.0, speed=0.0)


def _shows(slack: SlackHalf, card: str, figure: str) -> bool:
    return figure in str(slack.thread(MIGRATIONS, card)[0]["text"])


async def _picture(browser: Browser, playground: Playground, scheme: str, width: int, height: int, name: str) -> None:
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    await page.goto(f"{playground.url}/?user={ALICE}")
    await page.locator("body[data-live=live]").wait_for()
    await page.get_by_role("main").get_by_text("2 replies").first.click()
    await page.get_by_role("complementary", name="Thread").get_by_text("after").first.wait_for()
    # Away from the message, so that it is not shown as pointed at.
    await page.mouse.move(0, 0)
    await page.screenshot(path=HERE / name)


if __name__ == "__main__":
    asyncio.run(main())
