"""A running bot loses a channel, its token, its connections, and goes on when they come back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.wiring import Bot
from playground.slack import Refuse, ServerError
from tests.end_to_end.stage import ALICE, DATABASES, MIGRATIONS, Stage, running

OPEN = "apps.connections.open"
DIRECT = "D0ALICE"


@pytest.fixture
async def watchful(stage: Stage, tmp_path: Path) -> AsyncIterator[Stage]:
    """A stage with a bot that looks at its connections, its token and its clouds all the time."""
    polling = {"min_interval": "1s", "max_interval": "1s"}
    async with running(Bot(stage.settings(tmp_path, polling=polling), watch_every=0.2)):
        await stage.until(lambda: stage.slack.socket.connections == 2)
        yield stage


def told(stage: Stage) -> list[str]:
    """What Alice was told in her direct messages."""
    known = DIRECT in stage.slack.workspace.channels
    return [str(one["text"]) for one in stage.slack.messages(DIRECT)] if known else []


async def caught_up(stage: Stage, card: str, channel: str = MIGRATIONS) -> str:
    """Wait for the message that says what was missed, and return it."""
    silence = "I could not speak here since"
    await stage.until(lambda: any(silence in one for one in stage.replies(card, channel)))
    (said,) = [one for one in stage.replies(card, channel) if silence in one]
    return said


async def test_an_archived_channel_falls_silent_tells_its_owner_and_goes_on(watchful: Stage) -> None:
    task = watchful.start("tencent-cos", percent=10.0)
    card = await watchful.follow(task)

    watchful.slack.life.archive(MIGRATIONS)
    await watchful.until(lambda: told(watchful))
    watchful.clouds.set(task.id, percent=60.0)
    calls = len(watchful.clouds.calls("tencent-cos"))
    await watchful.until(lambda: len(watchful.clouds.calls("tencent-cos")) > calls + 1)
    watchful.slack.life.unarchive(MIGRATIONS)
    said = await caught_up(watchful, card)
    watchful.clouds.set(task.id, finish="succeeded")
    await watchful.until(lambda: watchful.broadcasts(card))

    assert "it was archived" in told(watchful)[0]
    assert len(told(watchful)) == 1
    assert "60" in said
    assert len(watchful.replies(card)) == 2


async def test_a_bot_that_is_removed_and_invited_again_goes_on(watchful: Stage) -> None:
    task = watchful.start("huawei-codearts", percent=10.0)
    card = await watchful.follow(task)

    await watchful.slack.say(ALICE, MIGRATIONS, "/remove @milepost")
    await watchful.until(lambda: told(watchful))
    listed = await watchful.ask("/milepost list")
    await watchful.slack.say(ALICE, MIGRATIONS, "/invite @milepost")
    await caught_up(watchful, card)

    assert "I am not in it any more" in listed
    assert "silent" not in await watchful.ask("/milepost list")


async def test_an_uninstalled_bot_waits_and_goes_on_when_it_is_installed_again(watchful: Stage) -> None:
    task = watchful.start("tencent-cos", percent=10.0)
    first, second = await watchful.follow(task), await watchful.follow(task, channel=DATABASES)

    watchful.slack.life.uninstall()
    refused = len(watchful.slack.calls("auth.test"))
    await watchful.until(lambda: len(watchful.slack.calls("auth.test")) > refused + 1)
    watchful.clouds.set(task.id, percent=60.0)
    posts = len(watchful.slack.calls("chat.postMessage"))
    calls = len(watchful.clouds.calls("tencent-cos"))
    await watchful.until(lambda: len(watchful.clouds.calls("tencent-cos")) > calls + 1)
    tried = len(watchful.slack.calls("chat.postMessage")) - posts
    watchful.slack.life.reinstall()

    assert "60" in await caught_up(watchful, first)
    assert "60" in await caught_up(watchful, second, DATABASES)
    assert tried == 0


async def test_a_token_that_is_refused_for_a_while_pauses_everything_and_no_longer(watchful: Stage) -> None:
    task = watchful.start("tencent-cos", percent=10.0)
    card = await watchful.follow(task)

    watchful.slack.tokens.bot_error = "invalid_auth"
    asked = len(watchful.slack.calls("auth.test"))
    await watchful.until(lambda: len(watchful.slack.calls("auth.test")) > asked + 2)
    watchful.slack.tokens.bot_error = None

    assert "Slack refused my token" in await caught_up(watchful, card)


async def test_a_slack_on_a_bad_day_is_no_refused_token(watchful: Stage) -> None:
    task = watchful.start("tencent-cos", percent=10.0)
    card = await watchful.follow(task)

    watchful.slack.faults.plan("auth.test", ServerError(), times=2)
    watchful.slack.faults.plan("auth.test", Refuse(code="internal_error"), times=2)
    asked = len(watchful.slack.calls("auth.test"))
    await watchful.until(lambda: len(watchful.slack.calls("auth.test")) > asked + 5)
    watchful.clouds.set(task.id, percent=60.0)
    await watchful.until(lambda: watchful.replies(card))

    assert "could not speak" not in watchful.replies(card)[0]


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled", "too_many_websockets", "sever"])
async def test_commands_are_answered_while_one_connection_leaves_and_after_both_did(
    watchful: Stage, reason: str
) -> None:
    socket = watchful.slack.socket
    for most in (1, 2):
        opened = socket.opened
        if reason == "sever":
            socket.sever(most=most)
        else:
            await socket.disconnect(reason, most=most)
        if most == 1:
            assert "follows no task" in await watchful.ask("/milepost list")
        await watchful.until(lambda opened=opened, most=most: socket.opened == opened + most)  # type: ignore[misc]
        await watchful.until(lambda: socket.staying == 2)
        assert "follows no task" in await watchful.ask("/milepost list")

    assert watchful.slack.errors == []


async def test_a_start_without_a_socket_is_tried_again(stage: Stage, tmp_path: Path) -> None:
    stage.slack.faults.plan(OPEN, ServerError(), times=2)

    async with running(Bot(stage.settings(tmp_path))):
        assert "follows no task" in await stage.ask("/milepost list")

    assert len(stage.slack.calls(OPEN)) == 4


async def test_a_start_with_one_socket_is_a_start(stage: Stage, tmp_path: Path) -> None:
    stage.slack.faults.plan(OPEN, Refuse(code="internal_error"))

    async with running(Bot(stage.settings(tmp_path), watch_every=0.2)):
        assert "follows no task" in await stage.ask("/milepost list")
        await stage.until(lambda: stage.slack.socket.connections == 2)


async def test_what_was_paused_at_the_stop_goes_on_after_the_start(stage: Stage, tmp_path: Path) -> None:
    task = stage.start("tencent-cos", percent=10.0)
    async with running(Bot(stage.settings(tmp_path))):
        card = await stage.follow(task)
        stage.slack.life.uninstall()
        await stage.until(lambda: len([one for one in stage.slack.deliveries if one.outcome.acked]) >= 3)
    stage.slack.life.reinstall()
    stage.clouds.set(task.id, finish="succeeded")

    async with running(Bot(stage.settings(tmp_path))):
        await caught_up(stage, card)
        await stage.until(lambda: stage.broadcasts(card))

    assert len(stage.replies(card)) == 2


async def test_a_damaged_data_file_is_told_to_the_operators_once(stage: Stage, tmp_path: Path) -> None:
    slack = {**stage.mapping(tmp_path)["slack"], "operators": DATABASES}
    async with running(Bot(stage.settings(tmp_path, slack=slack))):
        await stage.follow(stage.start("tencent-cos"))
    _smash(tmp_path / "milepost.db")

    def told() -> list[str]:
        # They may have heard of the subscription as well, as of every change.
        return [one["text"] for one in stage.cards(DATABASES) if "My data file was damaged" in one["text"]]

    for _ in range(2):
        async with running(Bot(stage.settings(tmp_path, slack=slack))):
            await stage.until(told)
            await stage.ask("/milepost list")

    assert len(told()) == 1


def _smash(path: Path) -> None:
    """Overwrite all but the first page, which tells whose file it is."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
