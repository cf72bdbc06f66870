import asyncio
import signal
from pathlib import Path

import aiohttp

from bot.slack.http_mode import LIVE, READY
from playground.slack import Hold
from tests.end_to_end.process import milepost, write_config
from tests.end_to_end.stage import MIGRATIONS, Stage


async def test_a_second_process_on_one_data_file_says_who_holds_it(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    async with milepost("run", "--config", config) as first:
        await first.runs()

        async with milepost("run", "--config", config) as second:
            assert await second.ended() == 1

        assert "in use" in second.text
        assert "process" in second.text
        assert first.running


async def test_it_starts_while_slack_is_away_and_connects_when_it_comes(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    port = stage.playground.port
    await stage.playground.stop()

    async with milepost("run", "--config", config) as process:
        await process.says("Slack cannot be reached; I keep trying")
        await stage.playground.start(port)
        await process.runs()
        assert await process.stop() == 0


async def test_refused_tokens_end_it_with_a_sentence(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    mapping["slack"]["bot_token"] = "xoxb-wrong"
    async with milepost("run", "--config", write_config(tmp_path, mapping)) as process:
        assert await process.ended() == 1

    assert "Slack refuses [slack] bot_token" in process.text
    assert "xoxb-wrong" not in process.text


async def test_a_refused_app_token_ends_it_too(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    mapping["slack"]["app_token"] = "xapp-wrong"
    async with milepost("run", "--config", write_config(tmp_path, mapping)) as process:
        assert await process.ended() == 1

    assert "Slack refuses [slack] app_token" in process.text


async def test_http_mode_hears_commands_and_buttons(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    port = _free_port()
    mapping["slack"] |= {"mode": "http", "listen": f"127.0.0.1:{port}"}
    task = stage.start("huawei-codearts", percent=5.0)
    async with milepost("run", "--config", write_config(tmp_path, mapping)) as process:
        await process.runs()
        await stage.slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")

        card = await stage.follow(task)
        await stage.slack.press("U0ALICE", MIGRATIONS, card, "card.more", choice=stage.option(card, "stop"))
        await stage.until(lambda: stage.slack.views.modals("U0ALICE") != [])
        (asked,) = stage.slack.views.modals("U0ALICE")
        await stage.slack.forms.submit("U0ALICE", asked["id"], {}).outcome()
        await stage.until(lambda: any("Stopped following" in told for told in stage.private()))
        await stage.until(lambda: "not followed here any more" in stage.card(card))
        assert await process.stop() == 0


async def test_in_http_mode_it_is_alive_at_once_and_ready_when_slack_was_reached(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    port = _free_port()
    mapping["slack"] |= {"mode": "http", "listen": f"127.0.0.1:{port}"}
    at = stage.playground.port
    await stage.playground.stop()

    async with milepost("run", "--config", write_config(tmp_path, mapping)) as process:
        await process.says("Slack cannot be reached; I keep trying")
        away = [await _status(port, path) for path in (LIVE, READY)]
        await stage.playground.start(at)
        await process.runs()
        reached = [await _status(port, path) for path in (LIVE, READY)]
        assert await process.stop() == 0

    assert away == [200, 503]
    assert reached == [200, 200]


async def test_a_taken_port_is_said_in_a_sentence(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    mapping["slack"] |= {"mode": "http", "listen": f"127.0.0.1:{stage.playground.port}"}
    async with milepost("run", "--config", write_config(tmp_path, mapping)) as process:
        assert await process.ended() == 1

    assert "in use" in process.text.lower()
    assert str(stage.playground.port) in process.text
    assert "Traceback" not in process.text


async def test_a_second_signal_ends_it_at_once(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("scloud-usmc", percent=5.0)
    async with milepost("run", "--config", config) as process:
        await process.runs()
        await stage.follow(task)
        stage.clouds.fault("scloud-usmc", "slow", delay=30.0)
        calls = len(stage.clouds.calls("scloud-usmc"))
        await stage.until(lambda: len(stage.clouds.calls("scloud-usmc")) > calls)

        process.signal(signal.SIGTERM)
        await process.says("asked to stop")
        process.signal(signal.SIGTERM)

        assert await process.ended() == 128 + signal.SIGTERM


async def test_a_stop_waits_no_longer_than_ten_seconds_for_a_slow_cloud(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("scloud-usmc", percent=5.0)
    async with milepost("run", "--config", config) as process:
        await process.runs()
        await stage.follow(task)
        stage.clouds.fault("scloud-usmc", "slow", delay=60.0)
        calls = len(stage.clouds.calls("scloud-usmc"))
        await stage.until(lambda: len(stage.clouds.calls("scloud-usmc")) > calls)

        async with asyncio.timeout(10):
            assert await process.stop() == 0


async def test_a_stop_while_slack_keeps_silent_is_quick_and_nothing_is_said_twice(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("tencent-cos", percent=10.0)
    async with milepost("run", "--config", config) as first:
        await first.runs()
        card = await stage.follow(task)
        stage.slack.faults.plan("chat.postMessage", Hold(until=asyncio.Event()))
        stage.clouds.set(task.id, percent=60.0)
        await stage.until(lambda: stage.replies(card))

        async with asyncio.timeout(10):
            assert await first.stop() == 0
    stage.clouds.set(task.id, finish="succeeded")

    async with milepost("run", "--config", config) as second:
        await stage.until(lambda: stage.broadcasts(card))
        assert await second.stop() == 0

    assert len(stage.replies(card)) == 2


async def _status(port: int, path: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
