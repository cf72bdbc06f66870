"""What new subscriptions tell, in the words of the command."""

from pydantic import Field, field_validator

from bot.core.commands import CLAUSES, Wrong, parse_clauses
from bot.core.rules import Rules
from bot.core.wishes import KEEP, applied, in_zone
from bot.settings.problems import misfit
from bot.settings.section import Section


class Subscriptions(Section):
    """What new subscriptions tell, where neither the command nor the channel says otherwise."""

    rules: str = Field(
        default="",
        description="As it is typed behind `subscribe`, without a label; `/milepost help rules` lists what can be said",
        examples=["at 25,50,90 stall 30m"],
    )

    def in_zone(self, zone: str) -> Rules:
        """Return them as a value; *zone* holds for a time of day that stands there without one."""
        wishes = parse_clauses(self.rules)
        return Rules() if isinstance(wishes, Wrong) else applied(Rules(), in_zone(wishes, zone))

    @field_validator("rules")
    @classmethod
    def _are_clauses(cls, rules: str) -> str:
        wishes = parse_clauses(rules)
        if isinstance(wishes, Wrong):
            # The problem quotes what stands there, and what does not even begin like a rule may be a secret.
            problem = wishes.problem if rules.casefold().partition(" ")[0] in CLAUSES else ""
            raise misfit(" ".join(part for part in ("cannot be read.", problem, wishes.right) if part))
        if wishes.label is not KEEP:
            raise misfit("has a label in it, but each subscription has its own")
        return rules
