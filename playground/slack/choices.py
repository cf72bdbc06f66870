"""What a person can choose in an element, and how the payload tells it."""

from collections.abc import Mapping
from typing import Any

from playground.slack.content import interactive
from playground.slack.errors import Mistake
from playground.slack.workspace import Json

# What the payload calls the choice made in an element of each kind.
FIELDS = {
    "button": "value",
    "overflow": "selected_option",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
}


def find_element(blocks: list[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """Return the block and the element that a person used."""
    for block in blocks:
        if block_id is not None and block.get("block_id") != block_id:
            continue
        for element in interactive(block):
            if element.get("action_id") == action_id:
                return block, element
    raise Mistake("there is no such button", status=404)


def used(element: Json, block_id: str, choice: Any, *, forged: bool) -> Json:
    """Return the `actions` entry for an element with *choice* made in it."""
    kind = element["type"]
    field = FIELDS.get(kind)
    if field is None:
        raise Mistake(f"the playground cannot use a {kind} yet")
    action: Json = {"type": kind, "action_id": element["action_id"], "block_id": block_id}
    if kind == "button":
        action["text"] = element["text"]
        if not forged and choice is not None and choice != element.get("value"):
            raise Mistake("the button has another value")
        value = choice if forged else element.get("value")
        return action | ({"value": value} if value is not None else {})
    offered = element.get("options") or [one for group in element.get("option_groups", ()) for one in group["options"]]
    if not forged and field == "selected_option" and kind != "external_select":
        choice = _offered(offered, choice)
    if not forged and field == "selected_options":
        if not isinstance(choice, list):
            raise Mistake("a list of options is needed")
        choice = [_offered(offered, one) for one in choice]
    return action | {field: choice}


def _offered(options: list[Json], choice: Any) -> Json:
    value = choice.get("value") if isinstance(choice, Mapping) else choice
    for option in options:
        if option.get("value") == value:
            return option
    raise Mistake("there is no such option", status=404)


def values(block_id: str, element: Json, action: Json) -> Json:
    """Return the state that a payload carries: what is chosen, not what is pressed."""
    if element["type"] in ("button", "overflow"):
        return {}
    field = FIELDS[element["type"]]
    return {block_id: {element["action_id"]: {"type": element["type"], field: action.get(field)}}}
