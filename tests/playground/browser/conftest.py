"""A real browser, a playground of one's own, and a page that looks at it."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack import Rates, SlackOptions

NAMES = ("chromium", "chromium-browser", "google-chrome")
# The browser must not talk to anybody but the playground; as root, in a container, it has no sandbox to use.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "no Chromium was found, so nothing was tried in a browser (Debian: apt install chromium)"


# A machine that runs other tests beside this one is no reason to fail.
expect.set_options(timeout=15_000)
PATIENT: dict[str, Any] = {"rates": Rates.none(), "ack_seconds": 30.0, "trigger_seconds": 30.0}


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium; without one the tests are skipped, but never where CI must have it."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if path is None:
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def playground() -> AsyncIterator[Playground]:
    async with Playground(slack=SlackOptions(**PATIENT)) as running:
        yield running


@pytest.fixture
def bot(playground: Playground) -> AsyncWebClient:
    """What a bot would post with."""
    return AsyncWebClient("xoxb-playground", base_url=f"{playground.url}/api/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A page that somebody opened, and what it complained about."""

    page: Page
    complaints: list[str]

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    @property
    def chat(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def thread(self) -> Locator:
        return self.page.get_by_role("complementary", name="Thread")

    @property
    def clouds(self) -> Locator:
        return self.page.get_by_role("complementary", name="Clouds")

    @property
    def app(self) -> Locator:
        """The app's row in the sidebar."""
        return self.page.get_by_role("navigation", name="Workspace").get_by_role("button", name="Milepost")

    @property
    def completions(self) -> Locator:
        return self.page.get_by_role("listbox", name="Completions").get_by_role("option")

    def message(self, text: str) -> Locator:
        return self.chat.get_by_role("article").filter(has_text=text)

    def task(self, name: str) -> Locator:
        return self.clouds.get_by_role("article", name=name)


Visitor = Callable[..., Coroutine[Any, Any, Visit]]


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, playground: Playground) -> AsyncIterator[Visitor]:
    """Open the page as somebody: `await visit(user="U0BOB", size=(390, 844), dark=True)`."""
    contexts = []
    complaints: list[str] = []

    async def open_page(
        *, user: str = "U0ALICE", size: tuple[int, int] = (1440, 900), dark: bool = False, touch: bool = False
    ) -> Visit:
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            locale="en-GB",
            timezone_id="Asia/Shanghai",
        )
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{playground.url}/?user={user}")
        await page.locator("body[data-live=live]").wait_for()
        return Visit(page=page, complaints=complaints)

    yield open_page

    for context in contexts:
        await context.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def drawing(browser: Browser) -> AsyncIterator[Visit]:
    """One page for many small drawings that leave nothing behind."""
    async with Playground() as running:
        context = await browser.new_context(locale="en-GB", timezone_id="Asia/Shanghai")
        page = await context.new_page()
        await page.goto(running.url)
        # Alice's zone is known then.
        await page.locator("body[data-live=live]").wait_for()
        yield Visit(page=page, complaints=[])
        await context.close()
