"""Modals and the App Home (docs.slack.dev/surfaces)."""

import copy
import json
from typing import Any

from playground.live import LiveHub
from playground.slack import names
from playground.slack.arguments import Arguments
from playground.slack.blocks import Surface
from playground.slack.content import checked_blocks
from playground.slack.elements import plain
from playground.slack.errors import Refusal
from playground.slack.schema import Fields, Need, anything, boolean, kind, string
from playground.slack.triggers import Triggers
from playground.slack.workspace import Json, Workspace

DEEPEST = 3
LARGEST = 250_000
COMMON: Fields = {
    "blocks": Need(anything),
    "private_metadata": string(3_000, least=0),
    "callback_id": string(255, least=0),
}
SHAPES = {
    **kind(
        "modal",
        {
            **COMMON,
            "title": Need(plain(24)),
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
            "external_id": string(255, least=0),
        },
    ),
    **kind("home", {**COMMON, "external_id": string(255, least=0)}),
}
FLAGS = ("clear_on_close", "notify_on_close", "submit_disabled")


class Views:
    """Keeps what each person has open, and their App Home."""

    def __init__(self, workspace: Workspace, triggers: Triggers, hub: LiveHub) -> None:
        self._workspace = workspace
        self._triggers = triggers
        self._hub = hub
        self._stacks: dict[str, list[Json]] = {}
        self._homes: dict[str, Json] = {}

    def open(self, arguments: Arguments) -> Json:
        """views.open: a new modal for whoever caused the trigger."""
        view = checked_view(arguments.structure("view", "invalid_arguments"), "modal")
        trigger = self._triggers.exchange(arguments.required("trigger_id"))
        return {"view": self.show(trigger.user, view, [], trigger.channel)}

    def push(self, arguments: Arguments) -> Json:
        """views.push: a modal on top of the open one."""
        view = checked_view(arguments.structure("view", "invalid_arguments"), "modal")
        trigger = self._triggers.exchange(arguments.required("trigger_id"))
        return {"view": self.stack(trigger.user, view)}

    def update(self, arguments: Arguments) -> Json:
        """views.update: other content in the same modal or home."""
        new = checked_view(arguments.structure("view", "invalid_arguments"))
        name, value = ("view_id", arguments.text("view_id"))
        if not value:
            name, value = ("external_id", arguments.required("external_id"))
        found = next((view for view in self._everything() if view["id" if name == "view_id" else name] == value), None)
        if found is None:
            raise Refusal("not_found")
        if arguments.text("hash") not in ("", found["hash"]):
            raise Refusal("hash_conflict")
        return {"view": self.replace(found, new)}

    def publish(self, arguments: Arguments) -> Json:
        """views.publish: the App Home of one person."""
        user = arguments.required("user_id")
        if user not in self._workspace.users:
            raise Refusal("user_not_found")
        new = checked_view(arguments.structure("view", "invalid_arguments"), "home")
        old = self._homes.get(user)
        if old is not None and arguments.text("hash") not in ("", old["hash"]):
            raise Refusal("hash_conflict")
        if old is not None:
            return {"view": self.replace(old, new)}
        self._homes[user] = self._made(user, new)
        self._tell(user)
        return {"view": _outward(self._homes[user])}

    def modals(self, user: str) -> list[Json]:
        """Return a copy of the open modals of *user*, the one on top last, with the channel they were opened in."""
        return [_outward(view) | {"here": view["_here"]} for view in self._stacks.get(user, [])]

    def home(self, user: str) -> Json | None:
        """Return a copy of the App Home of *user*."""
        return _outward(self._homes[user]) if user in self._homes else None

    def find(self, user: str, view_id: str) -> Json | None:
        """Return a view that *user* has before them."""
        mine = [*self._stacks.get(user, []), *filter(None, [self._homes.get(user)])]
        return next((_outward(view) for view in mine if view["id"] == view_id), None)

    def here(self, view_id: str) -> str | None:
        """Return the channel that a view was opened in."""
        return next((view.get("_here") for view in self._everything() if view["id"] == view_id), None)

    def show(self, user: str, view: Json, below: list[Json], here: str | None = None) -> Json:
        """Put *view* before *user*, who is in the channel *here*, above what stays *below*."""
        made = self._made(user, view) | {"_here": here}
        made["root_view_id"] = below[0]["id"] if below else made["id"]
        made["previous_view_id"] = below[-1]["id"] if below else None
        self._stacks[user] = [*below, made]
        self._tell(user)
        return _outward(made)

    def stack(self, user: str, view: Json) -> Json:
        """Put *view* on top of what is open."""
        below = self._stacks.get(user, [])
        if len(below) >= DEEPEST:
            raise Refusal("push_limit_reached")
        return self.show(user, view, below, below[-1]["_here"] if below else None)

    def replace(self, old: Json, new: Json) -> Json:
        """Give a view other content and a new hash; its id stays."""
        user = old["_user"]
        kept = ("id", "root_view_id", "previous_view_id", "_user", "_here")
        made = self._made(user, new) | {key: old[key] for key in kept}
        if self._homes.get(user, {}).get("id") == old["id"]:
            self._homes[user] = made
        self._stacks[user] = [made if view["id"] == old["id"] else view for view in self._stacks.get(user, [])]
        self._tell(user)
        return _outward(made)

    def current(self, user: str, view_id: str) -> Json:
        """Return the kept view *view_id*, to be handed to `replace`."""
        return next(view for view in self._everything() if view["id"] == view_id and view["_user"] == user)

    def close(self, user: str, *, all_of_them: bool = False) -> None:
        """Close the modal on top, or all."""
        self._stacks[user] = [] if all_of_them else self._stacks.get(user, [])[:-1]
        self._tell(user)

    def tell_errors(self, user: str, view_id: str, errors: dict[str, str]) -> None:
        """Show *user* what the app says about the fields of a form."""
        self._hub.publish({"type": "view_errors", "user": user, "view_id": view_id, "errors": dict(errors)}, {user})

    def _everything(self) -> list[Json]:
        return [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())

    def _made(self, user: str, view: Json) -> Json:
        made: Json = {
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": None,
            "submit": None,
            "close": None,
        }
        made |= dict.fromkeys(FLAGS, False) | copy.deepcopy(view)
        external = made["external_id"]
        if external and any(
            other["external_id"] == external and other["_user"] != user for other in self._everything()
        ):
            raise Refusal("duplicate_external_id")
        identity = self._workspace.serial("V0PLAY")
        return made | {
            "id": identity,
            "team_id": names.TEAM,
            "app_id": names.APP,
            "bot_id": names.BOT,
            "app_installed_team_id": names.TEAM,
            "state": {"values": {}},
            "hash": self._workspace.timestamp(),
            "root_view_id": identity,
            "previous_view_id": None,
            "_user": user,
            "_here": None,
        }

    def _tell(self, user: str) -> None:
        self._hub.publish({"type": "views", "user": user, "modals": self.modals(user), "home": self.home(user)}, {user})


def checked_view(view: Any, wanted: str | None = None) -> Json:
    """Return a view with checked blocks, or refuse it with the place of each fault."""
    if not isinstance(view, dict):
        raise Refusal("invalid_arguments", ["missing required field: view"])
    name = view.get("type")
    if name not in SHAPES or wanted not in (None, name):
        raise Refusal("invalid_arguments", [f"must be one of: {wanted or 'modal, home'} [json-pointer:/view/type]"])
    if wrong := list(SHAPES[name](view, "/view")):
        raise Refusal("invalid_arguments", wrong)
    if len(json.dumps(view)) > LARGEST:
        raise Refusal("view_too_large")
    surface = Surface.MODAL if name == "modal" else Surface.HOME
    try:
        blocks = checked_blocks(view["blocks"], surface)
    except Refusal as refusal:
        raise Refusal("invalid_arguments", refusal.body.get("errors", ["invalid blocks"])) from None
    if name == "modal" and "submit" not in view and any(block["type"] == "input" for block in blocks):
        raise Refusal("invalid_arguments", ["missing required field: submit [json-pointer:/view]"])
    return view | {"blocks": blocks}


def _outward(view: Json) -> Json:
    return {key: copy.deepcopy(value) for key, value in view.items() if not key.startswith("_")}
