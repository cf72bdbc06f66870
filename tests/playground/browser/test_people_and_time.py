"""Whom one looks as, whom one calls, what only one sees, and what time it is for whom."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from playground.server import Playground
from playground.slack import EVERY_EVENT, EVERY_SCOPE, SlackOptions
from playground.slack.names import ALICE, BOB, BOT_USER, DATABASES, GUEST, MIGRATIONS
from tests.playground.browser.conftest import PATIENT, Visitor
from tests.playground.browser.scripted import Json, Script, button, option, plain, scripted

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOUR = 3_600


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
    playground.clock.reset()
    connected.reset()
    return connected


async def test_one_looks_as_alice_as_bob_or_as_a_guest(visit: Visitor) -> None:
    alice = await visit()
    people = alice.page.get_by_role("radiogroup", name="Look as")
    await expect(people.get_by_role("radio", name="Alice")).to_be_checked()

    await people.get_by_role("radio", name="Guest").click()

    await expect(people.get_by_role("radio", name="Guest")).to_be_checked()
    channels = alice.page.get_by_role("navigation", name="Workspace").locator("[data-channel]")
    await expect(channels).to_have_text(["migrations"])


async def test_a_guest_hears_nothing_of_other_channels(visit: Visitor, playground: Playground) -> None:
    guest = await visit(user=GUEST)

    playground.slack.post(DATABASES, "not for guests")
    playground.slack.post(MIGRATIONS, "for all")

    await expect(guest.message("for all")).to_be_visible()
    await expect(guest.page.get_by_text("not for guests")).to_have_count(0)
    assert "*" not in await guest.page.title()


async def test_whoever_left_a_channel_can_read_it_and_come_back(visit: Visitor, playground: Playground) -> None:
    bob = await visit(user=BOB)
    await bob.page.get_by_role("button", name="databases").click()
    await bob.composer.fill("/leave")
    await bob.composer.press("Escape")
    await bob.composer.press("Enter")
    await expect(bob.message("has left the channel")).to_be_visible()

    await bob.composer.fill("am I here?")
    await bob.composer.press("Enter")
    await expect(bob.page.get_by_role("alert")).to_contain_text("not in this channel")
    await bob.chat.get_by_role("button", name="join it").click()

    await expect(bob.chat.get_by_text("You are not in")).to_have_count(0)
    assert playground.slack.workspace.members(playground.slack.channel(DATABASES))


async def test_people_and_user_groups_complete_as_one_types(
    visit: Visitor, script: Script, playground: Playground
) -> None:
    ts = playground.slack.post(MIGRATIONS, "the card")
    playground.slack.post(MIGRATIONS, "the first reply", thread_ts=ts)
    alice = await visit()
    await alice.message("the card").get_by_role("button", name="1 reply").click()
    reply = alice.page.get_by_label("Reply", exact=True)
    options = alice.thread.get_by_role("listbox").get_by_role("option")

    await reply.press_sequentially("@mi")
    await expect(options).to_have_text(["@milepostMilepost, the app"])
    await reply.press("Enter")
    await expect(options.filter(has_text="mute 2h")).to_be_visible()
    await reply.press_sequentially("status for @db")
    await expect(options).to_have_text(["@dbasDatabase people, a user group"])
    await reply.press("Tab")
    await reply.press("Enter")
    await playground.slack.wait_for(lambda: script.mentions)

    heard = script.mentions[-1]
    assert heard["text"] == f"<@{BOT_USER}> status for <!subteam^S0DBAS>"
    assert (heard["thread_ts"], heard["user"]) == (ts, ALICE)
    await expect(alice.thread.locator("[data-ping=dbas]")).to_be_visible()


async def test_what_one_wants_to_hear_completes_clause_by_clause(visit: Visitor, playground: Playground) -> None:
    task = playground.clouds.start("huawei-drs", name="orders-db", speed=0.0)
    alice = await visit()

    await alice.composer.fill(f"/milepost subscribe drs {task.key} ")
    await expect(alice.completions.filter(has_text="quiet 22:00-07:00")).to_be_visible()
    await alice.composer.press_sequentially("quiet 22:00-07:00 bro")
    await expect(alice.completions).to_have_text(["broadcast failureswhat the whole channel sees"])
    await alice.composer.press("Tab")

    await expect(alice.composer).to_have_value(
        f"/milepost subscribe drs {task.key} quiet 22:00-07:00 broadcast failures"
    )


async def test_a_private_answer_says_so_and_is_replaced_where_it_stands(
    visit: Visitor, script: Script, playground: Playground
) -> None:
    ts = playground.slack.post(MIGRATIONS, "a card with a thread")
    playground.slack.post(MIGRATIONS, "a reply", thread_ts=ts)
    blocks: list[Json] = [
        {"type": "section", "text": plain("the first answer")},
        {"type": "actions", "elements": [button("Next", "replace")]},
    ]
    alice = await visit()
    bob = await visit(user=BOB)
    await alice.message("a card with a thread").get_by_role("button", name="1 reply").click()
    await script.client.chat_postEphemeral(channel=MIGRATIONS, user=ALICE, text="x", blocks=blocks, thread_ts=ts)
    await playground.slack.wait_for(lambda: playground.slack.ephemerals(ALICE))
    private = alice.thread.get_by_role("article").filter(has_text="Only visible to you")
    await expect(private).to_contain_text("the first answer")

    await private.get_by_role("button", name="Next").click()

    await expect(private).to_contain_text("the second answer")
    await expect(private).to_have_count(1)
    await expect(bob.page.get_by_text("the second answer")).to_have_count(0)


async def test_a_menu_is_used_with_keys_alone(visit: Visitor, script: Script, playground: Playground) -> None:
    menu = {"type": "overflow", "action_id": "press", "options": [option("mute"), option("take"), option("stop")]}
    playground.slack.post(MIGRATIONS, "menu", blocks=[{"type": "actions", "elements": [menu]}])
    alice = await visit()
    dots = alice.chat.get_by_role("button", name="More actions").last

    await dots.press("Enter")
    await alice.page.keyboard.press("End")
    await expect(alice.page.get_by_role("menuitem", name="stop")).to_be_focused()
    await alice.page.keyboard.press("ArrowDown")
    await alice.page.keyboard.press("ArrowDown")
    await alice.page.keyboard.press("Enter")
    await playground.slack.wait_for(lambda: script.pressed)

    assert script.pressed[0]["actions"][0]["selected_option"]["value"] == "take"
    await expect(dots).to_be_focused()


async def test_each_reads_times_in_their_own_zone(visit: Visitor, script: Script, playground: Playground) -> None:
    at = 1_790_000_000  # 14:13 UTC, 16:13 in Berlin, 10:13 in New York
    playground.slack.post(MIGRATIONS, f"looked at <!date^{at}^{{time}}|then>")
    page = await visit()
    await expect(page.chat).to_contain_text("looked at 16:13")

    await page.page.get_by_role("radio", name="Bob").click()

    await expect(page.chat).to_contain_text("looked at 10:13")


async def test_the_clock_on_the_wall_moves_for_all_and_comes_back(
    visit: Visitor, script: Script, playground: Playground
) -> None:
    alice, bob = await visit(), await visit(user=BOB)
    clock = alice.page.get_by_role("button", name="Move the clock")

    await clock.press("Enter")
    await alice.page.get_by_role("menuitem", name="Go to 23:00").press("Enter")
    await expect(clock).to_contain_text("23:00")
    await expect(bob.page.get_by_role("button", name="Move the clock")).to_contain_text("17:00")
    await clock.click()
    await alice.page.get_by_role("menuitem", name="One hour later").click()
    await expect(clock).to_contain_text("0:00")
    said = await script.client.chat_postMessage(channel=MIGRATIONS, text="at midnight")
    assert abs(float(said["ts"]) - playground.clock()) < HOUR
    await clock.click()
    await alice.page.get_by_role("menuitem", name="Back to real time").click()

    await expect(clock).not_to_have_accessible_name(re.compile("moved"))
    assert playground.clock.offset == 0
