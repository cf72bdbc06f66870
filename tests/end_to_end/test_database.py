"""The bot on PostgreSQL: the address is the whole switch."""

import asyncio
from functools import partial
from pathlib import Path

from bot.store.embedded import EmbeddedStore
from bot.store.postgres.schema import NEWEST
from tests.end_to_end.process import milepost, output, write_config
from tests.end_to_end.stage import MIGRATIONS, Stage
from tests.postgres import Server
from tests.store.world import entry, follow


async def test_two_replicas_tell_everything_once_and_one_goes_on_when_the_other_is_killed(
    stage: Stage, tmp_path: Path, database: str
) -> None:
    config = write_config(tmp_path, {**stage.mapping(tmp_path), "store": {"url": "env:DATABASE", "lease": "9s"}})
    tasks = [stage.start("tencent-cos") for _ in range(4)]

    def all_told(cards: list[str], count: int) -> bool:
        return all(len(stage.replies(card)) >= count for card in cards)

    async with (
        milepost("run", "--config", config, DATABASE=database) as first,
        milepost("run", "--config", config, DATABASE=database) as second,
    ):
        await first.runs()
        await second.runs()
        cards = [await stage.follow(task, "every 10%") for task in tasks]
        for told, percent in enumerate((20.0, 40.0), start=1):
            for task in tasks:
                stage.clouds.set(task.id, percent=percent)
            await stage.until(partial(all_told, cards, told))
        await first.kill()
        for task in tasks:
            stage.clouds.set(task.id, finish="succeeded")
        await stage.until(partial(all_told, cards, 3))
        assert await second.stop() == 0

    assert [m["ts"] for m in stage.cards(MIGRATIONS)] == cards
    for card in cards:
        replies = stage.replies(card)
        assert len(replies) == len(set(replies)) == 3, replies


async def test_a_bot_on_a_database_shows_this_machine_that_it_lives(
    stage: Stage, tmp_path: Path, database: str
) -> None:
    config = write_config(tmp_path, {**stage.mapping(tmp_path), "store": {"url": database}})

    async with milepost("run", "--config", config, cwd=tmp_path) as bot:
        await bot.runs()
        during = await output("health", "--config", config, cwd=tmp_path)
        assert await bot.stop() == 0
    after = await output("health", "--config", config, cwd=tmp_path)

    assert during[0] == 0
    assert (after[0], "No bot runs from this folder" in after[1]) == (1, True)


async def test_what_an_operator_does_with_a_data_file_is_done_with_a_database(tmp_path: Path, server: Server) -> None:
    server.create("fresh")
    file, database = f"sqlite:///{tmp_path}/begin.db", server.url("fresh")
    store = await EmbeddedStore.open(file)
    await follow(store)
    await store.note(entry())
    await store.close()
    write_config(tmp_path, {"store": {"url": "env:DATABASE"}})

    async def told(*words: str) -> tuple[int, str]:
        return await output(*words, cwd=tmp_path, DATABASE=database)

    before = await told("check")
    migrated = [await told("store", "migrate") for _ in range(2)]
    copied = [await told("store", "copy", file, "env:DATABASE") for _ in range(2)]
    others = await asyncio.gather(
        told("store", "check"), told("store", "export"), told("audit"), told("store", "import"), told("check")
    )

    assert "no tables yet" in before[1]
    assert ("applied 0001_records" in migrated[0][1], "up to date" in migrated[1][1]) == (True, True)
    assert [status for status, _ in copied] == [0, 1]
    assert copied[0][1].count("same") == 6
    assert "Copy to one that is empty" in copied[1][1]
    assert [status for status, _ in others[:4]] == [0, 0, 0, 1]
    words = ("nothing is wrong", "4 records written", "drs job-1", "milepost store copy", f"tables of schema {NEWEST}")
    assert [word in text for word, (_, text) in zip(words, others, strict=True)] == [True] * 5


async def test_a_database_that_is_away_is_told_in_a_sentence_without_its_password(stage: Stage, tmp_path: Path) -> None:
    url = "postgresql://bot:hunter2@127.0.0.1:1/milepost"
    config = write_config(tmp_path, {**stage.mapping(tmp_path), "store": {"url": url}})
    commands = (("run",), ("store", "migrate"), ("store", "check"), ("audit",))

    found = await asyncio.gather(*(output(*words, "--config", config, cwd=tmp_path) for words in commands))

    for status, text in found:
        assert status == 1
        assert "The database in [store] url cannot be used" in text
        assert "hunter2" not in text
        assert len(text.splitlines()) == 1


async def test_a_schema_of_another_program_is_told_in_a_sentence(stage: Stage, tmp_path: Path, server: Server) -> None:
    server.create("theirs")
    with server.connect("theirs") as connection:
        connection.execute("CREATE SCHEMA milepost CREATE TABLE watch (brand text)")
    config = write_config(tmp_path, {**stage.mapping(tmp_path), "store": {"url": server.url("theirs")}})
    commands = (("store", "migrate"), ("store", "check"), ("audit",), ("check",), ("run",))

    for words in commands:
        status, text = await output(*words, "--config", config, cwd=tmp_path)

        assert status == 1
        assert "a schema `milepost` that is not Milepost's" in " ".join(text.split())
        assert "name another database in [store] url" in " ".join(text.split())


async def test_without_the_extra_a_sentence_names_it(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "psycopg.py").write_text("raise ModuleNotFoundError(\"No module named 'psycopg'\", name='psycopg')")
    config = write_config(tmp_path, {"store": {"url": "postgresql://h/milepost"}})

    status, text = await output("store", "migrate", "--config", config, PYTHONPATH=f"{hidden}:{Path.cwd()}")

    assert status == 1
    assert 'pip install "milepost[postgres]"' in text
    assert len(text.splitlines()) == 1


async def test_a_store_is_not_copied_to_itself(tmp_path: Path, server: Server) -> None:
    status, said = await output("store", "copy", server.url(), server.url(), cwd=tmp_path)

    assert (status, said) == (1, "FROM and TO are the same store.\n")
