"""Refusals: what is not allowed, and who can do it instead."""

from collections.abc import Sequence

from bot.core.message import Message
from bot.core.text import Mrkdwn, channel_link, code, mention
from bot.core.wording.answers import says
from bot.core.wording.words import joined

_NAMED = 10


def guest() -> Message:
    """Say what a guest may do."""
    return says(
        Mrkdwn("Guests may mute and refresh what is followed here, and nothing more."),
        Mrkdwn("Ask a member of this channel to do it."),
    )


def guest_as_owner(user: str) -> Message:
    """Say that a guest can own nothing."""
    return says(Mrkdwn(f"{mention(user)} is a guest, and guests cannot own what is followed. Name a member."))


def nobody_as_owner(user: str) -> Message:
    """Say that an app or a deactivated account can own nothing."""
    return says(Mrkdwn(f"{mention(user)} is no person who could look after it. Name a member of this channel."))


def stranger_as_owner(user: str) -> Message:
    """Say that only who is in a channel can own what it follows."""
    return says(
        Mrkdwn(f"{mention(user)} is not in this channel, and could not see what they would own."),
        Mrkdwn("Invite them first, or name somebody who is here."),
    )


def not_in_the_channel(channel: str) -> Message:
    """Say that only who is in a channel can let it follow something."""
    return says(
        Mrkdwn(f"You are not in {channel_link(channel)}, so you cannot let it follow a task."),
        Mrkdwn("Join it first, or choose a channel that you are in."),
    )


def channel_unknown(channel: str) -> Message:
    """Say that Slack does not tell who is in a channel, and what can be done without."""
    return says(
        Mrkdwn(f"Slack does not tell me whether you are in {channel_link(channel)}."),
        Mrkdwn("Type `/milepost` there: then I know."),
    )


def not_yours(owner: str, managers: Sequence[str]) -> Message:
    """Say whose subscription it is, and who else may change it."""
    others = [each for each in managers if each != owner]
    who = joined(_with_rest(["they", *(str(mention(user)) for user in others[:_NAMED])], ["they", *others]), "or")
    return says(
        Mrkdwn(f"This belongs to {mention(owner)}, and only {who} can change or stop it."),
        Mrkdwn("What you can do: mute it, which silences all but its end, or ask them to give it to you."),
    )


def not_your_defaults(managers: Sequence[str]) -> Message:
    """Say who may set what holds for new subscriptions."""
    return says(
        Mrkdwn(f"What holds for new subscriptions here is for {_people(managers)} to set."),
        Mrkdwn("`/milepost defaults` shows it. Your own wishes can stand behind each `subscribe`."),
    )


def not_in_this_channel(account: str, channels: Sequence[str]) -> Message:
    """Say where an account may be used."""
    links = [str(channel_link(channel)) for channel in channels[:_NAMED]]
    return says(
        Mrkdwn(f"{code(account, 40)} cannot be used here, only in {joined(_with_rest(links, channels), 'or')}."),
        Mrkdwn("Which accounts there are here: `/milepost accounts`"),
    )


def not_in_the_group(account: str, groups: Sequence[str]) -> Message:
    """Say who may use an account."""
    names = [str(mention(group)) for group in groups[:_NAMED]]
    return says(
        Mrkdwn(f"{code(account, 40)} is only for {joined(_with_rest(names, groups), 'or')}; ask one of them."),
        Mrkdwn("Which accounts there are for you: `/milepost accounts`"),
    )


def group_unknown(account: str) -> Message:
    """Say that nobody can be let in, because Slack does not tell who is in a group."""
    return says(
        Mrkdwn(f"{code(account, 40)} is only for some user groups, and Slack does not tell me who is in them."),
        Mrkdwn("Someone who runs Milepost must grant it `usergroups:read` and install it anew."),
    )


def _people(users: Sequence[str]) -> str:
    return joined(_with_rest([str(mention(user)) for user in users[:_NAMED]], users), "or")


def _with_rest(shown: list[str], whole: Sequence[str]) -> list[str]:
    rest = len(whole) - len(shown)
    return [*shown, f"{rest} more"] if rest else shown
