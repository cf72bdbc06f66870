"""trigger_id: good for one use within three seconds (docs.slack.dev/interactivity/handling-user-interaction)."""

from collections.abc import Callable
from dataclasses import dataclass

from playground.slack.errors import Refusal

# So long a late use is told from a made-up id.
KEPT_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class Trigger:
    """What somebody just did."""

    user: str
    channel: str | None
    """Where they were."""
    until: float
    used: bool = False


class Triggers:
    """Issues trigger ids and takes them back."""

    def __init__(self, now: Callable[[], float], serial: Callable[[str], str], seconds: float) -> None:
        self._now = now
        self._seconds = seconds
        self._serial = serial
        self._issued: dict[str, Trigger] = {}

    def issue(self, user: str, channel: str | None) -> str:
        """Return a new trigger for what *user* just did."""
        self._issued = {name: one for name, one in self._issued.items() if self._now() < one.until + KEPT_SECONDS}
        trigger = f"{self._serial('')}.{int(self._now() * 1000)}.playground"
        self._issued[trigger] = Trigger(user=user, channel=channel, until=self._now() + self._seconds)
        return trigger

    def exchange(self, trigger_id: str) -> Trigger:
        """Return what a trigger stands for, and use it up."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self._now() > trigger.until:
            raise Refusal("trigger_expired")
        trigger.used = True
        return trigger
