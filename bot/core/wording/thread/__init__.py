"""The thread: one reply for each piece of news."""

from collections.abc import Sequence

from msgspec.structs import replace

from bot.core import blocks
from bot.core import news as n
from bot.core.message import Message
from bot.core.text import Mrkdwn, cut_markup, inert, ping
from bot.core.wording.thread.ends import ended, gone
from bot.core.wording.thread.late import caught_up
from bot.core.wording.thread.minor import line

MAYBE_REPEATED = "(This may be a repeat: Slack did not say whether the first try arrived.)"
_MENTIONED = 20


def reply(
    news: n.News, *, name: str, account: str, mentions: Sequence[str] = (), maybe_repeated: bool = False
) -> Message:
    """Return the reply that tells *news*.

    *name* (foreign) is what the task is called, *account* what people type. *mentions*: ids of users and user groups
    that are mentioned in it; what is no such id is left out.
    """
    told, quoted = _with_mentions(_line(news, account), mentions), _quoted(news)
    if maybe_repeated:
        told = Mrkdwn(f"{told} {MAYBE_REPEATED}")
    shown = [blocks.section(told)]
    if quoted:
        shown.append(blocks.quote(f"The cloud says: “{quoted}”"))
    text = Mrkdwn(f"{inert(name, 80)}: {told.replace('*', '')}")
    if quoted:
        text = Mrkdwn(f"{text} The cloud says: “{inert(quoted, 500)}”")
    return Message(text=cut_markup(text, blocks.FALLBACK_LIMIT), blocks=tuple(shown))


def bare_end(news: n.Ended | n.Gone, *, mentions: Sequence[str] = ()) -> Message:
    """Return the end in our own words alone, for when Slack refuses the cloud's."""
    own = gone(news) if isinstance(news, n.Gone) else ended(replace(news, message="", raw_state="", phases=()))
    return Message(text=_with_mentions(own, mentions))


def _with_mentions(told: Mrkdwn, mentions: Sequence[str]) -> Mrkdwn:
    named = [mention for who in mentions[:_MENTIONED] if (mention := ping(who))]
    return Mrkdwn(" ".join([told, *named]))


def _quoted(news: n.News) -> str:
    return news.message if isinstance(news, n.Ended) else ""


def _line(news: n.News, account: str) -> Mrkdwn:
    match news:
        case n.Ended():
            return ended(news)
        case n.Gone():
            return gone(news)
        case n.CaughtUp():
            return caught_up(news, account)
        case n.CardOpened():
            return Mrkdwn("The card.")
        case _:
            return line(news, account)
