"""The permissions that the Slack app asks for; `manifest.yaml` says the same to Slack."""

NEEDED = ("commands", "chat:write", "channels:read", "groups:read")
"""Slash commands, forms and shortcuts; posting and editing in channels that the bot was invited to; learning that a
channel closes or opens, and who leaves."""

OPTIONAL = (
    "chat:write.public",
    "channels:history",
    "groups:history",
    "app_mentions:read",
    "im:history",
    "users:read",
    "usergroups:read",
)
"""Posting in public channels without an invitation; looking up a message whose answer from Slack was lost (two);
commands in threads, by a mention; commands in direct messages; time zones and who is a guest; accounts that are
limited to user groups."""
