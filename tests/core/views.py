"""What Slack refuses of windows and of the App Home: its own model classes and limits, and the playground's."""

from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from playground.slack.views import checked_view
from tests.core.slack_limits import assert_tame, texts

MODAL_BYTES = 250_000


def assert_slack_shows(view: dict[str, Any]) -> None:
    """Fail where Slack would refuse *view*, or would find in it what nobody put there."""
    parsed = View(**view)
    parsed.validate_json()
    assert parsed.blocks is not None
    assert 1 <= len(view["blocks"]) <= 100
    for block, model in zip(view["blocks"], parsed.blocks, strict=True):
        model.validate_json()
        whole = Block.parse(block)
        assert whole is not None
        assert whole.to_dict()["type"] == block["type"]
    checked_view(view)
    assert len(str(view).encode("utf-8", "replace")) < MODAL_BYTES
    for text in texts(view["blocks"]):
        assert text["type"] in ("mrkdwn", "plain_text")
        assert text["text"].strip()
        if text["type"] == "mrkdwn":
            assert text["verbatim"] is True
            assert_tame(text["text"])
        else:
            assert text["emoji"] is False
    for option in _options(view["blocks"]):
        assert 1 <= len(option["text"]["text"]) <= 75
        assert 1 <= len(option["value"]) <= 150


def _options(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, dict):
        mine = part["options"] if isinstance(part.get("options"), list) else []
        return [*mine, *(found for inner in part.values() for found in _options(inner))]
    return [found for inner in part for found in _options(inner)] if isinstance(part, list) else []
