"""The phases of a card, each with a bar of its own."""

from bot.core.course import took
from bot.core.model import Watch
from bot.core.text import Mrkdwn
from bot.core.wording.phase_name import phase_name
from bot.core.wording.words import NBSP, bar, duration, percent
from providers.base import Phase

_CELLS = 10
_SHOWN = 6


def phase_bars(watch: Watch) -> Mrkdwn:
    """Return a short line for each phase; empty where there are none (any more)."""
    return Mrkdwn("\n".join([*(f"{bar(p.percent, _CELLS)}  {_words(watch, p)}" for p in _shown(watch)), *_more(watch)]))


def phase_words(watch: Watch) -> Mrkdwn:
    """Return the same without bars, for where they are read aloud."""
    return Mrkdwn(", ".join([*(_words(watch, p) for p in _shown(watch)), *_more(watch)]))


def _phases(watch: Watch) -> tuple[Phase, ...]:
    return () if watch.seen is None or watch.seen.state.is_terminal or watch.gone else watch.seen.phases


def _shown(watch: Watch) -> tuple[Phase, ...]:
    return _phases(watch)[:_SHOWN]


def _more(watch: Watch) -> list[str]:
    left_out = len(_phases(watch)) - _SHOWN
    return [f"and {left_out} more"] if left_out > 0 else []


def _words(watch: Watch, phase: Phase) -> str:
    name = phase_name(phase.name, 24)
    if phase.percent >= 100:
        seconds = next((took(seen) for seen in watch.phases if seen.name == phase.name), None)
        return f"{name} done" + (f" in {duration(seconds)}" if seconds is not None else "")
    if phase.percent <= 0:
        return f"{name} not begun"
    return f"{name}{NBSP}{percent(phase.percent)}"
