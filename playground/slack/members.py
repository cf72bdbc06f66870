"""Which channels the bot sees, and where it may post."""

from playground.slack.errors import Refusal
from playground.slack.workspace import Channel, Workspace


def require_readable(workspace: Workspace, channel_id: str) -> Channel:
    """Return a channel that the bot can see; a private one without the bot looks as if it were not there."""
    channel = workspace.channels.get(channel_id)
    if channel is None or (channel.is_private and not channel.bot_in):
        raise Refusal("channel_not_found")
    return channel


def require_member(workspace: Workspace, channel_id: str, *, or_public: bool = False) -> Channel:
    """Return a channel that the bot is in (or could be, if *or_public*); a person stands for their direct messages."""
    if channel_id in workspace.users:
        return workspace.direct(channel_id)
    channel = require_readable(workspace, channel_id)
    if not channel.bot_in and not or_public:
        raise Refusal("not_in_channel")
    return channel
