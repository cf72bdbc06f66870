"""What a form says when it is sent: what was chosen in each field, else what it opened with."""

from typing import Any

from playground.slack.choices import FIELDS, used
from playground.slack.content import interactive
from playground.slack.errors import Mistake
from playground.slack.workspace import Json

PRESSED = ("button", "overflow")
EMPTY: tuple[Any, ...] = (None, "", [])


def filled_in(blocks: list[Json], choices: dict[str, Any], here: str | None = None, *, whole: bool = True) -> Json:
    """Return `state.values`; *choices* are by action_id, *here* is the channel one is in.

    A form that is sent must be *whole*: Slack itself asks for what is missing, and tells the app nothing.
    """
    values: Json = {}
    known = set()
    for block in blocks:
        for element in interactive(block):
            field = FIELDS.get(element["type"])
            if field is None or element["type"] in PRESSED:
                continue
            name = element["action_id"]
            known.add(name)
            chosen = choices[name] if name in choices else initial(element, here)
            if whole and block["type"] == "input":
                _must_do(block, chosen)
            values.setdefault(block["block_id"], {})[name] = _told(element, block, field, chosen)
    if unknown := choices.keys() - known:
        raise Mistake(f"the form has no field {min(unknown)}", status=404)
    return values


def initial(element: Json, here: str | None) -> Any:
    """Return what an element shows before anybody touched it."""
    field = FIELDS[element["type"]]
    given = element.get("initial_value" if field == "value" else field.replace("selected", "initial"))
    if given is None and element.get("default_to_current_conversation"):
        return [here] if field.endswith("s") and here else here
    return given


def _must_do(block: Json, chosen: Any) -> None:
    label, element = block["label"]["text"], block["element"]
    if chosen in EMPTY:
        if not block.get("optional"):
            raise Mistake(f"{label}: please fill this in")
        return
    if element["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3_000)
        if not least <= len(chosen) <= most:
            raise Mistake(f"{label}: {least} to {most} characters")


def _told(element: Json, block: Json, field: str, chosen: Any) -> Json:
    if chosen in EMPTY:
        chosen = [] if field.endswith("s") else None
    elif field != "value":
        chosen = used(element, block["block_id"], chosen, forged=False)[field]
    return {"type": element["type"], field: chosen}
