"""The time zone of whoever speaks of a time of day without one."""

from bot.core.rules import Overdue, Quiet
from bot.core.wishes import ZONE_TO_FILL, Wishes, in_zone
from bot.core.zones import is_zone
from bot.ports import People


class Zones:
    """Fills in zones: that of the person, else the configured one."""

    def __init__(self, *, people: People, usual: str) -> None:
        self._people = people
        self._usual = usual

    async def filled(self, wishes: Wishes, user: str) -> Wishes:
        """Return *wishes* with a zone at each time of day. Slack is asked only where one is missing."""
        if not _lacks_zone(wishes):
            return wishes
        zone = (await self._people.person(user)).zone
        # What Slack names must be known on this machine too.
        return in_zone(wishes, zone if zone is not None and is_zone(zone) else self._usual)


def _lacks_zone(wishes: Wishes) -> bool:
    quiet, overdue = wishes.quiet, wishes.overdue
    return (isinstance(quiet, Quiet) and quiet.zone == ZONE_TO_FILL) or (
        isinstance(overdue, Overdue) and overdue.zone == ZONE_TO_FILL
    )
