import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack import Mistake
from playground.slack.names import ALICE, BOB, MIGRATIONS

from .conftest import Clock, Connect

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


TASK = {
    "type": "input",
    "block_id": "task",
    "label": plain("Task"),
    "element": {"type": "plain_text_input", "action_id": "key"},
}
FORM: Json = {"type": "modal", "callback_id": "track", "title": plain("Track"), "submit": plain("Go"), "blocks": [TASK]}
HOME: Json = {"type": "home", "blocks": [{"type": "header", "text": plain("Yours")}]}


@pytest.fixture
async def opened(app: AsyncApp, connect: Connect, playground: Playground) -> Json:
    """A form that the bot opened for Alice, and how the bot reacts to its submission."""

    @app.command("/milepost")
    async def milepost(ack: AsyncAck, command: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=command["trigger_id"], view=FORM)
        await ack()

    await connect(app)
    await playground.slack.say(ALICE, MIGRATIONS, "/milepost")
    return playground.slack.views.modals(ALICE)[0]


async def test_a_form_is_shown_to_its_person_only(playground: Playground, opened: Json) -> None:
    assert opened["callback_id"] == "track"
    assert playground.slack.state(ALICE)["modals"][0]["id"] == opened["id"]
    assert playground.slack.state(BOB)["modals"] == []


async def test_errors_at_the_fields_keep_the_form_open_and_a_good_answer_closes_it(
    playground: Playground, app: AsyncApp, opened: Json
) -> None:
    seen: list[str] = []

    @app.view("track")
    async def submitted(ack: AsyncAck, view: Json) -> None:
        seen.append(view["state"]["values"]["task"]["key"]["value"])
        if seen[-1] == "bad":
            await ack(response_action="errors", errors={"task": "No such task."})
        else:
            await ack()

    await playground.slack.forms.submit(ALICE, opened["id"], {"key": "bad"}).outcome()
    assert playground.slack.forms.field_errors[ALICE] == {"task": "No such task."}
    assert playground.slack.views.modals(ALICE)
    await playground.slack.forms.submit(ALICE, opened["id"], {"key": "9a47"}).outcome()

    assert seen == ["bad", "9a47"]
    assert playground.slack.views.modals(ALICE) == []
    assert ALICE not in playground.slack.forms.field_errors


@pytest.mark.parametrize(
    ("action", "titles"),
    [
        ({"response_action": "update", "view": FORM | {"title": plain("Second")}}, ["Second"]),
        ({"response_action": "push", "view": FORM | {"title": plain("On top")}}, ["Track", "On top"]),
        ({"response_action": "clear"}, []),
    ],
)
async def test_an_answer_to_a_form_can_change_what_is_open(
    playground: Playground, app: AsyncApp, opened: Json, action: Json, titles: list[str]
) -> None:
    @app.view("track")
    async def submitted(ack: AsyncAck) -> None:
        await ack(**action)

    await playground.slack.forms.submit(ALICE, opened["id"], {"key": "x"}).outcome()

    assert [view["title"]["text"] for view in playground.slack.views.modals(ALICE)] == titles


async def test_a_required_field_is_asked_for_before_anything_is_sent(playground: Playground, opened: Json) -> None:
    with pytest.raises(Mistake, match="Task"):
        playground.slack.forms.submit(ALICE, opened["id"], {})
    with pytest.raises(Mistake, match="no field other"):
        playground.slack.forms.submit(ALICE, opened["id"], {"key": "x", "other": "y"})
    with pytest.raises(Mistake, match="no such view"):
        playground.slack.forms.submit(BOB, opened["id"], {"key": "x"})


async def test_a_trigger_is_good_for_three_seconds_and_one_use(
    playground: Playground, app: AsyncApp, connect: Connect, clock: Clock
) -> None:
    triggers: list[str] = []

    @app.command("/milepost")
    async def milepost(ack: AsyncAck, command: Json) -> None:
        triggers.append(command["trigger_id"])
        await ack()

    await connect(app)
    await playground.slack.say(ALICE, MIGRATIONS, "/milepost")
    await playground.slack.say(ALICE, MIGRATIONS, "/milepost")
    codes = []
    await app.client.views_open(trigger_id=triggers[0], view=FORM)
    clock.now += 3.1
    for trigger in (*triggers, "made-up"):
        with pytest.raises(SlackApiError) as raised:
            await app.client.views_open(trigger_id=trigger, view=FORM)
        codes.append(raised.value.response["error"])

    assert codes == ["exchanged_trigger_id", "trigger_expired", "invalid_trigger"]


@pytest.mark.parametrize(
    ("view", "place"),
    [
        (FORM | {"title": plain("x" * 25)}, "/view/title/text"),
        (FORM | {"private_metadata": "x" * 3001}, "/view/private_metadata"),
        (FORM | {"blocks": [TASK] * 101}, "/blocks"),
        ({key: value for key, value in FORM.items() if key != "submit"}, "/view"),
        (HOME, "/view/type"),
    ],
)
async def test_a_form_that_breaks_a_limit_is_refused_with_its_place(
    client: AsyncWebClient, view: Json, place: str
) -> None:
    with pytest.raises(SlackApiError) as raised:
        await client.views_open(trigger_id="t", view=view)

    assert raised.value.response["error"] == "invalid_arguments"
    assert raised.value.response["response_metadata"]["messages"][0].endswith(f"[json-pointer:{place}]")


async def test_the_app_home_is_opened_published_and_updated(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    heard: asyncio.Queue[Json] = asyncio.Queue()

    @app.event("app_home_opened")
    async def home_opened(event: Json, client: AsyncWebClient) -> None:
        await client.views_publish(user_id=event["user"], view=HOME)
        heard.put_nowait(event)

    await connect(app)
    playground.slack.forms.open_home(ALICE)
    await heard.get()
    first = playground.slack.views.home(ALICE)
    assert first is not None
    await app.client.views_update(view_id=first["id"], hash=first["hash"], view=HOME | {"blocks": []})
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await app.client.views_update(view_id=first["id"], hash=first["hash"], view=HOME)
    playground.slack.forms.open_home(ALICE)

    second = await heard.get()
    assert second["view"]["id"] == first["id"]
    assert second["view"]["blocks"] == []


async def test_a_button_in_the_home_and_a_shortcut_reach_the_bot(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    heard: list[Json] = []
    button = {"type": "button", "text": plain("Mute"), "action_id": "mute", "value": "w1"}
    await app.client.views_publish(
        user_id=ALICE, view={"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    )

    @app.action("mute")
    async def mute(ack: AsyncAck, body: Json) -> None:
        heard.append(body)
        await ack()

    @app.shortcut("track")
    async def track(ack: AsyncAck, body: Json) -> None:
        heard.append(body)
        await ack()

    await connect(app)
    home = playground.slack.views.home(ALICE)
    assert home is not None
    await playground.slack.forms.press(ALICE, home["id"], "mute", None).outcome()
    await playground.slack.forms.shortcut(ALICE, "track").outcome()

    assert heard[0]["view"]["id"] == heard[0]["container"]["view_id"] == home["id"]
    assert (heard[1]["type"], "channel" in heard[1]) == ("shortcut", False)
