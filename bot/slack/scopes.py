"""The permissions that the Slack app asks for; `manifest.yaml` says the same to Slack."""

NEEDED = ("commands", "chat:write", "channels:read", "groups:read")
"""Slash commands; posting and editing in channels that the bot was invited to; learning that a
channel closes or opens."""

OPTIONAL = ("chat:write.public", "channels:history", "groups:history")
"""Posting in public channels without an invitation; looking up a message whose answer from Slack was lost."""
