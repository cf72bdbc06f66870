import json
import signal
import sqlite3
from pathlib import Path

import pytest

from bot import __version__
from tests.end_to_end.process import milepost, output, write_config
from tests.end_to_end.stage import Stage


async def test_the_version_and_the_help_name_every_command() -> None:
    assert await output("--version") == (0, f"milepost {__version__}\n")
    status, text = await output("--help", COLUMNS="120", NO_COLOR="1")

    assert status == 0
    for command in ("run", "playground", "check", "watch", "health", "audit", "store"):
        assert f" {command} " in text


async def test_check_says_what_works(stage: Stage, tmp_path: Path) -> None:
    status, text = await output("check", "--config", write_config(tmp_path, stage.mapping(tmp_path)))

    assert status == 0, text
    assert "Slack bot token: works" in text
    assert "Slack app token: Socket Mode can connect" in text
    assert "nothing is said twice" in text
    for account in ("cos", "codearts", "drs", "usmc", "pan"):
        assert f"account {account}" in text
    assert "✗" not in text


async def test_check_says_what_does_not_work_and_shows_no_secret(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    mapping["slack"]["app_token"] = "xapp-not-the-one"
    mapping["accounts"]["cos"]["secret_key"] = "not-the-key-at-all"
    stage.clouds.fault("huawei-codearts", "down")
    status, text = await output("check", "--config", write_config(tmp_path, mapping))

    assert status == 1
    lines = {line[2:].split(":")[0]: line[0] for line in text.splitlines() if line[:1] in "✓✗"}
    assert lines["account cos (Tencent COS)"] == "✗"
    assert lines["account codearts (Huawei CodeArts Check)"] == "✗"
    assert lines["account drs (Huawei DRS)"] == "✓"
    assert lines["Slack app token"] == "✗"
    assert "not-the" not in text


async def test_watch_shows_a_task_to_its_end(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("huawei-codearts", percent=100.0, speed=50.0, name="nightly check")

    status, text = await output("watch", "codearts", task.key, "--config", config)

    assert status == 0, text
    assert "nightly check" in text
    assert "done" in text


async def test_watch_ends_with_1_when_the_task_fails(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    task = stage.start("tencent-cos", percent=40.0)
    stage.clouds.set(task.id, finish="failed", message="no space")

    status, text = await output("watch", "cos", task.key, "--config", config)

    assert status == 1
    assert "failed" in text
    assert "no space" in " ".join(text.split())


@pytest.mark.parametrize(
    ("account", "key", "said"),
    [
        ("nope", "x", "There is no account"),
        ("drs", "not-a-job", "For example: milepost watch drs 9a470239"),
        ("drs", "9a470239-2308-4bb5-a6bc-1040402fjb21", "drs: "),
    ],
)
async def test_watch_says_why_it_cannot(stage: Stage, tmp_path: Path, account: str, key: str, said: str) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))

    status, text = await output("watch", account, key, "--config", config)

    assert status == 2
    assert said in text
    assert "Traceback" not in text


async def test_health_tells_whether_a_bot_lives(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    assert (await output("health", "--config", config))[0] == 1

    async with milepost("run", "--config", config) as process:
        await process.says("Milepost is running")
        assert (await output("health", "--config", config))[0] == 0
        assert await process.stop() == 0

    assert (await output("health", "--config", config))[0] == 1


async def test_all_problems_of_a_configuration_are_told_at_once_with_status_2(tmp_path: Path) -> None:
    config = tmp_path / "milepost.toml"
    config.write_text('[slack]\nmodes = "x"\n[polling]\nmin_interval = "1 parsec"\n[accounts.Bad]\nprovider = "aws"\n')

    for command in ("run", "check", "health"):
        status, text = await output(command, "--config", config)
        assert status == 2
        for place in ("modes", "min_interval", "Bad"):
            assert place in text
        assert "Traceback" not in text


@pytest.mark.parametrize("wrong", ["missing", "directory"])
async def test_a_configuration_that_is_no_file_is_said_in_a_sentence(tmp_path: Path, wrong: str) -> None:
    config = tmp_path / "milepost.toml"
    if wrong == "directory":
        config.mkdir()

    status, text = await output("run", "--config", config)

    assert status == 2
    assert "milepost.toml" in text
    assert "Traceback" not in text


async def test_a_data_file_that_is_not_ours_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    data = tmp_path / "milepost.db"
    data.write_text("my diary")

    status, text = await output("run", "--config", config)

    assert status == 1
    assert "Traceback" not in text
    assert data.read_text() == "my diary"


async def test_a_data_file_of_another_program_is_left_alone(stage: Stage, tmp_path: Path) -> None:
    config = write_config(tmp_path, stage.mapping(tmp_path))
    data = tmp_path / "milepost.db"
    with sqlite3.connect(data) as other:
        other.execute("create table diary (day text)")
    other.close()
    before = data.read_bytes()

    status, text = await output("run", "--config", config)

    assert status == 1
    assert "Traceback" not in text
    assert data.read_bytes() == before


async def test_logs_are_json_lines_where_there_is_no_terminal(stage: Stage, tmp_path: Path) -> None:
    mapping = stage.mapping(tmp_path)
    config = write_config(tmp_path, mapping)
    task = stage.start("huawei-drs")
    async with milepost("run", "--config", config, "--log-level", "debug") as process:
        await process.says("Milepost is running")
        await stage.follow(task)
        for cloud in ("tencent-cos", "scloud-usmc", "pan123", "huawei-codearts"):
            await stage.follow(stage.start(cloud))
        assert await process.stop() == 0

    for line in process.lines:
        assert json.loads(line)["event"]
    secrets = [
        v for table in mapping["accounts"].values() for k, v in table.items() if "secret_key" in k or "password" in k
    ]
    for secret in [*secrets, mapping["slack"]["bot_token"], mapping["slack"]["app_token"], "playground-client-secret"]:
        assert secret not in process.text
    for pattern in ("q-signature=", "Signature=", "Bearer "):
        for found in process.text.split(pattern)[1:]:
            assert not found[:6].isalnum(), f"{pattern}{found[:60]}"


async def test_without_tokens_the_main_job_runs_in_the_playground(tmp_path: Path) -> None:
    async with milepost("run") as process:
        await process.says("The playground is open")
        process.signal(signal.SIGINT)
        assert await process.ended() == 0

    assert "http://127.0.0.1:" in process.text


async def test_a_taken_playground_port_is_said_in_a_sentence(stage: Stage) -> None:
    status, text = await output("playground", "--port", str(stage.playground.port))

    assert status == 1
    assert "taken" in text
    assert "Traceback" not in text


async def test_an_unknown_log_level_is_refused() -> None:
    status, text = await output("run", "--log-level", "loud")

    assert status == 2
    assert "debug" in text
