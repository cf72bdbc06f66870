"""Whatever people read in Slack stands in ``bot/core/wording``, ready for a second language."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bot

ROOT = Path(bot.__path__[0])
# For operators: logs, and faults that reach nobody in Slack; the name of a task of the event loop.
_NOT_FOR_PEOPLE = {
    "info",
    "warning",
    "error",
    "exception",
    "level",
    "StoreError",
    "ValueError",
    "SlackUnreachable",
    "start",
}
# What is typed, codes, and what is told to machines: to whoever calls over HTTP, to health checks.
_NOT_SENTENCES = {
    "bot/core/grammar/clauses.py": {"per phase", "quiet hours", "phase off", "phases off"},
    "bot/core/grammar/durations.py": {"lag 60s for 10m"},
    "bot/core/grammar/people.py": {" on end"},
    "bot/core/model.py": {"use the account", "give away", "set defaults"},
    "bot/usecases/pulse.py": {"the store has not answered for "},
    "bot/slack/http_mode.py": {"too slow", "invalid request", "Slack was not reached yet"},
}
_ONE_FOR_OPERATORS = {"bot/core/grammar/printing.py", "bot/slack/session.py", "bot/slack/poster.py"}
"""Files that print commands as they are typed, or tell a terminal what Slack refuses at the start."""
_WORDS = re.compile(r"[A-Za-z”]+ [a-z]+")


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def sentences(node: ast.AST) -> Iterator[str]:
    """Yield each text with two words in a row below *node*, apart from docstrings."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and called(node) in _NOT_FOR_PEOPLE:
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORDS.search(node.value):
        yield node.value
    for inner in ast.iter_child_nodes(node):
        yield from sentences(inner)


@pytest.mark.parametrize("layer", ["core", "usecases", "slack"])
def test_no_layer_has_a_sentence_of_its_own(layer: str) -> None:
    for path in (ROOT / layer).rglob("*.py"):
        name = f"bot/{path.relative_to(ROOT)}"
        if "wording" in path.parts or name in _ONE_FOR_OPERATORS:
            continue
        found = set(sentences(ast.parse(path.read_text(encoding="utf-8"))))
        found = {text for text in found if not text.startswith("/milepost")}

        assert found == _NOT_SENTENCES.get(name, set()), name


def test_a_sentence_would_be_found() -> None:
    code = """
def said(x):
    "A docstring may speak."
    log.info("all is well")
    return {"a": "Quiet hours are", "b": f"{x} is late"}
"""

    assert list(sentences(ast.parse(code))) == ["Quiet hours are", " is late"]
