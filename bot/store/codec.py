"""How a record is written down: JSON in an envelope that carries the version of its shape.

``{"v":3,"record":{…}}`` under the key ``watch/<id>``, ``subscription/<id>``, ``delivery/<id>``, ``said/<key>``,
``channel/<id>`` or ``audit/<id>``. A change of shape, of meaning or of a default (defaults are not written) is a new
version here, with a reader for each older one.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from bot.core.model import AuditEntry, ChannelSettings, Delivery, Subscription, Watch
from bot.core.record import Record

VERSION = 3
"""The version that is written."""


class Said(Record, frozen=True, kw_only=True):
    """Something that is said once, and was."""

    id: str
    """What: the key by which it is asked for."""


Kept: TypeAlias = Watch | Subscription | Delivery | Said | ChannelSettings | AuditEntry
"""What has a row of its own."""

T = TypeVar("T")
R = TypeVar("R", Watch, Subscription)


class Unstorable(ValueError):
    """This value would not come back as it is, so it is not written."""


class Unreadable(ValueError):
    """This row is JSON, but no record of ours."""


class NotJson(Unreadable):
    """This row is not even JSON. Nothing here ever writes such a thing, so the file itself is damaged."""


class TooNew(Unreadable):
    """A newer Milepost wrote this row."""


class _Stored(msgspec.Struct, Generic[T], gc=False):
    v: int
    record: T


class _Version(msgspec.Struct):
    v: int


Reader: TypeAlias = Callable[[bytes | str], Kept]


def _reader(decoder: msgspec.json.Decoder[_Stored[T]]) -> Callable[[bytes | str], T]:
    def read(text: bytes | str) -> T:
        return decoder.decode(text).record

    return read


_NEWEST: Mapping[str, msgspec.json.Decoder[_Stored[Any]]] = {
    "watch": msgspec.json.Decoder(_Stored[Watch]),
    "subscription": msgspec.json.Decoder(_Stored[Subscription]),
    "delivery": msgspec.json.Decoder(_Stored[Delivery]),
    "said": msgspec.json.Decoder(_Stored[Said]),
    "channel": msgspec.json.Decoder(_Stored[ChannelSettings]),
    "audit": msgspec.json.Decoder(_Stored[AuditEntry]),
}
_FIRST: Mapping[str, Reader] = {kind: _reader(_NEWEST[kind]) for kind in ("watch", "subscription", "delivery")}
# Pauses, what was caught up and what was said came with it; nothing that 1 could write reads differently.
_SECOND: Mapping[str, Reader] = {**_FIRST, "said": _reader(_NEWEST["said"])}
# Rules beyond milestones, mutes, held deliveries and what is told by the clock came with it, settings of channels and
# the audit log; nothing that 2 could write reads differently.
_THIRD: Mapping[str, Reader] = {**_SECOND, **{kind: _reader(_NEWEST[kind]) for kind in ("channel", "audit")}}
_READERS: Mapping[int, Mapping[str, Reader]] = {1: _FIRST, 2: _SECOND, 3: _THIRD}
_VERSION = msgspec.json.Decoder(_Version)
HEAD = f'{{"v":{VERSION},'
"""How a row of the newest version begins, as it is written here."""
AFTER_HEAD = HEAD[:-1] + chr(ord(HEAD[-1]) + 1)
"""Stands behind whatever begins so, and before all else that stands behind it."""
_HEAD = HEAD.encode()
_ENCODER = msgspec.json.Encoder()
_KINDS: Mapping[type[Kept], str] = {
    Watch: "watch",
    Subscription: "subscription",
    Delivery: "delivery",
    Said: "said",
    ChannelSettings: "channel",
    AuditEntry: "audit",
}


KINDS: Sequence[str] = tuple(_KINDS.values())
"""All kinds, each behind those on which it hangs."""


def key_of(record: Kept) -> str:
    """Return the key of a record's row."""
    return f"{_KINDS[type(record)]}/{record.id}"


