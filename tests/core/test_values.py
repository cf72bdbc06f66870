"""The small values everything else is made of."""

from typing import get_args

import msgspec
import pytest

from bot.core import blocks, news
from bot.core.model import Delivery, DeliveryId, DeliveryState, WatchId, watch_id
from bot.core.text import Mrkdwn
from providers.base import TaskState
from tests.core.samples import KEY, NOON, follower, seen_watch


def test_the_watches_of_a_task_are_numbered() -> None:
    assert watch_id("drs", KEY, 2) == f"drs:{KEY}#2"


@pytest.mark.parametrize(
    ("state", "open_", "reason"),
    [
        (DeliveryState.PENDING, True, "it is still to come"),
        (DeliveryState.SENDING, True, "it is on its way"),
        (DeliveryState.UNKNOWN, True, "it must be looked up first"),
        (DeliveryState.SENT, False, "it is there"),
        (DeliveryState.REFUSED, False, "it will never be there"),
    ],
)
def test_a_delivery_holds_up_its_thread_until_its_fate_is_known(state: DeliveryState, open_: bool, reason: str) -> None:
    delivery = Delivery(
        id=DeliveryId("d"),
        watch_id=WatchId("w"),
        subscription_id=follower().id,
        channel="C0123ABCD",
        news=news.CardOpened(),
        created_at=NOON,
        state=state,
    )

    assert delivery.open is open_, reason


def test_a_watch_reads_the_same_after_it_was_stored() -> None:
    watch = seen_watch(46, TaskState.PAUSED)

    assert msgspec.json.decode(msgspec.json.encode(watch), type=type(watch)) == watch


def test_every_piece_of_news_has_a_name_of_its_own_in_the_data_file() -> None:
    tags = [kind.__struct_config__.tag for kind in get_args(news.News)]

    assert len(set(tags)) == len(tags)


def test_a_button_has_a_style_only_where_it_was_given_one() -> None:
    assert "style" not in blocks.button("a", "Go", "v")
    assert blocks.button("a", "Go", "v", style="primary")["style"] == "primary"


def test_blocks_keep_the_limits_of_slack() -> None:
    texts = [Mrkdwn("x")] * 20

    context, row = blocks.context(*texts), blocks.actions([blocks.link_button("a", "Go", "https://x.example/")] * 30)

    assert (count(context), count(row)) == (10, 25)
    assert blocks.section(Mrkdwn(""))["text"] == {"type": "mrkdwn", "text": "–", "verbatim": True}


def count(block: dict[str, object]) -> int:
    elements = block["elements"]
    assert isinstance(elements, list)
    return len(elements)
