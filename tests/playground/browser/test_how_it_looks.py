"""Light and dark, wide and narrow, with keys and for a screen reader."""

import pytest
from playwright.async_api import expect
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from tests.playground.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DARK, LIGHT = "rgb(26, 29, 33)", "rgb(255, 255, 255)"
PHONE, LAPTOP, WIDE = (390, 844), (1180, 760), (1440, 900)

# WCAG 2.2, 1.4.3: 4.5 to 1 for text of this size.
CONTRAST = """([text, ground]) => {
  const probe = document.body.appendChild(document.createElement("i"));
  const light = (name) => {
    probe.style.color = `var(--${name})`;
    const parts = getComputedStyle(probe).color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const [high, low] = [light(text), light(ground)].sort((a, b) => b - a);
  probe.remove();
  return (high + 0.05) / (low + 0.05);
}"""
PAIRS = [
    *(("text", ground) for ground in ("bg", "bg-soft", "bg-hover", "card", "warn-bg")),
    *(("muted", ground) for ground in ("bg", "bg-soft", "bg-hover", "card", "private-bg", "line")),
    *(("link", ground) for ground in ("bg", "bg-hover", "private-bg")),
    *(("danger", ground) for ground in ("bg", "card")),
    ("code", "code-bg"),
    ("warn", "warn-bg"),
    ("mention", "mention-bg"),
    ("ping", "ping-bg"),
    ("accent-text", "accent"),
    ("side-text", "side"),
    ("side-text", "side-hover"),
    ("side-current-text", "side-current"),
]


async def test_the_theme_follows_the_system_until_one_is_chosen(visit: Visitor) -> None:
    alice = await visit(dark=True)
    await expect(alice.page.locator("body")).to_have_css("background-color", DARK)

    await alice.page.get_by_role("button", name="Switch to light").click()
    await expect(alice.page.locator("body")).to_have_css("background-color", LIGHT)
    await alice.page.reload()

    await expect(alice.page.locator("body")).to_have_css("background-color", LIGHT)
    await alice.page.get_by_role("button", name="Switch to dark").click()
    await expect(alice.page.locator("body")).to_have_css("background-color", DARK)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_text_stands_out_from_its_ground(visit: Visitor, *, dark: bool) -> None:
    alice = await visit(dark=dark)

    ratios = {pair: await alice.page.evaluate(CONTRAST, list(pair)) for pair in PAIRS}

    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("size", [PHONE, LAPTOP, WIDE], ids=["phone", "laptop", "wide"])
async def test_nothing_is_wider_than_the_window(
    visit: Visitor, playground: Playground, bot: AsyncWebClient, size: tuple[int, int]
) -> None:
    for provider in playground.clouds.clouds:
        playground.clouds.start(provider, percent=30, speed=0)
    parent = await bot.chat_postMessage(channel="C0MIGRATE", text="card")
    await bot.chat_postMessage(channel="C0MIGRATE", text="reply", thread_ts=parent["ts"])
    alice = await visit(size=size)

    async def fits() -> None:
        too_wide = await alice.page.evaluate(
            "[...document.querySelectorAll('#app, #app > *, .scroll, .cloud-scroll, .cloud, .task, .message')]"
            ".filter((one) => one.scrollWidth > one.clientWidth + 1"
            " || one.getBoundingClientRect().right > innerWidth + 1)"
            ".map((one) => one.className)"
        )
        assert too_wide == []
        assert await alice.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    await fits()
    await alice.chat.get_by_role("button", name="1 reply").click()
    await expect(alice.thread).to_be_visible()
    await fits()
    if size == PHONE:
        for tab in ("Clouds", "Channels", "Chat"):
            await alice.page.get_by_role("navigation", name="Views").get_by_role("button", name=tab).click()
            await fits()


async def test_on_a_phone_one_column_shows_at_a_time(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("pan123", name="team photos")
    alice = await visit(size=PHONE)
    tabs = alice.page.get_by_role("navigation", name="Views")
    await expect(alice.clouds).to_be_hidden()

    await tabs.get_by_role("button", name="Clouds").click()
    await expect(alice.chat).to_be_hidden()
    await alice.task("team photos").get_by_role("button", name="Subscribe…").click()

    await expect(alice.composer).to_have_value(f"/milepost subscribe pan {task.key}")
    await expect(alice.clouds).to_be_hidden()


async def test_on_a_laptop_thread_and_clouds_share_a_place(visit: Visitor, bot: AsyncWebClient) -> None:
    parent = await bot.chat_postMessage(channel="C0MIGRATE", text="card")
    await bot.chat_postMessage(channel="C0MIGRATE", text="reply", thread_ts=parent["ts"])
    alice = await visit(size=LAPTOP)
    await expect(alice.clouds).to_be_visible()

    await alice.chat.get_by_role("button", name="1 reply").click()
    await expect(alice.thread).to_be_visible()
    await expect(alice.clouds).to_be_hidden()
    await alice.chat.get_by_role("button", name="Clouds").click()

    await expect(alice.clouds).to_be_visible()
    await expect(alice.thread).to_be_hidden()


async def test_the_clouds_panel_stays_closed_once_closed(visit: Visitor) -> None:
    alice = await visit()

    await alice.clouds.get_by_role("button", name="Hide clouds panel").click()
    await alice.page.reload()
    await expect(alice.page.locator("body[data-live=live]")).to_be_attached()
    await expect(alice.clouds).to_be_hidden()
    await alice.chat.get_by_role("button", name="Clouds").click()

    await expect(alice.clouds).to_be_visible()


async def test_every_control_has_a_name(visit: Visitor, playground: Playground) -> None:
    for provider in playground.clouds.clouds:
        playground.clouds.start(provider, percent=30, speed=0)
    alice = await visit()
    await expect(alice.clouds.get_by_role("article")).to_have_count(len(playground.clouds.clouds))

    nameless = await alice.page.evaluate(
        "[...document.querySelectorAll('button, a, select, input, textarea')]"
        ".filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim()))"
        ".map((one) => one.outerHTML)"
    )

    assert nameless == []


async def test_the_page_asks_nobody_but_the_playground(visit: Visitor, playground: Playground) -> None:
    alice = await visit()
    asked: list[str] = []
    alice.page.on("request", lambda request: asked.append(request.url))

    await alice.page.reload()
    await expect(alice.page.locator("body[data-live=live]")).to_be_attached()

    assert [url for url in asked if not url.startswith(f"{playground.url}/")] == []
    assert any(url.endswith("/page/main.js") for url in asked)
