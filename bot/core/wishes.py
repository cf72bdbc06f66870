"""What somebody asks for about a subscription: only what was said; the rest stays as it is."""

import dataclasses
from dataclasses import dataclass, fields

from msgspec.structs import replace

from bot.core.record import Keep
from bot.core.rules import Broadcast, Lag, Mention, Overdue, Quiet, Rules

KEEP = Keep.KEEP
ZONE_TO_FILL = ""
"""The zone of an ``Overdue`` or ``Quiet`` that was said without one; ``in_zone`` fills it in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The clauses of a command. None (or empty, or False) takes something away, KEEP says nothing about it."""

    milestones: tuple[int, ...] | Keep = KEEP
    heartbeat: int | Keep | None = KEEP
    per_phase: bool | Keep = KEEP
    only_end: bool | Keep = KEEP
    stall: int | Keep | None = KEEP
    overdue: Overdue | Keep | None = KEEP
    lag: Lag | Keep | None = KEEP
    mentions: tuple[Mention, ...] | Keep = KEEP
    broadcast: Broadcast | Keep = KEEP
    quiet: Quiet | Keep | None = KEEP
    label: str | Keep | None = KEEP

    @property
    def nothing(self) -> bool:
        """Whether nothing was asked for."""
        return all(getattr(self, field.name) is KEEP for field in fields(self))

    @property
    def about_rules(self) -> bool:
        """Whether anything but the label was asked for."""
        return any(getattr(self, name) is not KEEP for name in _OF_RULES)


NO_WISHES = Wishes()
_OF_RULES = tuple(field.name for field in fields(Wishes) if field.name != "label")


def applied(rules: Rules, wishes: Wishes) -> Rules:
    """Return *rules* with what was asked for.

    Milestones end "only the end", and "only the end" ends milestones; taken back, it brings the usual ones.
    """
    changes = {name: value for name in _OF_RULES if (value := getattr(wishes, name)) is not KEEP}
    if changes.get("only_end") is True:
        changes["milestones"] = ()
    elif changes.get("milestones"):
        changes["only_end"] = False
    elif changes.get("only_end") is False and rules.only_end and "milestones" not in changes:
        changes["milestones"] = Rules().milestones
    return replace(rules, **changes)


def as_wishes(rules: Rules, label: str | None, *, base: Rules) -> Wishes:
    """Return the least that must be asked for, so that *base* becomes *rules*; with the label, where there is one."""
    changes = {name: value for name in _OF_RULES if (value := getattr(rules, name)) != getattr(base, name)}
    brief = Wishes(**(changes | {"milestones": KEEP, "label": KEEP if label is None else label}))
    whole = dataclasses.replace(brief, milestones=rules.milestones)
    return brief if applied(base, brief) == rules else settled(whole)


def settled(wishes: Wishes) -> Wishes:
    """Return *wishes* without what goes without saying: milestones and "only the end" exclude each other."""
    match wishes:
        case Wishes(only_end=True):
            return dataclasses.replace(wishes, milestones=KEEP)
        case Wishes(only_end=False, milestones=(_, *_)):
            return dataclasses.replace(wishes, only_end=KEEP)
        case _:
            return wishes


def in_zone(wishes: Wishes, zone: str) -> Wishes:
    """Return *wishes* with *zone* (an IANA name) where a time of day was said without one."""
    quiet, overdue = wishes.quiet, wishes.overdue
    if isinstance(quiet, Quiet) and quiet.zone == ZONE_TO_FILL:
        wishes = dataclasses.replace(wishes, quiet=replace(quiet, zone=zone))
    if isinstance(overdue, Overdue) and overdue.zone == ZONE_TO_FILL:
        wishes = dataclasses.replace(wishes, overdue=replace(overdue, zone=zone))
    return wishes
