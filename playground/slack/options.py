"""What a test may set before the playground starts."""

from dataclasses import dataclass, field

from playground.slack.rates import Rates

# What manifest.yaml asks for, but for chat:write.public: so a visitor sees what a channel without the bot is like.
SCOPES = frozenset({"commands", "chat:write", "channels:history", "groups:history"})
EVERY_SCOPE = SCOPES | frozenset(
    {
        "channels:read",
        "groups:read",
        "im:read",
        "im:write",
        "im:history",
        "users:read",
        "team:read",
        "app_mentions:read",
    }
)
EVERY_EVENT = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "tokens_revoked",
        "channel_archive",
        "channel_unarchive",
        "channel_deleted",
        "channel_rename",
        "channel_left",
        "channel_id_changed",
        "group_archive",
        "group_unarchive",
        "group_deleted",
        "group_left",
        "group_rename",
        "member_joined_channel",
        "member_left_channel",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackOptions:
    """How this Slack behaves; the defaults are the real one's."""

    rates: Rates = field(default_factory=Rates)
    ack_seconds: float = 3.0
    """How long an acknowledgement may take."""
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    """When an event is delivered again (docs.slack.dev/apis/events-api)."""
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = frozenset()
    """The events that the app is subscribed to; manifest.yaml asks for none."""
    unthread_orphans: bool = False
    """Post a reply to a deleted parent into the channel without a word, instead of refusing it."""
