"""An app whose answers a test writes down, and which keeps what it heard."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack.names import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def option(value: str, text: str | None = None) -> Json:
    return {"text": plain(text or value), "value": value}


def button(text: str, action_id: str) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": "w1"}


def field(block_id: str, label: str, element: Json, **more: Any) -> Json:
    """An input block whose element is named as the block."""
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": {**element, "action_id": block_id},
    } | more


def form(title: str = "Track a cloud task", *blocks: Json) -> Json:
    """A modal with those blocks, else with one field of each common kind."""
    fields = blocks or (
        field("channel", "Channel", {"type": "conversations_select", "default_to_current_conversation": True}),
        field(
            "account",
            "Account",
            {
                "type": "static_select",
                "placeholder": plain("Choose an account"),
                "options": [option("drs"), option("cos")],
            },
        ),
        field("task", "Task", {"type": "plain_text_input"}, hint=plain("Its id, or its address.")),
        field("who", "Mention", {"type": "users_select", "placeholder": plain("Nobody")}, optional=True),
        field(
            "what",
            "Also tell",
            {
                "type": "checkboxes",
                "options": [option("phases"), option("stalls")],
                "initial_options": [option("phases")],
            },
            optional=True,
        ),
    )
    return {
        "type": "modal",
        "callback_id": "form",
        "title": plain(title),
        "submit": plain("Track"),
        "close": plain("Cancel"),
        "blocks": list(fields),
    }


def home(*blocks: Json) -> Json:
    return {"type": "home", "blocks": list(blocks)}


class Script:
    """What the app answers, and what it heard."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client
        self.reset()

    def reset(self) -> None:
        """Forget what was heard, and answer as at first."""
        self.form = form()
        self.answer: Json = {}
        """The answer to a form that is sent."""
        self.home = home({"type": "header", "text": plain("Yours")})
        self.pressed: list[Json] = []
        self.sent: list[Json] = []
        self.mentions: list[Json] = []
        self.direct: list[Json] = []

    def values(self) -> Json:
        """Return what the last form said, by block."""
        values = self.sent[-1]["view"]["state"]["values"]
        told = {block: next(iter(fields.values())) for block, fields in values.items()}
        return {block: next(value for key, value in one.items() if key != "type") for block, one in told.items()}

    async def opened(self, body: Json) -> None:
        await self.client.views_open(trigger_id=body["trigger_id"], view=self.form)


def app_of(script: Script) -> AsyncApp:
    app = AsyncApp(client=script.client, signing_secret=SIGNING_SECRET)

    @app.command("/milepost")
    async def command(ack: AsyncAck, body: Json) -> None:
        await ack()
        await script.opened(body)

    @app.shortcut("milepost_track")
    async def shortcut(ack: AsyncAck, body: Json) -> None:
        await ack()
        await script.opened(body)

    @app.view("form")
    async def sent(ack: AsyncAck, body: Json) -> None:
        script.sent.append(body)
        await ack(**script.answer)

    @app.event("app_home_opened")
    async def home_opened(event: Json) -> None:
        if event["tab"] == "home":
            await script.client.views_publish(user_id=event["user"], view=script.home)

    @app.event("app_mention")
    async def mentioned(event: Json) -> None:
        script.mentions.append(event)

    @app.event("message")
    async def message(event: Json) -> None:
        script.direct.append(event)

    @app.action({"type": "block_actions", "action_id": "replace"})
    async def replace(ack: AsyncAck, body: Json, respond: AsyncRespond) -> None:
        script.pressed.append(body)
        await ack()
        await respond(text="the second answer", replace_original=True)

    @app.action({"type": "block_actions", "action_id": "press"})
    async def press(ack: AsyncAck, body: Json) -> None:
        script.pressed.append(body)
        await ack()

    return app


@asynccontextmanager
async def scripted(playground: Playground) -> AsyncIterator[Script]:
    """Connect a scripted app to *playground*."""
    script = Script(AsyncWebClient(BOT_TOKEN, base_url=f"{playground.url}/api/"))
    handler = AsyncSocketModeHandler(app_of(script), APP_TOKEN)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # bolt ships it without types
    try:
        yield script
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # bolt ships it without types
