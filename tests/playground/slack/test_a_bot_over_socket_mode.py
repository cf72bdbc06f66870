from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack.names import ALICE, MIGRATIONS

from .conftest import Connect


async def test_a_slash_command_is_received_and_answered_with_a_message_that_is_then_edited(
    playground: Playground, app: AsyncApp, connect: Connect
) -> None:
    seen: list[dict[str, Any]] = []

    @app.command("/milepost")
    async def milepost(ack: AsyncAck, command: dict[str, Any], client: AsyncWebClient) -> None:
        await ack("On it.")
        seen.append(command)
        card = await client.chat_postMessage(channel=command["channel_id"], text="10 %")
        await client.chat_update(channel=command["channel_id"], ts=card["ts"], text="20 %")

    await connect(app)
    await playground.slack.say(ALICE, MIGRATIONS, "/milepost subscribe drs 9a47 with @bob in #databases")
    await playground.slack.wait_for(lambda: playground.slack.calls("chat.update"))

    assert seen[0]["text"] == "subscribe drs 9a47 with <@U0BOB|bob> in <#C0DATABASE|databases>"
    assert [message["text"] for message in playground.slack.messages("migrations")] == ["20 %"]
    assert [one["text"] for one in playground.slack.ephemerals(ALICE)] == ["On it."]
