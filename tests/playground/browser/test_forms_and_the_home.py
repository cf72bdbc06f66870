"""Modals and the App Home: filled in, sent, complained about, closed; with a mouse, with keys and on a phone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, expect

from playground.server import Playground
from playground.slack import EVERY_EVENT, EVERY_SCOPE, SlackOptions
from playground.slack.names import ALICE, BOB, DATABASES, MIGRATIONS
from tests.playground.browser.conftest import PATIENT, Visit, Visitor
from tests.playground.browser.scripted import Script, button, field, form, home, option, plain, scripted

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

PHONE, SMALL = (390, 844), (320, 568)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def playground() -> AsyncIterator[Playground]:
    options = SlackOptions(**PATIENT, scopes=EVERY_SCOPE, events=EVERY_EVENT)
    async with Playground(slack=options) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def connected(playground: Playground) -> AsyncIterator[Script]:
    async with scripted(playground) as script:
        yield script


@pytest.fixture
def script(connected: Script, playground: Playground) -> Script:
    """The app, knowing nothing of earlier tests."""
    for user in playground.slack.workspace.users:
        playground.slack.views.close(user, all_of_them=True)
    connected.reset()
    return connected


def dialog(visit: Visit) -> Locator:
    return visit.page.get_by_role("dialog")


async def opened(visit: Visit) -> Locator:
    await visit.composer.fill("/milepost")
    await visit.composer.press("Escape")
    await visit.composer.press("Enter")
    await expect(dialog(visit)).to_be_visible()
    return dialog(visit)


async def test_a_form_is_filled_in_and_sent(visit: Visitor, script: Script) -> None:
    alice = await visit()
    shown = await opened(alice)
    await expect(shown.get_by_label("Channel")).to_have_value(MIGRATIONS)

    await shown.get_by_label("Account").select_option("cos")
    await shown.get_by_label("Task", exact=True).fill("9a47")
    await shown.get_by_label("Mention (optional)").select_option(BOB)
    await shown.get_by_label("stalls").check()
    await shown.get_by_role("button", name="Track", exact=True).click()

    await expect(shown).to_be_hidden()
    values = script.values()
    assert (values["channel"], values["account"]["value"], values["task"]) == (MIGRATIONS, "cos", "9a47")
    assert values["who"] == BOB
    assert [one["value"] for one in values["what"]] == ["phases", "stalls"]


async def test_what_is_missing_is_asked_for_at_its_field_and_the_app_hears_nothing(
    visit: Visitor, script: Script
) -> None:
    alice = await visit()
    shown = await opened(alice)
    await shown.get_by_label("Task", exact=True).fill("9a47")

    await shown.get_by_role("button", name="Track", exact=True).click()

    account = shown.get_by_label("Account")
    await expect(account).to_have_accessible_description("Please complete this required field.")
    await expect(account).to_be_focused()
    await expect(shown.get_by_label("Task", exact=True)).to_have_value("9a47")
    assert script.sent == []


async def test_what_the_app_says_of_a_field_stands_at_it_until_the_next_try(visit: Visitor, script: Script) -> None:
    alice = await visit()
    shown = await opened(alice)
    await shown.get_by_label("Account").select_option("drs")
    task = shown.get_by_label("Task", exact=True)
    await task.fill("<b>bad</b>")
    script.answer = {"response_action": "errors", "errors": {"task": "drs does not know <!here> it."}}

    await task.press("Enter")
    await expect(shown).to_contain_text("drs does not know <!here> it.")
    await expect(task).to_have_attribute("aria-invalid", "true")
    await expect(task).to_be_focused()
    await expect(task).to_have_value("<b>bad</b>")
    script.answer = {}
    await task.fill("good")
    await task.press("Enter")

    await expect(shown).to_be_hidden()
    assert [sent["view"]["state"]["values"]["task"]["task"]["value"] for sent in script.sent] == ["<b>bad</b>", "good"]


async def test_a_form_that_changes_under_ones_hands_keeps_what_was_filled_in(visit: Visitor, script: Script) -> None:
    alice = await visit()
    shown = await opened(alice)
    await shown.get_by_label("Account").select_option("drs")
    await shown.get_by_label("Task", exact=True).fill("9a47")
    script.answer = {
        "response_action": "update",
        "view": form("One more thing", *script.form["blocks"], field("why", "Why", {"type": "plain_text_input"})),
    }

    await shown.get_by_role("button", name="Track", exact=True).click()

    await expect(shown.get_by_role("heading")).to_have_text("One more thing")
    await expect(shown.get_by_label("Task", exact=True)).to_have_value("9a47")
    await expect(shown.get_by_label("Why")).to_have_value("")


async def test_a_form_on_top_of_another_leads_back_to_it(visit: Visitor, script: Script) -> None:
    script.form = form("First", field("task", "Task", {"type": "plain_text_input"}))
    script.answer = {
        "response_action": "push",
        "view": form("Second", field("zone", "Zone", {"type": "plain_text_input"}, optional=True)),
    }
    alice = await visit()
    shown = await opened(alice)
    await shown.get_by_label("Task").fill("9a47")
    await shown.get_by_role("button", name="Track", exact=True).click()
    await expect(shown.get_by_role("heading")).to_have_text("Second")

    await shown.get_by_role("button", name="Back").click()

    await expect(shown.get_by_role("heading")).to_have_text("First")
    await expect(shown.get_by_label("Task")).to_have_value("9a47")
    await alice.page.keyboard.press("Escape")
    await expect(shown).to_be_hidden()


async def test_a_choice_that_the_app_wants_to_hear_at_once_arrives_with_the_rest_of_the_form(
    visit: Visitor, script: Script, playground: Playground
) -> None:
    accounts = {"type": "static_select", "options": [option("drs"), option("cos")]}
    watched = field("press", "Account", accounts, dispatch_action=True)
    script.form = form("Track", watched, field("task", "Task", {"type": "plain_text_input"}))
    alice = await visit()
    shown = await opened(alice)
    await shown.get_by_label("Task").fill("half a")

    await shown.get_by_label("Account").select_option("cos")
    await playground.slack.wait_for(lambda: script.pressed)

    (body,) = script.pressed
    assert body["actions"][0]["selected_option"]["value"] == "cos"
    assert body["view"]["state"]["values"]["task"]["task"]["value"] == "half a"
    await expect(shown.get_by_label("Task")).to_have_value("half a")


async def test_a_shortcut_opens_the_form_for_the_channel_one_looks_at(visit: Visitor, script: Script) -> None:
    alice = await visit()
    await alice.page.get_by_role("button", name="databases").click()

    await alice.chat.get_by_role("button", name="Shortcuts").press("Enter")
    await alice.page.get_by_role("menuitem", name="Track a cloud task").press("Enter")

    await expect(dialog(alice).get_by_label("Channel")).to_have_value(DATABASES)


async def test_a_form_that_nobody_answers_says_so_inside_itself(visit: Visitor, script: Script) -> None:
    script.form = form("Track", field("task", "Task", {"type": "plain_text_input"}))
    script.answer = {"response_action": "errors", "errors": {"no such block": "x"}}
    alice = await visit()
    shown = await opened(alice)
    await shown.get_by_label("Task").fill("9a47")

    await shown.get_by_role("button", name="Track", exact=True).click()

    await expect(shown.get_by_role("alert")).to_contain_text("We had some trouble connecting")
    await expect(shown.get_by_label("Task")).to_have_value("9a47")


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["390", "320"])
async def test_on_a_phone_form_and_home_fit_and_the_buttons_stay_in_reach(
    visit: Visitor, script: Script, size: tuple[int, int]
) -> None:
    long = "a label that is far too long for one line of a small telephone, and goes on and on"
    script.form = form(
        "Track", *script.form["blocks"], field("x", long, {"type": "plain_text_input"}, hint=plain(long))
    )
    script.home = home(
        {"type": "section", "text": plain("x" * 90), "accessory": button("Stop", "press")},
        {"type": "actions", "elements": [button(f"Button {number}", f"press{number}") for number in range(6)]},
    )
    alice = await visit(size=size)
    shown = await opened(alice)

    fits = "(node) => node.scrollWidth <= node.clientWidth + 1 && node.getBoundingClientRect().right <= innerWidth + 1"
    assert await shown.evaluate(fits)
    assert await shown.locator(".modal-body").evaluate(fits)
    await expect(shown.get_by_role("button", name="Track", exact=True)).to_be_in_viewport()
    await shown.get_by_role("button", name="Cancel").click()
    await alice.page.get_by_role("navigation", name="Views").get_by_role("button", name="Channels").click()
    await alice.app.click()
    await expect(alice.chat.get_by_role("tabpanel")).to_contain_text("Button 5")
    assert await alice.chat.get_by_role("tabpanel").evaluate(fits)


async def test_the_home_is_ones_own_and_its_buttons_reach_the_app(
    visit: Visitor, script: Script, playground: Playground
) -> None:
    script.home = home({"type": "actions", "elements": [button("Mute", "press")]})
    alice = await visit()

    await alice.app.click()
    await alice.chat.get_by_role("button", name="Mute").click()
    await playground.slack.wait_for(lambda: script.pressed)

    assert script.pressed[0]["container"]["type"] == "view"
    assert script.pressed[0]["user"]["id"] == ALICE
    await expect(alice.composer).to_be_hidden()
    await alice.page.reload()
    await expect(alice.chat.get_by_role("button", name="Mute")).to_be_visible()


async def test_who_looks_at_the_home_as_somebody_else_sees_theirs(visit: Visitor, script: Script) -> None:
    script.home = home({"type": "header", "text": plain("one home for each")})
    alice = await visit()
    await alice.app.click()
    await expect(alice.chat).to_contain_text("one home for each")
    script.home = home({"type": "header", "text": plain("another one")})

    await alice.page.get_by_role("radio", name="Bob").click()

    await expect(alice.chat).to_contain_text("another one")
    await expect(alice.chat).not_to_contain_text("one home for each")


async def test_direct_messages_reach_the_app_and_come_back(
    visit: Visitor, script: Script, playground: Playground
) -> None:
    alice = await visit()
    await alice.app.click()
    await alice.chat.get_by_role("tab", name="Home").press("ArrowRight")
    await expect(alice.chat.get_by_role("tab", name="Messages")).to_have_attribute("aria-selected", "true")

    await alice.composer.fill("https://console.example/task/9a47")
    await alice.composer.press("Enter")
    await playground.slack.wait_for(lambda: script.direct)
    heard = script.direct[-1]
    await script.client.chat_postMessage(channel=heard["channel"], text="Which channel shall follow it?")

    assert (heard["channel_type"], heard["user"]) == ("im", ALICE)
    await expect(alice.message("Which channel shall follow it?")).to_be_visible()
    bob = await visit(user=BOB)
    await expect(bob.page.get_by_text("Which channel")).to_have_count(0)
