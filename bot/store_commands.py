"""`milepost store …` and `milepost audit`: what an operator does with what is kept."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer

from bot import logs, lookafter
from bot.commandline import BAD_SETTINGS, ConfigOption, fail, read_settings, read_stores
from bot.core.wording import audit as audit_wording
from bot.ports import StoreUnusable
from bot.settings.values import parse_duration

T = TypeVar("T")

store_app = typer.Typer(help="Look after the data file, or the database.", no_args_is_help=True)

FileOption = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="Another data file than the configured one.", show_default=False),
]


@store_app.command(name="check")
def store_check(config: ConfigOption = None, file: FileOption = None) -> None:
    """Tell what is wrong with the records (exit status 1 if anything is). The bot may be running."""
    place = _place(config, file)
    found = _guarded(lambda: lookafter.check(place))
    for finding in found:
        print(logs.redact_known(finding))  # noqa: T201 - the answer
    if found:
        fail(f"{place.shown}: {len(found)} finding{'s' if len(found) > 1 else ''}.", 1)
    if lookafter.is_empty(place):
        print(f"{place.shown} is empty, and fine: nothing was written to it yet.")  # noqa: T201 - the answer
        return
    print(f"{place.shown}: nothing is wrong.")  # noqa: T201 - the answer


@store_app.command(name="export")
def store_export(
    to: Annotated[Path | None, typer.Argument(help="A new file; without it, standard output.")] = None,
    config: ConfigOption = None,
    file: FileOption = None,
) -> None:
    """Write every record that can be read as a line of JSON. The bot may be running."""
    place = _place(config, file)
    done = _guarded(lambda: lookafter.export(place, to))
    for sentence in done.left_out:
        print(logs.redact_known(sentence), file=sys.stderr)  # noqa: T201 - standard output is the export
    print(f"{done.records} records written, {len(done.left_out)} left out.", file=sys.stderr)  # noqa: T201
    if done.left_out:
        sys.exit(1)


@store_app.command(name="import")
def store_import(
    source: Annotated[Path | None, typer.Argument(help="An export; without it, standard input.")] = None,
    config: ConfigOption = None,
    file: FileOption = None,
) -> None:
    """Begin a data file with the records of an export: all of them or none. There must be no data file yet."""
    place = _place(config, file)
    count = _guarded(lambda: lookafter.import_(place, source))
    print(f"{place.shown}: {count} records.")  # noqa: T201 - the answer


@store_app.command(name="migrate")
def store_migrate(config: ConfigOption = None) -> None:
    """Bring the tables of the database up to date, as each start does. Replicas may be running."""
    place = _place(config, None)
    if place.file is not None:
        print(f"{place.shown} is a data file: there is nothing to migrate.")  # noqa: T201 - the answer
        return
    applied = _guarded(lambda: lookafter.migrate(place))
    said = f"applied {', '.join(applied)}" if applied else "the tables were up to date"
    print(f"{place.shown}: {said}.")  # noqa: T201 - the answer


@store_app.command(name="copy")
def store_copy(
    source: Annotated[str, typer.Argument(metavar="FROM", help="sqlite:///FILE or postgresql://…, or env:NAME.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The other one; it must be empty.")],
) -> None:
    """Carry everything from one store to another, and prove it by counting both. Stop the bot first."""
    stores = read_stores(source, target)
    copied = _guarded(lambda: lookafter.copy(*(each.url.get_secret_value() for each in stores)))
    print(" -> ".join(each.shown for each in stores))  # noqa: T201 - the answer
    for each in copied:
        sides = [f"{side.count:>10} {side.checksum}" for side in (each.source, each.target)]
        print(f"{each.kind:14}{'  '.join(sides)}  {'same' if each.same else 'DIFFERENT'}")  # noqa: T201 - the answer
    if not all(each.same for each in copied):
        fail("Both do not hold the same.", 1)


@store_app.command(name="traces")
def store_traces(
    account: Annotated[
        str | None, typer.Option("--account", help="Of this account's tasks alone.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    file: FileOption = None,
) -> None:
    """Write what was read of each task, to try another cadence on it. The bot may be running.

    Lines of JSON, [seconds, percent or null, state], an empty line between two tasks, and no task's name.
    """
    place = _place(config, file)
    written, left_out = 0, 0
    for found in _guarded(lambda: list(lookafter.traces(place, account=account))):
        if isinstance(found, str):
            left_out += 1
            print(logs.redact_known(found), file=sys.stderr)  # noqa: T201 - standard output is the traces
            continue
        if written:
            print()  # noqa: T201 - the answer
        written += 1
        print("\n".join(found))  # noqa: T201 - the answer
    if not written:
        print(f"{place.shown}: no task was read more than once.", file=sys.stderr)  # noqa: T201 - likewise
    if left_out:
        sys.exit(1)


def audit(
    since: Annotated[
        str | None, typer.Option("--since", help="How far to look back, such as 12h or 7d.", show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many entries at most: the latest.")] = 100,
    as_json: Annotated[bool | None, typer.Option("--json", help="One JSON object a line.")] = None,
    config: ConfigOption = None,
    file: FileOption = None,
) -> None:
    """Tell who changed what, and what they were refused, oldest first. The bot may be running."""
    begin = None if since is None else datetime.now(UTC) - _back(since)
    place = _place(config, file)
    found = _guarded(lambda: lookafter.audit(place, since=begin, limit=limit))
    for entry in found.entries:
        line = msgspec.json.encode(entry).decode() if as_json else audit_wording.in_terminal(entry)
        print(logs.redact_known(line))  # noqa: T201 - the answer
    for sentence in found.left_out:
        print(logs.redact_known(sentence), file=sys.stderr)  # noqa: T201
    if found.left_out:
        sys.exit(1)


def _back(since: str) -> timedelta:
    try:
        back = parse_duration(since)
    except ValueError:
        back = None
    if not isinstance(back, timedelta):
        fail(f"--since {since}: that is no time. Give a number and s, m, h or d, such as 12h or 7d.", BAD_SETTINGS)
    return back


def _place(config: Path | None, named: Path | None) -> lookafter.Place:
    if named is not None:
        return lookafter.Place(file=named, shown=str(named))
    store = read_settings(config, "error").store
    if store.is_database:
        return lookafter.Place(url=store.url.get_secret_value(), shown=store.shown)
    return lookafter.Place(file=store.path, shown=str(store.path))


def _guarded(work: Callable[[], T]) -> T:
    try:
        return work()
    except StoreUnusable as error:
        fail(str(error), 1)