def range_of(kind: type[Kept]) -> tuple[str, str]:
    """Return two keys between which those of all rows of a kind lie."""
    # "0" is what follows "/".
    return f"{_KINDS[kind]}/", f"{_KINDS[kind]}0"


def bounds(kind: str) -> tuple[str, str]:
    """Return the same of the name of a kind."""
    return f"{kind}/", f"{kind}0"


def encode(record: Kept) -> str:
    """Return the row of a record; raise Unstorable where reading it would not give the same record."""
    try:
        key_of(record).encode()
        text = _ENCODER.encode(_Stored(v=VERSION, record=record))
        # JSON has no NaN and no infinity (msgspec writes null), and a wrong type would be found only at the next
        # start, with the caller long gone: so every row is read back before it is written.
        same = _READERS[VERSION][_KINDS[type(record)]](text) == record
    except (msgspec.MsgspecError, TypeError, ValueError) as trouble:
        raise Unstorable(f"{_name(record)} cannot be stored: {_place(trouble)}") from None
    if not same:
        raise Unstorable(f"{_name(record)} cannot be stored: it would be read back as something else")
    return text.decode()


def decode_many(kind: type[R], rows: int, keys: bytes | None, values: bytes | None) -> list[R]:
    """Return the records of one kind of so many rows, line breaks between their keys and between their values.

    Unreadable where anything about them is not as it is written today; each for itself may be readable.
    """
    if keys is None or values is None:
        return []
    name = _KINDS[kind]
    begin = f"{name}/"
    try:
        records = [stored.record for stored in _NEWEST[name].decode_lines(values)]
        same = (begin + f"\n{begin}".join([each.id for each in records])).encode() == keys
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Unreadable("some of these rows cannot be read") from None
    # A line break in a key would let one row look like two, or two like one.
    if not same or not keys.count(b"\n") + 1 == len(records) == rows:
        raise Unreadable("some of these rows are not as usual")
    return records


def decode_all(rows: Iterable[tuple[str, bytes]]) -> Iterator[Kept]:
    """Yield the record of each row, as ``decode`` does, but faster where all is as it is written today."""
    for key, text in rows:
        kind, _, name = key.partition("/")
        decoder = _NEWEST.get(kind)
        if decoder is not None and text.startswith(_HEAD):
            try:
                record: Kept = decoder.decode(text).record
            except (msgspec.DecodeError, UnicodeError):
                # Again, to tell why.
                record = decode(key, text)
            if record.id == name:
                yield record
                continue
        yield decode(key, text)


def decode(key: str, text: bytes | str) -> Kept:
    """Return the record of a row; raise Unreadable, NotJson or TooNew."""
    kind, _, name = key.partition("/")
    version = _version(key, text)
    if version > VERSION:
        raise TooNew(f"{key!r} has version {version}, this Milepost reads up to {VERSION}")
    read = _READERS.get(version, {}).get(kind)
    if read is None:
        raise Unreadable(f"{key!r} of version {version} is no record of ours")
    try:
        record = read(text)
    except (msgspec.DecodeError, UnicodeError) as trouble:
        if not _is_json(text):
            raise NotJson(f"{key!r} is not JSON") from None
        raise Unreadable(f"{key!r} is no {kind}: {_place(trouble)}") from None
    if record.id != name:
        raise Unreadable(f"{key!r} holds the record of another key")
    return record


def _version(key: str, text: bytes | str) -> int:
    if isinstance(text, bytes) and text.startswith(_HEAD):
        return VERSION
    try:
        return _VERSION.decode(text).v
    except (msgspec.DecodeError, UnicodeError):
        if not _is_json(text):
            raise NotJson(f"{key!r} is not JSON") from None
        raise Unreadable(f"{key!r} carries no version") from None


def _is_json(text: bytes | str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return False
    return True


def _place(trouble: Exception) -> str:
    """Return what is wrong and where, without the value, which may be foreign text."""
    _, _, path = str(trouble).rpartition(" - at ")
    return f"{type(trouble).__name__} at {path}" if path.startswith("`$") else type(trouble).__name__


def _name(record: object) -> str:
    return type(record).__name__.lower()
