"""What the phases of a task are called."""

from collections.abc import Mapping

from bot.core.text import Mrkdwn, inert
from providers.base import PhaseName

NAMES: Mapping[str, str] = {
    PhaseName.STRUCTURE: "structure",
    PhaseName.DATA: "data",
    PhaseName.INDEX: "index",
}


def phase_name(name: str, limit: int) -> Mrkdwn:
    """Return the name of a phase: ours for one that all clouds have in common, else the cloud's; a dash for none."""
    return inert(NAMES.get(name, name), limit) or Mrkdwn("–")
