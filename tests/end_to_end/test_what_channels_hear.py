from tests.end_to_end.stage import Stage


async def test_a_failure_is_told_to_the_channel_with_the_clouds_words(live: Stage) -> None:
    task = live.start("tencent-cos", percent=62.0)
    card = await live.follow(task)

    live.clouds.set(task.id, finish="failed", message="disk *full* <!channel>")
    await live.until(lambda: live.broadcasts(card))

    told = live.broadcasts(card)[0]
    assert "Failed at 62" in told
    assert "full" in told
    assert "<!channel>" not in told


async def test_an_incremental_task_is_in_sync_and_goes_on(live: Stage) -> None:
    task = live.start("huawei-drs", mode="FULL_INCR_TRANS", percent=40.0)
    card = await live.follow(task)

    live.clouds.set(task.id, percent=100.0)
    await live.until(lambda: any("In sync" in reply for reply in live.replies(card)))
    await live.until(lambda: "in sync" in live.card(card))

    assert live.broadcasts(card) == []
    assert "in sync" in await live.ask("/milepost list")


async def test_a_pause_and_its_end_are_told(live: Stage) -> None:
    task = live.start("huawei-drs", mode="FULL_TRANS", percent=40.0)
    card = await live.follow(task)

    live.clouds.set(task.id, running=False)
    await live.until(lambda: any("Paused at 40" in reply for reply in live.replies(card)))
    live.clouds.set(task.id, running=True)
    await live.until(lambda: any("Running again" in reply for reply in live.replies(card)))


async def test_a_cloud_in_trouble_is_told_once_and_so_is_its_recovery(live: Stage) -> None:
    task = live.start("huawei-codearts", percent=10.0)
    card = await live.follow(task)

    live.clouds.fault("huawei-codearts", "down")
    await live.until(lambda: any("I cannot read" in reply for reply in live.replies(card)))
    live.clouds.fault("huawei-codearts", "none")
    await live.until(lambda: any("answers again" in reply for reply in live.replies(card)))

    assert len(live.replies(card)) == 2


async def test_two_channels_follow_one_task_each_with_its_own_card(live: Stage) -> None:
    task = live.start("tencent-cos", percent=10.0)
    first = await live.follow(task)
    second = await live.follow(task, channel="C0DATABASE")

    live.clouds.set(task.id, percent=55.0)
    await live.until(lambda: any("55" in reply for reply in live.replies(first)))
    await live.until(lambda: any("55" in reply for reply in live.replies(second, "C0DATABASE")))
