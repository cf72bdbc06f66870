"""What a person does in a modal or the App Home: press, submit, close, open a shortcut or the home."""

import copy
from typing import Any

from playground.slack.choices import find_element, used
from playground.slack.dispatch import Dispatcher
from playground.slack.errors import Mistake, Refusal
from playground.slack.filling import filled_in
from playground.slack.people import Act, People
from playground.slack.transport import Kind, Outcome
from playground.slack.triggers import Triggers
from playground.slack.views import Views, checked_view
from playground.slack.workspace import Json, Workspace

TABS = ("home", "messages", "about")


class Forms:
    """Turns what a person does in a view into payloads, and does what the app's answer says."""

    def __init__(
        self, workspace: Workspace, dispatcher: Dispatcher, views: Views, triggers: Triggers, people: People
    ) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher
        self._views = views
        self._triggers = triggers
        self._people = people
        self.field_errors: dict[str, dict[str, str]] = {}
        """For each person, what the app said about the fields of the last form."""

    def open_home(self, user: str, tab: str = "home") -> str:
        """Let a person look at a tab of the App Home; returns the id of their direct messages with the app."""
        if tab not in TABS:
            raise Mistake(f"`tab` must be one of: {', '.join(TABS)}")
        channel = self._workspace.direct(self._people.person(user))
        event: Json = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
        if tab == "home" and (home := self._views.home(user)) is not None:
            event["view"] = home
        self._dispatcher.emit(event)
        return channel.id

    def shortcut(self, user: str, callback_id: str, channel: str | None = None) -> Act:
        """Let a person choose a global shortcut, in the channel they look at (which the payload does not tell)."""
        self._people.person(user)
        trigger = self._triggers.issue(user, channel)
        stamp = self._workspace.timestamp()
        payload = self._dispatcher.interaction(
            "shortcut", user, callback_id=callback_id, trigger_id=trigger, action_ts=stamp
        )
        return self._send(user, payload)

    def press(
        self,
        user: str,
        view_id: str,
        action_id: str,
        block_id: str | None,
        choice: Any = None,
        *,
        forged: bool = False,
        choices: dict[str, Any] | None = None,
    ) -> Act:
        """Let a person use an element of a view; *choices* are what they filled in so far."""
        view = self._view(user, view_id)
        here = self._views.here(view_id)
        view["state"] = {"values": filled_in(view["blocks"], choices or {}, here, whole=False)}
        block, element = find_element(view["blocks"], action_id, block_id)
        action = used(element, block["block_id"], choice, forged=forged) | {"action_ts": self._workspace.timestamp()}
        payload = self._dispatcher.interaction(
            "block_actions",
            user,
            container={"type": "view", "view_id": view_id},
            trigger_id=self._triggers.issue(user, here),
            view=view,
            actions=[action],
        )
        return self._send(user, payload)

    def submit(self, user: str, view_id: str, choices: dict[str, Any]) -> Act:
        """Let a person press the modal's submit button; *choices* are by action_id."""
        view = self._view(user, view_id)
        if view["type"] != "modal":
            raise Mistake("only a modal can be submitted")
        here = self._views.here(view_id)
        filled = copy.deepcopy(view) | {"state": {"values": filled_in(view["blocks"], choices, here)}}
        trigger = self._triggers.issue(user, here)
        payload = self._dispatcher.interaction(
            "view_submission", user, view=filled, trigger_id=trigger, response_urls=[]
        )
        return Act(answering=self._dispatcher.tasks.spawn(self._submitted(user, view_id, payload)))

    def close(self, user: str, view_id: str) -> Act:
        """Let a person close the modal on top."""
        view = self._view(user, view_id)
        self._views.close(user)
        if not view["notify_on_close"]:
            return Act()
        return self._send(user, self._dispatcher.interaction("view_closed", user, view=view, is_cleared=False))

    def _view(self, user: str, view_id: str) -> Json:
        view = self._views.find(self._people.person(user), view_id)
        if view is None:
            raise Mistake("there is no such view", status=404)
        return view

    def _send(self, user: str, payload: Json) -> Act:
        return Act(answering=self._dispatcher.tasks.spawn(self._people.interact(user, payload)))

    async def _submitted(self, user: str, view_id: str, payload: Json) -> Outcome:
        self.field_errors.pop(user, None)
        outcome = await self._dispatcher.once(Kind.INTERACTION, payload)
        if not outcome.acked:
            self._people.complain(user, "We had some trouble connecting. Try again?")
            return outcome
        try:
            self._follow(user, view_id, outcome.answer or {})
        except Refusal as refusal:
            self._people.complain(user, f"We had some trouble connecting. Try again? ({refusal.code})")
        return outcome

    def _follow(self, user: str, view_id: str, answer: Json) -> None:
        match answer.get("response_action"):
            case None:
                self._views.close(user)
            case "clear":
                self._views.close(user, all_of_them=True)
            case "errors":
                errors = answer.get("errors")
                if not isinstance(errors, dict) or not errors:
                    raise Refusal("invalid_arguments")
                known = {block["block_id"] for block in self._view(user, view_id)["blocks"] if block["type"] == "input"}
                if not errors.keys() <= known:
                    raise Refusal("invalid_arguments")
                self.field_errors[user] = {str(block): str(text) for block, text in errors.items()}
                self._views.tell_errors(user, view_id, self.field_errors[user])
            case "update":
                self._views.replace(self._views.current(user, view_id), checked_view(answer.get("view"), "modal"))
            case "push":
                self._views.stack(user, checked_view(answer.get("view"), "modal"))
            case _:
                raise Refusal("invalid_arguments")
