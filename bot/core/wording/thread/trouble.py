"""A cloud that cannot be read."""

from bot.core import news as n
from bot.core.model import TroubleKind
from bot.core.text import Mrkdwn, code, inert, moment
from bot.core.wording.reasons import cause_words
from bot.core.wording.words import TROUBLE_SIGN

_TROUBLE: dict[str, str] = {
    TroubleKind.UNEXPECTED: "its answers make no sense",
    TroubleKind.THROTTLED: "it asks for fewer questions",
    TroubleKind.UNAVAILABLE: "it does not answer properly",
}


def unreadable(news: n.Unreadable, account: str) -> Mrkdwn:
    """Tell since when, why, and whether anyone must act."""
    since, named = moment(news.since), code(account, 40)
    if news.kind == TroubleKind.DENIED:
        refused = inert(cause_words(news.reason), 200) or "my credentials are not accepted"
        return Mrkdwn(
            f"{TROUBLE_SIGN} {named} refuses me since {since}: {refused}. "
            "Someone who runs Milepost must mend that; I look again now and then."
        )
    because = inert(cause_words(news.reason), 200) or _TROUBLE.get(news.kind, _TROUBLE[TroubleKind.UNAVAILABLE])
    return Mrkdwn(
        f"{TROUBLE_SIGN} I cannot read {named} since {since}: {because}. The task itself may be fine. I keep trying."
    )
