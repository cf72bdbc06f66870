import pytest

from tests.end_to_end.stage import CLOUDS, Stage

WITH_PERCENT = [cloud for cloud in CLOUDS if cloud != "pan123"]


@pytest.mark.parametrize("cloud", WITH_PERCENT)
async def test_a_task_is_followed_from_its_card_to_its_end(live: Stage, cloud: str) -> None:
    options = {"mode": "FULL_TRANS"} if cloud == "huawei-drs" else {}
    task = live.start(cloud, **options)
    card = await live.follow(task, 'as "orders-db"')
    assert "orders-db" in live.card(card)

    live.clouds.set(task.id, percent=30.0)
    await live.until(lambda: any("25" in reply for reply in live.replies(card)))
    await live.until(lambda: "30" in live.card(card))
    live.clouds.set(task.id, percent=80.0)
    await live.until(lambda: any("up from 30" in reply for reply in live.replies(card)))
    live.clouds.set(task.id, finish="succeeded")
    await live.until(lambda: live.broadcasts(card))
    await live.until(lambda: "done after" in live.card(card))

    assert len(live.replies(card)) == 3
    assert "Done in" in live.replies(card)[-1]
    assert live.broadcasts(card) == [live.replies(card)[-1]]
    assert "follows no task" in await live.ask("/milepost list")


async def test_a_task_without_percent_shows_its_state_and_never_a_bar(live: Stage) -> None:
    task = live.start("pan123", failed_files=2)
    card = await live.follow(task)
    await live.until(lambda: "running" in live.card(card))
    assert "█" not in live.card(card)
    assert "░" not in live.card(card)

    live.clouds.set(task.id, finish="succeeded")
    await live.until(lambda: live.broadcasts(card))

    assert "Done in" in live.broadcasts(card)[0]
    assert "2" in live.broadcasts(card)[0]
