"""Takes the pictures of the documentation from the playground: `make pictures` (Chromium, a colour emoji font)."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from bot.settings import from_mapping
from bot.wiring import Bot
from playground.clouds.task import Task
from playground.server import Playground
from playground.settings import settings as playground_settings
from playground.slack import Rates, SlackHalf, SlackOptions
from playground.slack.names import ALICE, BOB, MIGRATIONS
from providers.registry import ACCOUNT_TYPES

HERE = Path(__file__).parent
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
LARGEST = 300_000
"""Bytes: a picture that is larger slows every clone of the repository."""
SCREEN, PANE, PHONE = (1440, 900), (1120, 760), (390, 760)
MINUTES = 60


async def main() -> None:
    """Play a short scene, and take its pictures."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("No Chromium was found (Debian: apt install chromium fonts-noto-color-emoji).")
    async with Playground(slack=SlackOptions(rates=Rates.none())) as playground, _bot(playground):
        orders, failing = await _scene(playground)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
            album = Album(browser, playground)
            await album.channel(orders)
            await album.form()
            await album.home()
            await album.thread(failing)
            await album.dark(orders)
            await browser.close()


@asynccontextmanager
async def _bot(playground: Playground) -> AsyncIterator[None]:
    # Two in the afternoon: a time at which nobody sleeps.
    playground.clock.move_to(14, 0, "Europe/Berlin")
    with tempfile.TemporaryDirectory() as folder:
        store = {"url": f"sqlite:///{folder}/milepost.db"}
        settings = from_mapping({**playground_settings(playground.url), "store": store}, {}, ACCOUNT_TYPES)
        stopping, bot = asyncio.Event(), Bot(settings, clock=playground.clock)
        running = asyncio.create_task(bot.run(stopping))
        await bot.connected.wait()
        try:
            yield
        finally:
            stopping.set()
            await running


async def _scene(playground: Playground) -> tuple[str, str]:
    """Let an hour pass in #migrations; return the cards of the task that goes on and of the one that fails."""
    clouds, slack, clock = playground.clouds, playground.slack, playground.clock
    web = clouds.start("scloud-usmc", name="web-01 → sg", percent=30.0, speed=0.0)
    await _followed(playground, web, "mention @dbas on failure")
    photos = clouds.start("pan123", name="team photos", percent=8.0, speed=0.0)
    await _followed(playground, photos, 'as "team photos"', user=BOB)
    task = clouds.start("huawei-drs", name="orders-db → gaussdb", mode="FULL_INCR_TRANS", percent=4.0, speed=0.0)
    orders = await _followed(playground, task, "stall 30m mention @dbas on failure")
    for percent, minutes in ((14, 11), (27, 16), (39, 14), (54, 19)):
        clock.shift(minutes * MINUTES)
        clouds.set(task.id, percent=percent)
        await slack.wait_for(partial(_shows, slack, orders, f"{percent}\u00a0%"), 15)
        if percent == 39:
            clouds.set(web.id, finish="failed", message="Disk of the target is full (E1042)")
            await slack.wait_for(lambda: any(m.get("subtype") for m in slack.messages(MIGRATIONS)), 15)
    await slack.say(ALICE, MIGRATIONS, f"{clouds.view(photos)['command']}".replace(" subscribe ", " mute ") + " 2h")
    failing = next(str(m["thread_ts"]) for m in slack.messages(MIGRATIONS) if m.get("subtype") == "thread_broadcast")
    await slack.say(BOB, MIGRATIONS, "@alice I make room on the target, then we try again.", failing)
    # Nobody follows this one: it is what the page proposes.
    clouds.start("tencent-cos", name="media archive", percent=8.0, speed=0.0)
    return orders, failing


async def _followed(playground: Playground, task: Task, rest: str, *, user: str = ALICE) -> str:
    slack = playground.slack
    before = len(slack.messages(MIGRATIONS))
    await slack.say(user, MIGRATIONS, f"{playground.clouds.view(task)['command']} {rest}".strip())
    await slack.wait_for(lambda: len(slack.messages(MIGRATIONS)) > before, 10)
    return str(slack.messages(MIGRATIONS)[before]["ts"])


