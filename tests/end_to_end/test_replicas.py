"""Two replicas on one database, as processes behind one address; and the database goes away."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.process import Process, milepost, write_config
from tests.end_to_end.stage import ALICE, MIGRATIONS, Stage
from tests.postgres import Server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mapping(stage: Stage, folder: Path, database: str, **slack: Any) -> Mapping[str, Any]:
    found = stage.mapping(folder)
    return {**found, "slack": {**found["slack"], **slack}, "store": {"url": database}}


@asynccontextmanager
async def replica(stage: Stage, folder: Path, database: str, **slack: Any) -> AsyncIterator[Process]:
    """A replica."""
    async with milepost("run", "--config", write_config(folder, mapping(stage, folder, database, **slack))) as process:
        await process.runs()
        yield process


async def test_a_form_opened_at_one_replica_is_sent_to_another(stage: Stage, tmp_path: Path, database: str) -> None:
    one, other = free_port(), free_port()
    task = stage.start("huawei-codearts", percent=5.0)
    http = {"mode": "http"}
    async with (
        replica(stage, tmp_path, database, listen=f"127.0.0.1:{one}", **http),
        replica(stage, tmp_path, database, listen=f"127.0.0.1:{other}", **http),
    ):
        addresses = [f"http://127.0.0.1:{port}/slack/events" for port in (one, other)]
        await stage.slack.deliver_to(addresses[0])
        card = await stage.follow(task)
        await stage.slack.press(ALICE, MIGRATIONS, card, "card.more", choice=stage.option(card, "stop"))
        await stage.until(lambda: stage.slack.views.modals(ALICE) != [])

        await stage.slack.deliver_to(addresses[1])
        (asked,) = stage.slack.views.modals(ALICE)
        await stage.slack.forms.submit(ALICE, asked["id"], {}).outcome()

        await stage.until(lambda: any("Stopped following" in told for told in stage.private()))
        await stage.until(lambda: "not followed here any more" in stage.card(card))


async def test_whichever_replica_dies_the_channel_hears_everything_once(
    stage: Stage, tmp_path: Path, database: str, server: Server
) -> None:
    task = stage.start("huawei-drs", percent=5.0)
    async with replica(stage, tmp_path, database) as first, replica(stage, tmp_path, database) as second:
        card = await stage.follow(task, "at 25,50,75")
        stage.clouds.set(task.id, percent=30.0)
        await stage.until(lambda: len(stage.replies(card)) == 1)

        await first.kill()
        # What the dead one had claimed is another's when its lease has ended: a minute and a half, made short here.
        with server.connect() as connection:
            connection.execute("UPDATE milepost.due SET next_at = now() WHERE claim IS NOT NULL")
            connection.execute("UPDATE milepost.delivery SET lease_until = now() WHERE holder IS NOT NULL")
        stage.clouds.set(task.id, percent=60.0)
        await stage.until(lambda: len(stage.replies(card)) == 2)
        stage.clouds.set(task.id, finish="succeeded")
        await stage.until(lambda: len(stage.replies(card)) == 3)

        assert await second.stop() == 0
    assert [text.split(": ", 1)[1][:2] for text in stage.replies(card)[:2]] == ["25", "50"]
    assert len(stage.cards(MIGRATIONS)) == 1


async def test_while_the_database_is_away_people_are_told_to_try_again_and_then_it_goes_on(
    stage: Stage, tmp_path: Path, database: str, server: Server
) -> None:
    task = stage.start("huawei-drs", percent=5.0)
    async with replica(stage, tmp_path, database) as process:
        card = await stage.follow(task, "at 25,50,75")
        server.crash()
        try:
            answer = await stage.ask(stage.command(stage.start("scloud-usmc")))
            stage.clouds.set(task.id, percent=30.0)
        finally:
            await asyncio.to_thread(server.start_again)

        assert "try again" in answer.lower()
        await stage.until(lambda: len(stage.replies(card)) == 1)
        assert "milepost follows" not in (await stage.ask("/milepost list")).lower()
        process.signal(signal.SIGTERM)
        assert await process.ended() == 0
    assert "Traceback" not in process.text
    assert server.socket_folder not in process.text
