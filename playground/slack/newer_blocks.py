"""The shapes of the blocks added since 2025 (docs.slack.dev/reference/block-kit/blocks)."""

from collections.abc import Iterator
from typing import Any

from playground.slack.elements import BUTTON, ID, IMAGE_KIND, text
from playground.slack.rich_text import RICH_TEXT, rich
from playground.slack.schema import (
    Check,
    Fields,
    Need,
    anything,
    boolean,
    both,
    by_type,
    items,
    kind,
    number,
    one_of,
    problem,
    record,
    string,
    unique,
    url,
    whole,
)

# Slack's page says six, two independent code bases use twelve: six is safe on both.
MOST_SERIES = 6
CELL = by_type(
    {
        **kind("raw_text", {"text": Need(string(10_000))}),
        **kind("raw_number", {"value": Need(number), "text": string(255)}),
        **RICH_TEXT,
    }
)
COLUMN = record({"align": one_of("left", "center", "right"), "is_wrapped": boolean})
SOURCE = kind("url", {"url": Need(url()), "text": Need(string(255))})
TASK = kind(
    "task_card",
    {
        "block_id": ID,
        "task_id": Need(string(255)),
        "title": Need(string(255)),
        "status": Need(one_of("pending", "in_progress", "complete", "error")),
        "details": rich,
        "output": rich,
        "sources": items(by_type(SOURCE), least=0, most=20),
    },
)
LABEL = string(20)
POINT = record({"label": Need(LABEL), "value": Need(number)})
SERIES = items(record({"name": Need(LABEL), "data": Need(items(POINT, most=20))}), most=MOST_SERIES)
AXES = record({"categories": Need(items(LABEL, most=20)), "x_label": string(50), "y_label": string(50)})
CARD = kind(
    "card",
    {
        "block_id": ID,
        "title": text(150),
        "subtitle": text(150),
        "body": text(200),
        "icon": by_type(IMAGE_KIND),
        "hero_image": by_type(IMAGE_KIND),
        "actions": items(by_type(BUTTON), most=5),
        "slack_icon": anything,
        "subtext": text(200),
    },
)


def _axes_fit(value: Any, place: str) -> Iterator[str]:
    """Each series has exactly one point for each category, and no category comes twice."""
    categories = value["axis_config"]["categories"]
    if len(set(categories)) != len(categories):
        yield problem("categories must be unique", f"{place}/axis_config/categories")
    for index, series in enumerate(value["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            yield problem("must have one point for each category", f"{place}/series/{index}/data")


def _slices_fit(value: Any, place: str) -> Iterator[str]:
    for index, part in enumerate(value["segments"]):
        if part["value"] <= 0:
            yield problem("must be more than 0", f"{place}/segments/{index}/value")


def _lined(name: str) -> dict[str, Check]:
    fields: Fields = {
        "type": Need(one_of(name)),
        "series": Need(both(SERIES, unique("name"))),
        "axis_config": Need(AXES),
    }
    return {name: both(record(fields), _axes_fit)}


PIE = both(
    record({"type": Need(one_of("pie")), "segments": Need(both(items(POINT, most=MOST_SERIES), unique("label")))}),
    _slices_fit,
)
CHART = by_type({**_lined("line"), **_lined("bar"), **_lined("area"), "pie": PIE})
NEWER = {
    **TASK,
    **CARD,
    **kind("markdown", {"text": Need(string(12_000)), "block_id": ID}),
    **kind(
        "table",
        {
            "block_id": ID,
            "rows": Need(items(items(CELL, most=20), most=100)),
            "column_settings": items(COLUMN, least=0, most=20),
        },
    ),
    **kind("plan", {"block_id": ID, "title": Need(string(255)), "tasks": items(by_type(TASK), least=0, most=50)}),
    **kind("carousel", {"block_id": ID, "elements": Need(items(by_type(CARD), most=10))}),
    **kind(
        "data_table",
        {
            "block_id": ID,
            "caption": string(2_000),
            "page_size": whole(1, 100),
            "row_header_column_index": whole(0, 19),
            "rows": Need(items(items(CELL, most=20), least=2, most=201)),
        },
    ),
    **kind("data_visualization", {"block_id": ID, "title": Need(string(50)), "chart": Need(CHART)}),
}
