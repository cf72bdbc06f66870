"""What is sealed is read with the same key, under the same name, unchanged, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.postgres.sealing import Seal

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
CONTENT = b"what nobody may read"
SEALED = Seal(KEY).close("pan", CONTENT)


@given(name=st.text(), content=st.binary())
def test_what_is_sealed_can_be_read_again(name: str, content: bytes) -> None:
    assert Seal(KEY).open(name, Seal(KEY).close(name, content)) == content


def test_it_shows_nothing_and_is_never_the_same_twice() -> None:
    assert CONTENT not in SEALED
    assert Seal(KEY).close("pan", CONTENT) != SEALED


@pytest.mark.parametrize(("key", "name"), [(OTHER_KEY, "pan"), (KEY, "pan2"), (KEY, "")])
def test_another_key_or_another_name_reads_nothing(key: bytes, name: str) -> None:
    assert Seal(key).open(name, SEALED) is None


@pytest.mark.parametrize("at", range(len(SEALED)))
def test_whatever_is_changed_or_missing_makes_it_unreadable(at: int) -> None:
    changed = bytearray(SEALED)
    changed[at] ^= 1

    assert Seal(KEY).open("pan", bytes(changed)) is None
    assert Seal(KEY).open("pan", SEALED[:at]) is None
