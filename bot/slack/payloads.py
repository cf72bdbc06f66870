"""What comes from Slack, taken apart as if an enemy had written it."""

import re
from typing import Any, TypeAlias

from bot.usecases.asker import HOME, Asker

Payload: TypeAlias = dict[str, Any]

_CHANNEL = re.compile(r"[CGD][A-Z0-9]{2,20}")
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_TS = re.compile(r"[0-9]{1,15}\.[0-9]{1,6}")
_SUBSCRIPTION = re.compile(r"[0-9a-f]{12}")
_NOBODY = "USLACKBOT"


def channel(value: object) -> str | None:
    """Return a channel's id, if it is one."""
    return value if isinstance(value, str) and _CHANNEL.fullmatch(value) else None


def user(value: object) -> str | None:
    """Return a person's id, if it is one."""
    return value if isinstance(value, str) and _USER.fullmatch(value) and value != _NOBODY else None


def ts(value: object) -> str | None:
    """Return the id of a message, if it is one."""
    return value if isinstance(value, str) and _TS.fullmatch(value) else None


def subscription(value: object) -> str:
    """Return the id of a subscription; a value of another form fits none."""
    return value if isinstance(value, str) and _SUBSCRIPTION.fullmatch(value) else ""


def chosen(value: str) -> tuple[str, str]:
    """Return what an option says to do, and with which subscription."""
    what, _, of = value.partition(":")
    return what, subscription(of)


def whoever(channel_id: object, user_id: object, thread_ts: object = None) -> Asker:
    """Return who asks; ValueError where the payload does not tell."""
    where, who = channel(channel_id), user(user_id)
    if where is None:
        raise ValueError("a payload without a channel id")
    if who is None:
        raise ValueError("a payload without a user id")
    return Asker(user=who, channel=where, thread_ts=ts(thread_ts))


def presser(body: Payload) -> Asker:
    """Return who pressed something in a message."""
    container, message = part(body, "container"), part(body, "message")
    thread_ts = container.get("thread_ts") or message.get("thread_ts")
    return whoever(part(body, "channel").get("id"), part(body, "user").get("id"), thread_ts)


def looker(body: Payload) -> Asker:
    """Return who pressed something in App Home, or sent a form: a person at no place."""
    who = user(part(body, "user").get("id"))
    if who is None:
        raise ValueError("a payload without a user id")
    return Asker(user=who, channel=HOME)


def value(body: Payload) -> str:
    """Return the value of what was pressed or chosen."""
    actions = body.get("actions")
    action = actions[0] if isinstance(actions, list) and actions and isinstance(actions[0], dict) else {}
    found = part(action, "selected_option").get("value") if "selected_option" in action else action.get("value")
    return found if isinstance(found, str) else ""


def trigger(body: Payload) -> str:
    """Return what lets a window be opened."""
    found = body.get("trigger_id")
    return found if isinstance(found, str) else ""


def part(body: Payload, name: str) -> Payload:
    """Return an object within another; empty where there is none."""
    found = body.get(name)
    return found if isinstance(found, dict) else {}
