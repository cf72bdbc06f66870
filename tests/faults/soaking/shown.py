"""What a message in a thread tells, read from its text as a person reads it."""

import re

_JUMP = re.compile(r"(\d+(?:\.\d+)?) %, up from (\d+(?:\.\d+)?) % at the last look")
_PASSED = re.compile(r"(\d+(?:\.\d+)?) % (?:passed )?after ")


def what(delivery: str) -> str:
    """Return the part of a delivery id that names its news: ``<watch>/<run>/<subscription>/<what>``."""
    return delivery.rsplit("/", 1)[-1]


def subscription(delivery: str) -> str:
    """Return the subscription that a delivery id belongs to."""
    return delivery.rsplit("/", 2)[-2]


def covered(text: str, delivery: str, milestones: tuple[int, ...]) -> list[int]:
    """Return the milestones that a message tells of; a jump or a late summary tells of several."""
    others = ("card", "ended", "paused", "unreadable", "readable", "in-sync", "ran-again")
    # What is told late bears the name of its first piece, whatever else it tells. A card has several lines, too.
    if what(delivery).startswith("card") or (what(delivery).startswith(others) and "\n" not in text):
        return []
    plain = re.sub(r"[\u00a0\u202f]", " ", text)
    found: list[int] = []
    for line in plain.split("\n"):
        jump = _JUMP.search(line)
        if jump:
            found += [m for m in milestones if float(jump[2]) < m <= float(jump[1])]
        elif passed := _PASSED.search(line):
            found.append(int(float(passed[1])))
    return found
