"""What a stored value is, and how to say that a part of one stays as it is."""

from enum import Enum, auto

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A stored value: frozen, compared by value, and written as JSON without its defaults.

    It holds values alone, so it never is a part of a circle that a garbage collector would have to find.
    """


class Keep(Enum):
    """Says of a part of a change that it stays as it is."""

    KEEP = auto()
