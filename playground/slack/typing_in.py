"""What Slack makes of what a person types (docs.slack.dev/interactivity/implementing-slash-commands)."""

import re

from playground.slack import names
from playground.slack.workspace import Workspace

NAMED = re.compile(r"(?<![\w@#&;])([@#])([\w.-]*\w)")
PINGS = ("here", "channel", "everyone")
LINK = re.compile(r"https?://[^\s<>]+")


def escape(text: str) -> str:
    """Make the three characters inert that control Slack's formatting."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def resolve(text: str, workspace: Workspace, *, labels: bool) -> str:
    """Return *text* with known @people, @groups, #channels and links in Slack's brackets, with names when *labels*."""
    people = {user.name: user.id for user in workspace.users.values()} | {"milepost": names.BOT_USER}
    groups = {group.handle: group for group in workspace.groups.values()}
    channels = {channel.name: channel.id for channel in workspace.channels.values() if channel.person is None}

    def named(match: re.Match[str]) -> str:
        sign, name = match.groups()
        if sign == "@" and name in PINGS:
            return f"<!{name}>"
        if sign == "@" and (group := groups.get(name.lower())) is not None:
            return f"<!subteam^{group.id}|@{group.handle}>" if labels else f"<!subteam^{group.id}>"
        found = (people if sign == "@" else channels).get(name.lower())
        if found is None:
            return match.group()
        return f"<{sign}{found}|{name.lower()}>" if labels or sign == "#" else f"<{sign}{found}>"

    # Links first: an @ or # inside an address is part of it.
    pieces, end = [], 0
    for link in LINK.finditer(text):
        pieces += [NAMED.sub(named, escape(text[end : link.start()])), f"<{escape(link.group())}>"]
        end = link.end()
    return "".join((*pieces, NAMED.sub(named, escape(text[end:]))))
