"""Where a task lives, and what people call it."""

from dataclasses import dataclass

from bot.core.model import Subscription, Watch
from bot.core.text import plain, shorten


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a task lives, in words."""

    title: str
    """``Huawei DRS``."""
    account: str
    console_url: str | None = None


def not_configured(account: str) -> Place:
    """Return the place of a task whose account is no longer configured; it keeps its name."""
    return Place(title="not configured", account=account)


def task_name(subscription: Subscription, watch: Watch) -> str:
    """Return what people call the task: their own label, else the cloud's name, else its short id. Foreign text."""
    return plain(subscription.label or "", 80) or plain(watch.name or "", 80) or shorten(watch.key)


def short_id(subscription: Subscription, watch: Watch) -> str:
    """Return the short id to show beside the name; empty where nobody named the task, so that the id is its name."""
    short = shorten(watch.key)
    return "" if task_name(subscription, watch) in (short, watch.key) else short
