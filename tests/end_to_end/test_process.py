import asyncio
import signal
from pathlib import Path

from tests.end_to_end.process import Process, milepost, write_config
from tests.end_to_end.stage import CLOUDS, MIGRATIONS, Stage


async def _started(process: Process) -> None:
    await process.says("Milepost is running")


async def test_all_five_go_on_after_a_stop_in_the_same_cards_and_threads(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    tasks = [stage.start(cloud, **({"mode": "FULL_TRANS"} if cloud == "huawei-drs" else {})) for cloud in CLOUDS]

    async with milepost("run", "--config", config) as first:
        await _started(first)
        cards = [await stage.follow(task) for task in tasks]
        for task in tasks:
            stage.clouds.set(task.id, percent=60.0)
        for task, card in zip(tasks, cards, strict=True):
            if task.provider != "pan123":
                await stage.until(lambda card=card: any("60" in reply for reply in stage.replies(card)))  # type: ignore[misc]
        assert await first.stop() == 0
    said_before = {card: stage.replies(card) for card in cards}
    for task in tasks:
        stage.clouds.set(task.id, finish="succeeded")

    async with milepost("run", "--config", config) as second:
        await _started(second)
        for card in cards:
            await stage.until(lambda card=card: stage.broadcasts(card))  # type: ignore[misc]
            await stage.until(lambda card=card: "done" in stage.card(card))  # type: ignore[misc]
        assert await second.stop() == 0

    assert [m["ts"] for m in stage.cards(MIGRATIONS)] == cards
    for card in cards:
        replies = stage.replies(card)
        assert replies[: len(said_before[card])] == said_before[card]
        assert len(replies) == len(said_before[card]) + 1
        assert len(replies) == len(set(replies))


async def test_after_a_kill_nothing_is_lost_and_nothing_is_said_twice(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("tencent-cos")
    async with milepost("run", "--config", config) as first:
        await _started(first)
        card = await stage.follow(task, "every 10%")
        for percent in (10, 20, 30):
            stage.clouds.set(task.id, percent=float(percent))
            await stage.until(lambda percent=percent: any(f"*{percent}" in _marked(r) for r in stage.replies(card)))  # type: ignore[misc]
        await first.kill()
    stage.clouds.set(task.id, percent=45.0)

    async with milepost("run", "--config", config) as second:
        await _started(second)
        await stage.until(lambda: any("up from 30" in r or "now 45" in r for r in stage.replies(card)))
        stage.clouds.set(task.id, finish="succeeded")
        await stage.until(lambda: stage.broadcasts(card))

    assert len(stage.replies(card)) == 5
    assert [m["ts"] for m in stage.cards(MIGRATIONS)] == [card]


def _marked(reply: str) -> str:
    """Return a reply with its figures marked as words of their own."""
    return reply.replace(": ", ": *")


async def test_a_second_process_on_one_data_file_says_who_holds_it(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    async with milepost("run", "--config", config) as first:
        await _started(first)

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
        await _started(process)
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
        await _started(process)
        await stage.slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")

        card = await stage.follow(task)
        await stage.slack.press("U0ALICE", MIGRATIONS, card, "card.stop")
        await stage.until(lambda: any("Stopped following" in told for told in stage.private()))
        await stage.until(lambda: "not followed here any more" in stage.card(card))
        assert await process.stop() == 0


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
        await _started(process)
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
        await _started(process)
        await stage.follow(task)
        stage.clouds.fault("scloud-usmc", "slow", delay=60.0)
        calls = len(stage.clouds.calls("scloud-usmc"))
        await stage.until(lambda: len(stage.clouds.calls("scloud-usmc")) > calls)

        async with asyncio.timeout(10):
            assert await process.stop() == 0


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
