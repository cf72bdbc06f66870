from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackApiError, SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.web.async_client import AsyncWebClient

from playground.server import Playground
from playground.slack.blocks import Surface, problems
from playground.slack.names import MIGRATIONS

Json = dict[str, Any]


def words(text: str = "x") -> Json:
    return {"type": "mrkdwn", "text": text}


def plain(text: str = "x") -> Json:
    return {"type": "plain_text", "text": text}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


def chart(**more: Any) -> Json:
    line: Json = {
        "type": "line",
        "series": [{"name": "done", "data": [{"label": "10:00", "value": 1}]}],
        "axis_config": {"categories": ["10:00"]},
    }
    return {"type": "data_visualization", "title": "Progress", "chart": line | more}


SECTION = "rich_text_section"
CELL = {"type": "raw_text", "text": "x"}
GOOD: list[Json] = [
    {"type": "divider"},
    {"type": "header", "text": plain("x" * 150), "level": 2},
    {"type": "section", "text": words("x" * 3000), "accessory": button(value="", url="https://example.com")},
    {"type": "section", "fields": [words("x" * 1000)] * 10},
    {"type": "section", "text": {"type": "mrkdwn", "text": "x", "verbatim": True}},
    {
        "type": "context",
        "elements": [words(), {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "i"}],
    },
    actions(button(style="danger", confirm={"title": plain(), "text": words(), "confirm": plain(), "deny": plain()})),
    actions({"type": "overflow", "action_id": "more", "options": [option(str(n)) for n in range(5)]}),
    actions({"type": "static_select", "action_id": "pick", "placeholder": plain(), "options": [option("a")]}),
    {
        "type": "rich_text",
        "elements": [{"type": SECTION, "elements": [{"type": "text", "text": "x", "style": {"bold": True}}]}],
    },
    {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": [{"type": SECTION, "elements": []}]}],
    },
    {"type": "markdown", "text": "**x**"},
    {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "i", "title": plain()},
    {"type": "table", "rows": [[CELL, CELL], [CELL, CELL]]},
    {
        "type": "plan",
        "title": "Phases",
        "tasks": [{"type": "task_card", "task_id": "1", "title": "data", "status": "complete"}],
    },
    {"type": "container", "title": plain(), "child_blocks": [{"type": "divider"}]},
    chart(),
]
BAD: list[tuple[Json, str]] = [
    ({"type": "fancy"}, "/blocks/0/type"),
    ({"text": "x"}, "/blocks/0"),
    ({"type": "section"}, "/blocks/0"),
    ({"type": "section", "text": words("")}, "/blocks/0/text/text"),
    ({"type": "section", "text": words("x" * 3001)}, "/blocks/0/text/text"),
    ({"type": "section", "text": "x"}, "/blocks/0/text"),
    ({"type": "section", "text": {"type": "html", "text": "x"}}, "/blocks/0/text/type"),
    ({"type": "section", "text": words() | {"emoji": True}}, "/blocks/0/text"),
    ({"type": "section", "fields": [words()] * 11}, "/blocks/0/fields"),
    ({"type": "section", "fields": []}, "/blocks/0/fields"),
    ({"type": "section", "fields": [words("x" * 2001)]}, "/blocks/0/fields/0/text"),
    ({"type": "section", "text": words(), "color": "red"}, "/blocks/0"),
    ({"type": "section", "text": words(), "block_id": "x" * 256}, "/blocks/0/block_id"),
    ({"type": "header", "text": words()}, "/blocks/0/text/type"),
    ({"type": "header", "text": plain("x" * 151)}, "/blocks/0/text/text"),
    ({"type": "header", "text": plain(), "level": 5}, "/blocks/0/level"),
    ({"type": "context", "elements": []}, "/blocks/0/elements"),
    ({"type": "context", "elements": [words()] * 11}, "/blocks/0/elements"),
    ({"type": "context", "elements": [button()]}, "/blocks/0/elements/0/type"),
    (actions(), "/blocks/0/elements"),
    (actions(*(button(action_id=str(n)) for n in range(26))), "/blocks/0/elements"),
    (actions(button(), button()), "/blocks/0/elements/1/action_id"),
    (actions(button(value="x" * 2001)), "/blocks/0/elements/0/value"),
    (actions(button(text=plain("x" * 76))), "/blocks/0/elements/0/text/text"),
    (actions(button(text=words())), "/blocks/0/elements/0/text/type"),
    (actions(button(style="blue")), "/blocks/0/elements/0/style"),
    (actions(button(url="javascript:alert(1)")), "/blocks/0/elements/0/url"),
    (
        actions({"type": "overflow", "action_id": "m", "options": [option(str(n)) for n in range(6)]}),
        "/blocks/0/elements/0/options",
    ),
    (
        actions({"type": "overflow", "action_id": "m", "options": [option("a")] * 2}),
        "/blocks/0/elements/0/options/1/value",
    ),
    (actions({"type": "static_select", "action_id": "m"}), "/blocks/0/elements/0"),
    (actions({"type": "plain_text_input", "action_id": "m"}), "/blocks/0/elements/0/type"),
    ({"type": "image", "alt_text": "i"}, "/blocks/0"),
    ({"type": "image", "image_url": "https://example.com/i.png"}, "/blocks/0"),
    (
        {"type": "rich_text", "elements": [{"type": SECTION, "elements": [{"type": "text", "text": ""}]}]},
        "/blocks/0/elements/0/elements/0/text",
    ),
    ({"type": "markdown", "text": "x" * 12_001}, "/blocks/0/text"),
    ({"type": "table", "rows": [[CELL] * 21]}, "/blocks/0/rows/0"),
    ({"type": "table", "rows": [[{"type": "raw_text", "text": "x" * 6000}]] * 2}, "/blocks/0/rows"),
    ({"type": "alert", "text": words()}, "/blocks/0/type"),
    (chart(axis_config={"categories": ["10:00", "10:30"]}), "/blocks/0/chart/series/0/data"),
    (chart(series=[]), "/blocks/0/chart/series"),
    (
        {
            "type": "plan",
            "title": "x",
            "tasks": [{"type": "task_card", "task_id": "1", "title": "x", "status": "done"}],
        },
        "/blocks/0/tasks/0/status",
    ),
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: block["type"])
async def test_a_block_within_the_limits_is_posted(playground: Playground, client: AsyncWebClient, block: Json) -> None:
    await client.chat_postMessage(channel=MIGRATIONS, text="x", blocks=[block])

    posted = playground.slack.messages(MIGRATIONS)[0]["blocks"][0]
    assert posted["type"] == block["type"]
    assert posted["block_id"]


