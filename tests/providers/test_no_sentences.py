"""What people read stands in ``bot/core/wording``: here are codes only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import providers

# The operator reads of settings, in docs and on the command line, and logs; a pattern is what a cloud may say.
_NOT_FOR_PEOPLE = {"ValueError", "RuntimeError", "Field", "warning", "compile"}
_WORDS = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def sentences(node: ast.AST) -> Iterator[str]:
    """Yield each text with three words in a row below *node*, apart from docstrings and what is compared."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Compare) or (isinstance(node, ast.Call) and called(node) in _NOT_FOR_PEOPLE):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORDS.search(node.value):
        yield node.value
    for inner in ast.iter_child_nodes(node):
        yield from sentences(inner)


def test_the_library_has_no_sentence_for_people() -> None:
    for path in Path(providers.__path__[0]).rglob("*.py"):
        found = list(sentences(ast.parse(path.read_text(encoding="utf-8"))))

        assert found == [], path


def test_a_sentence_would_be_found_wherever_it_stands() -> None:
    code = """
'''A docstring may speak.'''
raise ValueError("the account is wrong")
_REFUSED = {1: "the key is wrong"}
raise InvalidKey(f"the link is of {region}")
UnexpectedResponse(Reason.NOT_JSON)
"""

    assert list(sentences(ast.parse(code))) == ["the key is wrong", "the link is of "]
