"""What people say to the bot without a slash: after a mention, or in direct messages."""

import re

from bot.core import commands
from bot.core.commands import Subscribe, Wrong
from bot.core.message import Message
from bot.ports import Clouds
from bot.usecases.which_account import which

_MENTION = re.compile(r"<@([UW][A-Z0-9]{2,20})(?:\|[^>]*)?>")
_ADDRESS = re.compile(r"<?https?://\S+")


def after_mention(text: str, me: str, *, in_thread: bool) -> str | None:
    """Return what is said to the bot in a message that mentions it; None where nothing is.

    A message that begins with the mention speaks to the bot, whatever it says. Elsewhere it does only where a command
    follows: people also talk about it.
    """
    found = next((one for one in _MENTION.finditer(text) if one[1] == me), None)
    if found is None:
        return None
    said = text[found.end() :].strip().removeprefix(":").removeprefix(",").strip()
    if not text[: found.start()].strip():
        return said
    is_command = said and not isinstance(commands.parse(said, in_thread=in_thread), Wrong)
    return said if is_command else None


def as_command(text: str, clouds: Clouds, *, in_thread: bool) -> str:
    """Return *text*, with ``subscribe`` before it where it is only a task's id or address."""
    text = text.strip()
    if not text or not isinstance(commands.parse(text, in_thread=in_thread), Wrong):
        return text
    pasted = f"subscribe {text}"
    if _ADDRESS.match(text):
        return pasted
    command = commands.parse(pasted)
    if isinstance(command, Subscribe) and not isinstance(which(clouds, command.account, command.task), Message):
        return pasted
    return text
