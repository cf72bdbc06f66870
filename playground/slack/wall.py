"""The clock on the wall, and who may move it: anybody who looks at the page."""

import re
from collections.abc import Callable

from playground.clock import MovableClock
from playground.live import LiveHub
from playground.slack.errors import Mistake
from playground.slack.workspace import Json, Workspace

TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Wall:
    """Moves the clock and tells the pages."""

    def __init__(self, clock: MovableClock, workspace: Workspace, hub: LiveHub) -> None:
        self._clock = clock
        self._workspace = workspace
        self._hub = hub

    def shown(self) -> Json:
        """What the page is told."""
        return {"offset": self._clock.offset}

    async def move(self, body: Json) -> Json:
        """Move it: `{by: seconds}`, `{to: "23:00", user}` (in the zone of that person) or `{back: true}`."""
        by, to = body.get("by"), body.get("to")
        if body.get("back") is True:
            self._clock.reset()
        elif isinstance(to, str) and (found := TIME.fullmatch(to)) is not None:
            person = self._workspace.users.get(str(body.get("user")))
            if person is None:
                raise Mistake("there is no such person", status=404)
            self._limited(lambda: self._clock.move_to(int(found[1]), int(found[2]), person.tz))
        elif isinstance(by, (int, float)) and not isinstance(by, bool):
            self._limited(lambda: self._clock.shift(float(by)))
        else:
            raise Mistake("say `by` (seconds), `to` (such as 23:00) and `user`, or `back`")
        self._hub.publish({"type": "clock", **self.shown()})
        return {"ok": True, **self.shown()}

    def _limited(self, move: Callable[[], None]) -> None:
        try:
            move()
        except ValueError as error:
            raise Mistake(str(error)) from None
