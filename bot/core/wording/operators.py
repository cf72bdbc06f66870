"""What those who run Milepost are told."""

from datetime import datetime

from bot.core.message import Message
from bot.core.quota import Plan
from bot.core.text import Mrkdwn, code, inert, moment
from bot.core.wording.answers import says
from bot.core.wording.reasons import cause_words
from bot.core.wording.words import TROUBLE_SIGN, duration, figure
from providers.reasons import Cause


def account_refused(account: str, since: datetime, reason: Cause | str) -> Message:
    """Tell that a cloud refuses an account, which only they can mend."""
    because = f" The reason: {inert(cause_words(reason), 300)}" if reason else ""
    return says(
        Mrkdwn(f"{TROUBLE_SIGN} {code(account, 40)} refuses me since {moment(since.timestamp())}.{because}"),
        Mrkdwn("Mend the account in `milepost.toml` or at its cloud, then restart me; `milepost check` tells more."),
    )


def account_works(account: str) -> Message:
    """Tell that it is mended."""
    return says(Mrkdwn(f"{code(account, 40)} lets me read again."))


def overbooked(account: str, plan: Plan) -> Message:
    """Tell that an account has more tasks than may be asked for as often as they want."""
    per = f" of up to {plan.tasks_per_call} tasks each" if plan.tasks_per_call > 1 else ""
    if plan.limited_by_time:
        limit = (
            f"a call takes {duration(max(plan.call_seconds, 1))} and {plan.quota.at_once} may be under way, so that "
            f"{figure(plan.possible or 0)} a second come through"
        )
        remedy = "`max_concurrent` in the account's settings lets more calls be under way, if its cloud allows that."
    else:
        limit = f"{figure(plan.possible or 0)} a second are allowed"
        remedy = "`max_calls_per_second` in the account's settings allows more, if its cloud does."
    times = figure(plan.stretch)
    return says(
        Mrkdwn(
            f"{TROUBLE_SIGN} {code(account, 40)} has {plan.tasks:,} tasks, which want {figure(plan.wanted)} calls a "
            f"second{per}; {limit}."
        ),
        Mrkdwn(
            f"Nothing is left out: each look comes {times} times as late, about every "
            f"{duration(plan.interval * plan.stretch)} instead of every {duration(plan.interval)}. {remedy}"
        ),
    )


def plan_kept(account: str) -> Message:
    """Tell that the looks of an account come as often as its tasks want again."""
    return says(Mrkdwn(f"{code(account, 40)} can be asked as often as its tasks want again."))


def data_file_damaged(moved_to: str) -> Message:
    """Tell that the data file was damaged and a new one begun."""
    return says(
        Mrkdwn(f"{TROUBLE_SIGN} My data file was damaged. I kept it as {code(moved_to, 300)} and began a new one."),
        Mrkdwn(
            "Channels must subscribe again, unless someone saves what can be read: `milepost store export --file` "
            "with that name, then `milepost store import` into an empty place."
        ),
    )


def owner_lost(moved_to_known: int) -> Message:
    """Tell the owner of subscriptions that they were lost with a damaged data file."""
    count = f"{moved_to_known} task{'s' if moved_to_known != 1 else ''}"
    return says(
        Mrkdwn(f"{TROUBLE_SIGN} My data file was damaged, and {count} that you followed may be forgotten."),
        Mrkdwn("`/milepost list` tells what each channel still follows; subscribe again to what is missing."),
    )


def too_many_connections(wanted: int, most: int, each: int) -> Message:
    """Tell that more replicas run in Socket Mode than Slack has connections for."""
    return says(
        Mrkdwn(
            f"The replicas together want {wanted} Socket Mode connections, {each} each; Slack gives one app {most}. "
            f'Run {most // each} replicas at most, or use HTTP mode: `[slack] mode = "http"`.'
        )
    )


def connections_suffice() -> Message:
    """Tell that this is over."""
    return says(Mrkdwn("The replicas no longer want more connections than Slack gives."))
