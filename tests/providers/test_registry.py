"""From settings to providers, and the words that all of them share."""

import ast
from pathlib import Path

import httpx
import pytest

import providers
from providers.auth.keeper import MemoryTokens
from providers.base import TaskSnapshot, TaskState
from providers.huawei_drs import DrsAccount
from providers.pan123 import Pan123Account
from providers.registry import build
from providers.settings import AccountSettings


@pytest.mark.parametrize(
    "settings",
    [
        AccountSettings(provider="unknown"),
        # What validation would have refused cannot be built either.
        DrsAccount.model_construct(provider="huawei-drs", region="cn-north-4", project_id="0" * 32),
        Pan123Account.model_construct(provider="pan123"),
    ],
    ids=["of no kind", "without a way in", "without a client"],
)
def test_what_is_no_account_is_refused(settings: AccountSettings) -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200)))

    with pytest.raises(ValueError, match=r"account needs|no provider"):
        build("x", settings, client, tokens=MemoryTokens(), on_secret=lambda _: None)


def test_three_states_are_an_end() -> None:
    assert [state for state in TaskState if state.is_terminal] == [
        TaskState.SUCCEEDED,
        TaskState.FAILED,
        TaskState.STOPPED,
    ]


@pytest.mark.parametrize(
    ("state", "percent", "in_sync"),
    [
        (TaskState.SYNCING, 100.0, True),
        (TaskState.SYNCING, 0.0, True),
        (TaskState.SYNCING, None, True),
        (TaskState.SYNCING, 40.0, False),
        (TaskState.RUNNING, 100.0, False),
    ],
)
def test_a_task_is_in_sync_while_it_follows_changes_and_has_caught_up(
    state: TaskState, percent: float | None, in_sync: bool
) -> None:
    assert TaskSnapshot(state=state, percent=percent).in_sync is in_sync


CONTRACT = {"base", "flaws", "reasons"}
"""What the application may know of the library."""


def imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


def test_the_contract_needs_no_network_and_the_library_no_bot() -> None:
    for path in Path(providers.__path__[0]).rglob("*.py"):
        found = imports(path)
        assert not {name.partition(".")[0] for name in found} & {"bot", "playground"}, path
        if path.stem in CONTRACT:
            ours = {f"providers.{name}" for name in CONTRACT}
            assert found <= {"collections.abc", "dataclasses", "enum", "msgspec", "typing", *ours}, path
