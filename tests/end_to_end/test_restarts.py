from pathlib import Path

from tests.end_to_end.process import milepost, write_config
from tests.end_to_end.stage import CLOUDS, MIGRATIONS, Stage


async def test_all_five_go_on_after_a_stop_in_the_same_cards_and_threads(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    tasks = [stage.start(cloud, **({"mode": "FULL_TRANS"} if cloud == "huawei-drs" else {})) for cloud in CLOUDS]

    async with milepost("run", "--config", config) as first:
        await first.runs()
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
        await second.runs()
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
        await first.runs()
        card = await stage.follow(task, "every 10%")
        for percent in (10, 20, 30):
            stage.clouds.set(task.id, percent=float(percent))
            await stage.until(lambda percent=percent: any(f"*{percent}" in _marked(r) for r in stage.replies(card)))  # type: ignore[misc]
        await first.kill()
    stage.clouds.set(task.id, percent=45.0)

    async with milepost("run", "--config", config) as second:
        await second.runs()
        await stage.until(lambda: any("up from 30" in r or "now 45" in r for r in stage.replies(card)))
        stage.clouds.set(task.id, finish="succeeded")
        await stage.until(lambda: stage.broadcasts(card))

    assert len(stage.replies(card)) == 5
    assert [m["ts"] for m in stage.cards(MIGRATIONS)] == [card]


def _marked(reply: str) -> str:
    """Return a reply with its figures marked as words of their own."""
    return reply.replace(": ", ": *")
