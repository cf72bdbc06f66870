"""What those who run Milepost are told."""

from datetime import datetime

from bot.core.message import Message
from bot.core.text import Mrkdwn, code, inert, moment
from bot.core.wording.answers import says
from bot.core.wording.words import TROUBLE_SIGN


def account_refused(account: str, since: datetime, reason: str) -> Message:
    """Tell that a cloud refuses an account, which only they can mend. *reason* is the cloud's."""
    why = f" The reason: {inert(reason, 300)}" if reason else ""
    return says(
        Mrkdwn(f"{TROUBLE_SIGN} {code(account, 40)} refuses me since {moment(since.timestamp())}.{why}"),
        Mrkdwn("Mend the account in `milepost.toml` or at its cloud, then restart me; `milepost check` tells more."),
    )


def account_works(account: str) -> Message:
    """Tell that it is mended."""
    return says(Mrkdwn(f"{code(account, 40)} lets me read again."))


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
