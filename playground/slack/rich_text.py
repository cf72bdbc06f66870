"""The shape of rich text (docs.slack.dev/reference/block-kit/blocks/rich-text-block)."""

from collections.abc import Iterator
from typing import Any

from playground.slack.schema import (
    Check,
    Fields,
    Need,
    boolean,
    by_type,
    items,
    kind,
    one_of,
    record,
    string,
    url,
    whole,
)

MOST = 1_000
STYLE = record(
    dict.fromkeys(("bold", "italic", "strike", "code", "highlight", "client_highlight", "unlink", "underline"), boolean)
)
PICKED = string(255)
INLINE = by_type(
    {
        **kind("text", {"text": Need(string(12_000)), "style": STYLE}),
        **kind("link", {"url": Need(url()), "text": string(3_000), "unsafe": boolean, "style": STYLE}),
        **kind("emoji", {"name": Need(string(100)), "unicode": string(100), "style": STYLE}),
        **kind("user", {"user_id": Need(PICKED), "style": STYLE}),
        **kind("usergroup", {"usergroup_id": Need(PICKED), "style": STYLE}),
        **kind("channel", {"channel_id": Need(PICKED), "style": STYLE}),
        **kind("broadcast", {"range": Need(one_of("here", "channel", "everyone")), "style": STYLE}),
        **kind("color", {"value": Need(string(20)), "style": STYLE}),
        **kind(
            "date",
            {
                "timestamp": Need(whole(0, 99_999_999_999)),
                "format": Need(string(100)),
                "url": url(),
                "fallback": string(3_000),
                "style": STYLE,
            },
        ),
    }
)
LINE: Fields = {"elements": Need(items(INLINE, least=0, most=MOST))}
SECTION = kind("rich_text_section", LINE)
BOXED: Fields = {**LINE, "border": whole(0, 1)}
PARTS = {
    **SECTION,
    **kind("rich_text_preformatted", {**BOXED, "language": string(50)}),
    **kind("rich_text_quote", BOXED),
    **kind(
        "rich_text_list",
        {
            "style": Need(one_of("bullet", "ordered")),
            "elements": Need(items(by_type(SECTION), most=MOST)),
            "indent": whole(0, 8),
            "offset": whole(0, 100_000),
            "border": whole(0, 1),
        },
    ),
}
RICH_TEXT: dict[str, Check] = kind(
    "rich_text", {"elements": Need(items(by_type(PARTS), most=MOST)), "block_id": PICKED}
)


def rich(value: Any, place: str) -> Iterator[str]:
    """A rich_text object inside another block."""
    yield from by_type(RICH_TEXT)(value, place)