@pytest.mark.parametrize(("block", "place"), BAD)
def test_a_block_that_breaks_a_limit_is_refused_with_its_place(block: Json, place: str) -> None:
    found = problems([block], Surface.MESSAGE)

    assert any(one.endswith(f"[json-pointer:{place}]") for one in found), found


async def test_the_answer_to_bad_blocks_names_the_place(client: AsyncWebClient) -> None:
    blocks: list[Json] = [{"type": "divider"}, {"type": "section", "text": words("")}]

    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=MIGRATIONS, text="x", blocks=blocks)

    assert raised.value.response["error"] == "invalid_blocks"
    assert raised.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be more than 0 characters [json-pointer:/blocks/1/text/text]"
    ]


@pytest.mark.parametrize(
    "blocks",
    [
        [{"type": "divider", "block_id": "a"}] * 2,
        [{"type": "table", "rows": [[CELL]]}] * 2,
        [chart(), chart(), chart()],
        [{"type": "markdown", "text": "x" * 7000}] * 2,
    ],
)
def test_what_holds_for_a_whole_message_is_checked(blocks: list[Json]) -> None:
    assert problems(blocks, Surface.MESSAGE)


def test_a_modal_takes_a_hundred_blocks_and_inputs_and_a_home_does_not_take_alerts() -> None:
    field = {"type": "input", "label": plain(), "element": {"type": "plain_text_input", "action_id": "task"}}

    assert problems([field] * 100, Surface.MODAL) == []
    assert problems([field] * 101, Surface.MODAL)
    assert problems([{"type": "alert", "text": words()}], Surface.MODAL) == []
    assert problems([{"type": "alert", "text": words()}], Surface.HOME)


@pytest.mark.parametrize(
    "block", [block for block in GOOD if block["type"] != "data_visualization"], ids=lambda block: block["type"]
)
def test_the_sdks_own_validators_take_what_is_posted(block: Json) -> None:
    parsed = Block.parse(block)

    assert parsed is not None
    assert parsed.to_dict()["type"] == block["type"]


@given(
    words_long=st.integers(0, 3100),
    label_long=st.integers(0, 80),
    value_long=st.integers(0, 2100),
    many=st.integers(0, 12),
    header_long=st.integers(0, 160),
)
def test_what_the_sdks_validators_refuse_is_refused(
    words_long: int, label_long: int, value_long: int, many: int, header_long: int
) -> None:
    blocks: list[Json] = [
        {"type": "section", "text": words("x" * words_long), "fields": [words()] * many},
        {"type": "header", "text": plain("x" * header_long)},
        {"type": "context", "elements": [words()] * many},
        actions(button(text=plain("x" * label_long), value="x" * value_long)),
    ]
    for block in blocks:
        try:
            parsed = Block.parse(block)
            assert parsed is not None
            parsed.to_dict()
        except SlackObjectFormationError:
            assert problems([block], Surface.MESSAGE)


async def test_blocks_can_be_checked_without_posting_them(playground: Playground, client: AsyncWebClient) -> None:
    await client.api_call("blocks.validate", json={"blocks": [GOOD[0]]})

    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await client.api_call("blocks.validate", json={"blocks": [BAD[0][0]]})
    assert playground.slack.messages(MIGRATIONS) == []
