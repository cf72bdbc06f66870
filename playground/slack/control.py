"""The page's way in: what a person does there arrives here."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import web

from playground.slack.choices import FIELDS
from playground.slack.errors import Mistake
from playground.slack.forms import Forms
from playground.slack.people import People
from playground.slack.scripting import Scripting
from playground.slack.wall import Wall
from playground.slack.workspace import Json


class Control:
    """Serves the routes of the page."""

    def __init__(self, people: People, forms: Forms, scripting: Scripting, wall: Wall) -> None:
        self._wall = wall
        self._scripting = scripting
        self._people = people
        self._forms = forms

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page."""
        return [
            web.post("/control/say", _answered(self.say)),
            web.post("/control/press", _answered(self.press)),
            web.post("/control/clock", _answered(self._wall.move)),
            web.post("/control/join", _answered(self.join)),
            web.post("/control/home", _answered(self.home)),
            web.post("/control/shortcut", _answered(self.shortcut)),
            web.post("/control/submit", _answered(self.submit)),
            web.post("/control/close", _answered(self.close)),
            web.post("/control/slack/faults", _answered(self._scripting.plan)),
            web.post("/control/slack/happen", _answered(self._scripting.happen)),
        ]

    async def say(self, body: Json) -> Json:
        """Let a person type; the app's answer comes over the live feed."""
        act = self._people.say(
            _text(body, "user"), _text(body, "channel"), _text(body, "text"), _maybe_text(body, "thread_ts")
        )
        return {"ok": True, "ts": act.ts}

    async def press(self, body: Json) -> Json:
        """Let a person use an element of a message, or of the view `view_id`."""
        choice = next((body[field] for field in sorted(set(FIELDS.values())) if body.get(field) is not None), None)
        if body.get("view_id") is not None:
            user, view, action = _text(body, "user"), _text(body, "view_id"), _text(body, "action_id")
            block, choices = _maybe_text(body, "block_id"), _choices(body)
            self._forms.press(user, view, action, block, choice, choices=choices)
            return {"ok": True}
        self._people.press(
            _text(body, "user"),
            _text(body, "channel"),
            _text(body, "message_ts"),
            _text(body, "action_id"),
            _maybe_text(body, "block_id"),
            choice=choice,
        )
        return {"ok": True}

    async def home(self, body: Json) -> Json:
        """Let a person look at a tab of the App Home."""
        channel = self._forms.open_home(_text(body, "user"), _maybe_text(body, "tab") or "home")
        return {"ok": True, "channel": channel}

    async def join(self, body: Json) -> Json:
        """Let a person come into a channel."""
        self._people.join(_text(body, "user"), _text(body, "channel"))
        return {"ok": True}

    async def shortcut(self, body: Json) -> Json:
        """Let a person choose a global shortcut."""
        self._forms.shortcut(_text(body, "user"), _text(body, "callback_id"), _maybe_text(body, "channel"))
        return {"ok": True}

    async def submit(self, body: Json) -> Json:
        """Let a person submit a modal; `values` holds the choices by action_id."""
        self._forms.submit(_text(body, "user"), _text(body, "view_id"), _choices(body))
        return {"ok": True}

    async def close(self, body: Json) -> Json:
        """Let a person close the modal on top."""
        self._forms.close(_text(body, "user"), _text(body, "view_id"))
        return {"ok": True}


def _choices(body: Json) -> Json:
    values = body.get("values", {})
    if not isinstance(values, dict):
        raise Mistake("`values` must be an object")
    return values


def _answered(act: Callable[[Json], Awaitable[Json]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handler(request: web.Request) -> web.Response:
        try:
            return web.json_response(await act(await _body(request)))
        except Mistake as mistake:
            return web.json_response({"error": str(mistake)}, status=mistake.status)

    return handler


async def _body(request: web.Request) -> Json:
    # A form of another site can post text/plain without asking first; JSON it cannot.
    if request.content_type != "application/json":
        raise Mistake("the body must be application/json")
    try:
        body = json.loads(await request.text())
    except (ValueError, LookupError, RecursionError):
        raise Mistake("the body is not JSON") from None
    if not isinstance(body, dict):
        raise Mistake("the body must be a JSON object")
    return body


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Mistake(f"`{name}` must be a text")
    return value


def _maybe_text(body: Json, name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)