def _shows(slack: SlackHalf, card: str, figure: str) -> bool:
    return figure in str(slack.thread(MIGRATIONS, card)[0]["text"])


class Album:
    """Opens the page as somebody, goes to a place, takes its picture."""

    def __init__(self, browser: Browser, playground: Playground) -> None:
        self._browser = browser
        self._playground = playground

    async def channel(self, card: str) -> None:
        """The whole page: a channel with a card, its thread, the clouds."""
        page = await self._open(SCREEN)
        await self._thread(page, card)
        await self._take(page, "playground.png")

    async def form(self) -> None:
        """The form that a command alone opens, with something wrong at a field."""
        page = await self._open(PANE, clouds=False)
        await page.get_by_label("Message", exact=True).fill("/milepost")
        await page.keyboard.press("Escape")
        await page.get_by_label("Message", exact=True).press("Enter")
        form = page.get_by_role("dialog")
        await form.get_by_label("Account").select_option("drs")
        await form.get_by_label("Task").fill("9a470239-2308-4bb5")
        await form.get_by_role("button", name="Track", exact=True).click()
        await form.locator(".field-error").first.wait_for()
        await self._take(page, "form.png")

    async def home(self) -> None:
        """What somebody follows, and how the accounts are."""
        page = await self._open(PANE, clouds=False)
        await page.get_by_role("navigation", name="Workspace").get_by_role("button", name="Milepost").click()
        await page.get_by_role("tabpanel", name="App Home").get_by_text("Accounts").wait_for()
        await self._take(page, "home.png")

    async def thread(self, card: str) -> None:
        """A thread on a phone: people are called, one asks the bot, and only they see the answer."""
        page = await self._open(PHONE)
        await self._thread(page, card)
        reply = page.get_by_label("Reply", exact=True)
        await reply.fill("@milepost status")
        await reply.press("Enter")
        await self._answer(page).wait_for()
        await self._take(page, "thread.png")

    async def dark(self, card: str) -> None:
        """The same channel in the dark, as another person in another zone, with the card's menu open."""
        page = await self._open(PANE, user=BOB, dark=True, clouds=False)
        shown = page.get_by_role("main").locator(f"[data-ts='{card}']")
        await shown.scroll_into_view_if_needed()
        await shown.get_by_role("button", name="More actions").click()
        await self._take(page, "dark.png", away=False)

    async def _open(self, size: tuple[int, int], *, user: str = ALICE, dark: bool = False, clouds: bool = True) -> Page:
        page = await self._browser.new_page(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light", locale="en-GB"
        )
        if not clouds:
            await page.add_init_script("localStorage.setItem('milepost-clouds', 'closed')")
        await page.goto(f"{self._playground.url}/?user={user}")
        await page.locator("body[data-live=live]").wait_for()
        return page

    async def _thread(self, page: Page, card: str) -> None:
        await page.get_by_role("main").locator(f"[data-ts='{card}'] .reply-bar").click()
        await page.get_by_role("complementary", name="Thread").get_by_role("article").nth(1).wait_for()

    def _answer(self, page: Page) -> Locator:
        return page.get_by_role("complementary", name="Thread").get_by_text("Only visible to you")

    async def _take(self, page: Page, name: str, *, away: bool = True) -> None:
        if away:
            # Away from everything, so that nothing is shown as pointed at.
            await page.mouse.move(0, 0)
        await page.evaluate("document.fonts.ready")
        await page.screenshot(path=HERE / name)
        if (size := (HERE / name).stat().st_size) > LARGEST:
            sys.exit(f"{name} has {size} bytes, more than {LARGEST}")
        # A form that is left open would be open for the same person on the next page.
        await page.keyboard.press("Escape")
        await page.close()


if __name__ == "__main__":
    asyncio.run(main())
