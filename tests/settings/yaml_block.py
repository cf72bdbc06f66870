"""Reads the plain corner of YAML that our own files are written in, and refuses the rest."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

_ENTRY = re.compile(r"([\w./<-]+):(?: (.+))?")
_MARK = re.compile(r"&(\w+)(?: (.+))?")


def read(text: str) -> dict[str, Any]:
    """Return the document: block mappings and lists, literal blocks, plain or double-quoted scalars, comments on lines
    of their own, marks (``&name``) and what repeats them (``*name``, ``<<: *name``)."""
    reader = _Reader([line.rstrip() for line in text.splitlines()])
    value = reader.block(0)
    assert not reader.more()
    assert isinstance(value, dict)
    return value


@dataclass
class _Reader:
    lines: list[str]
    marked: dict[str, Any] = field(default_factory=dict)

    def more(self) -> bool:
        """Whether there is another line; what says nothing is passed over."""
        while self.lines and (not self.lines[0].strip() or self.lines[0].lstrip().startswith("#")):
            del self.lines[0]
        return bool(self.lines)

    @property
    def _indent(self) -> int:
        return len(self.lines[0]) - len(self.lines[0].lstrip())

    def block(self, indent: int) -> Any:
        """Return the list or the mapping that begins here."""
        assert self.more()
        return self._list(indent) if self.lines[0].lstrip().startswith("- ") else self._mapping(indent)

    def _list(self, indent: int) -> list[Any]:
        items: list[Any] = []
        while self.more() and self._indent == indent and self.lines[0].lstrip().startswith("- "):
            body = self.lines[0].lstrip()[2:]
            if _ENTRY.fullmatch(body):
                # "- key: value" opens a mapping two columns further in.
                self.lines[0] = " " * (indent + 2) + body
                items.append(self._mapping(indent + 2))
            else:
                del self.lines[0]
                items.append(_scalar(body))
        return items

    def _mapping(self, indent: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        repeated: dict[str, Any] = {}
        while self.more() and self._indent == indent:
            match = _ENTRY.fullmatch(self.lines[0].strip())
            assert match, f"not in this corner of YAML: {self.lines[0].strip()}"
            del self.lines[0]
            key, written = match[1], match[2]
            assert key not in entries, f"{key} is there twice"
            if key == "<<":
                assert written, "<< repeats nothing"
                repeated |= self._repeated(written)
            else:
                entries[key] = self._value(key, written, indent)
        # What stands here itself goes before what is repeated.
        return repeated | entries

    def _value(self, key: str, written: str | None, indent: int) -> Any:
        if written is None:
            # As in "data:" under the volumes of a compose file.
            return self.block(self._indent) if self.more() and self._indent > indent else None
        if written == "|":
            return self._literal(indent)
        if mark := _MARK.fullmatch(written):
            self.marked[mark[1]] = self._value(key, mark[2], indent)
            return self.marked[mark[1]]
        return self._repeated(written) if written.startswith("*") else _scalar(written)

    def _repeated(self, written: str) -> Any:
        name = written.removeprefix("*")
        assert name in self.marked, f"nothing is marked {name}"
        return self.marked[name]

    def _literal(self, indent: int) -> str:
        lines: list[str] = []
        while self.lines and (not self.lines[0] or self._indent > indent):
            lines.append(self.lines.pop(0))
        assert lines, "a literal block without a line"
        inner = len(lines[0]) - len(lines[0].lstrip())
        assert all(not line or line.startswith(" " * inner) for line in lines)
        return "\n".join(line[inner:] for line in lines).rstrip("\n") + "\n"


def _scalar(written: str) -> Any:
    if written in ("true", "false"):
        return written == "true"
    if re.fullmatch(r"-?\d+", written):
        return int(written)
    if written.startswith('"'):
        return json.loads(written)
    assert not re.search(r"^[\[\]{}>|*&!%@`'\"#]|: | #", written), f"needs quotes: {written}"
    return written
