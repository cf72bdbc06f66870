"""What a test may set before the playground starts."""

from dataclasses import dataclass, field

from playground.slack.rates import Rates

# What manifest.yaml asks for, but for chat:write.public: so a visitor sees what a channel without the bot is like.
SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "im:history",
        "usergroups:read",
        "users:read",
    }
)
EVERY_SCOPE = SCOPES | frozenset({"im:read", "im:write", "team:read"})
# What manifest.yaml asks for.
EVENTS = frozenset(
    {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "channel_archive",
        "channel_deleted",
        "channel_id_changed",
        "channel_left",
        "channel_unarchive",
        "group_archive",
        "group_deleted",
        "group_left",
        "group_unarchive",
        "member_joined_channel",
        "member_left_channel",
        "message.im",
        "tokens_revoked",
    }
)
EVERY_EVENT = EVENTS | frozenset({"channel_rename", "group_rename"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackOptions:
    """How this Slack behaves; the defaults are the real one's."""

    rates: Rates = field(default_factory=Rates)
    ack_seconds: float = 3.0
    """How long an acknowledgement may take."""
    trigger_seconds: float = 3.0
    """How long a `trigger_id` is good."""
    retry_delays: tuple[float, ...] = (0.0, 60.0, 300.0)
    """When an event is delivered again (docs.slack.dev/apis/events-api)."""
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = EVENTS
    """The events that the app is subscribed to."""
    unthread_orphans: bool = False
    """Post a reply to a deleted parent into the channel without a word, instead of refusing it."""
