"""Which account a person means: by its name, by its kind, or by what the task's id looks like."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.message import Message
from bot.core.wording import answers
from bot.ports import Account, Clouds
from providers.base import InvalidKey, Likeness, TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The one account, and the key in its stored spelling."""

    account: Account
    key: TaskKey


def which(clouds: Clouds, name: str | None, task: str) -> Meant | Message:
    """Return the account and key that are meant, or the answer that asks or explains."""
    found = _by_task(clouds, task) if name is None else _by_name(clouds, name, task)
    if isinstance(found, Message):
        return found
    try:
        return Meant(account=found, key=found.provider.parse_key(task))
    except InvalidKey as error:
        return answers.bad_key(str(error), found.name, error.example)


def example_key(account: Account) -> str:
    """Return a key of the form that an account takes, to be shown."""
    try:
        return account.provider.parse_key("")
    except InvalidKey as error:
        return error.example


def _by_name(clouds: Clouds, name: str, task: str) -> Account | Message:
    if name in clouds:
        return clouds[name]
    # `drs` for the one account called `drs-eu`, or `huawei-drs` for the one account of that cloud.
    fitting = [a for a in clouds.values() if a.name.startswith(f"{name}-") or a.provider.name == name]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        return answers.which_account(task, _names(fitting), certain=True)
    close = difflib.get_close_matches(name, list(clouds), n=1, cutoff=0.5)
    return answers.unknown_account(name, close[0] if close else None, list(clouds), task)


def _by_task(clouds: Clouds, task: str) -> Account | Message:
    likeness = {name: account.provider.recognises(task) for name, account in clouds.items()}
    certain = [clouds[name] for name, like in likeness.items() if like is Likeness.CERTAIN]
    if len(certain) == 1:
        return certain[0]
    if certain:
        return answers.which_account(task, _names(certain), certain=True)
    possible = [clouds[name] for name, like in likeness.items() if like is Likeness.POSSIBLE]
    if possible:
        return answers.which_account(task, _names(possible), certain=False)
    return answers.unknown_cloud(task, [(a.name, example_key(a)) for a in clouds.values()])


def _names(accounts: Sequence[Account]) -> list[str]:
    return [account.name for account in accounts]
