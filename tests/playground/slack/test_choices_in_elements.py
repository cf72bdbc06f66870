from typing import Any

import pytest

from playground.slack.choices import find_element, used, values
from playground.slack.errors import Mistake
from playground.slack.filling import filled_in

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


OPTIONS = [{"text": plain(value), "value": value} for value in ("a", "b")]


def test_several_options_are_chosen_by_their_values() -> None:
    boxes = {"type": "checkboxes", "action_id": "c", "options": OPTIONS}

    action = used(boxes, "block", ["a", "b"], forged=False)

    assert [option["value"] for option in action["selected_options"]] == ["a", "b"]
    assert values("block", boxes, action)["block"]["c"]["selected_options"] == action["selected_options"]
    with pytest.raises(Mistake, match="list"):
        used(boxes, "block", "a", forged=False)
    with pytest.raises(Mistake, match="option"):
        used(boxes, "block", ["z"], forged=False)


def test_an_option_in_a_group_is_found() -> None:
    select = {
        "type": "static_select",
        "action_id": "s",
        "option_groups": [{"label": plain("all"), "options": OPTIONS}],
    }

    assert used(select, "block", {"value": "b"}, forged=False)["selected_option"] == OPTIONS[1]


def test_an_element_without_a_known_choice_is_named() -> None:
    with pytest.raises(Mistake, match="feedback_buttons"):
        used({"type": "feedback_buttons", "action_id": "f"}, "block", None, forged=False)


def test_an_element_is_found_by_its_block_where_two_have_the_same_action() -> None:
    blocks = [
        {"type": "section", "block_id": name, "accessory": {"type": "button", "action_id": "go", "value": name}}
        for name in ("first", "second")
    ]

    assert find_element(blocks, "go", "second")[1]["value"] == "second"
    with pytest.raises(Mistake, match="no such button"):
        find_element(blocks, "go", "third")


def test_a_form_keeps_what_it_opened_with_and_leaves_optional_fields_empty() -> None:
    blocks: list[Json] = [
        {
            "type": "input",
            "block_id": "account",
            "label": plain("Account"),
            "element": {
                "type": "static_select",
                "action_id": "account",
                "options": OPTIONS,
                "initial_option": OPTIONS[0],
            },
        },
        {
            "type": "input",
            "block_id": "label",
            "label": plain("Label"),
            "optional": True,
            "element": {"type": "plain_text_input", "action_id": "label"},
        },
    ]

    assert filled_in(blocks, {}) == {
        "account": {"account": {"type": "static_select", "selected_option": OPTIONS[0]}},
        "label": {"label": {"type": "plain_text_input", "value": None}},
    }
    assert filled_in(blocks, {"account": "b"})["account"]["account"]["selected_option"] == OPTIONS[1]


def test_a_form_opened_in_a_channel_begins_with_it_where_that_is_asked_for() -> None:
    channel = {"type": "conversations_select", "action_id": "channel", "default_to_current_conversation": True}
    several = {"type": "multi_conversations_select", "action_id": "several", "default_to_current_conversation": True}
    blocks = [
        {"type": "input", "block_id": "one", "label": plain("Channel"), "element": channel},
        {"type": "input", "block_id": "many", "label": plain("Channels"), "element": several},
    ]

    values = filled_in(blocks, {}, "C0MIGRATE")

    assert values["one"]["channel"]["selected_conversation"] == "C0MIGRATE"
    assert values["many"]["several"]["selected_conversations"] == ["C0MIGRATE"]
    with pytest.raises(Mistake, match="Channel: please fill this in"):
        filled_in(blocks, {}, None)


@pytest.mark.parametrize("text", ["", None, "ab", "abcdef"])
def test_a_text_that_is_missing_too_short_or_too_long_is_asked_for_again(text: str | None) -> None:
    element = {"type": "plain_text_input", "action_id": "name", "min_length": 3, "max_length": 5}
    blocks = [{"type": "input", "block_id": "b", "label": plain("Name"), "element": element}]

    with pytest.raises(Mistake, match="Name"):
        filled_in(blocks, {"name": text}, None)

    # What is pressed on the way is told with what stands there, whole or not.
    assert filled_in(blocks, {"name": text}, None, whole=False)["b"]["name"]["value"] == (text or None)
