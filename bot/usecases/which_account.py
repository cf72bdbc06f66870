"""Which account a person means: by its name, by its kind, or by what the task's id looks like."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.message import Message
from bot.core.wording import accounts
from bot.ports import Account, Clouds
from providers.base import InvalidKey, Likeness, TaskKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """The one account, and the key in its stored spelling."""

    account: Account
    key: TaskKey


def which(clouds: Clouds, name: str | None, task: str) -> Meant | Message:
    """Return the account and key that are meant, or the answer that asks or explains."""
    if name is None:
        name, task = _split(clouds, task)
    found = _by_task(clouds, task) if name is None else _by_name(clouds, name, task)
    if isinstance(found, Message):
        return found
    try:
        return Meant(account=found, key=found.provider.parse_key(task))
    except InvalidKey as error:
        others = [a.name for a in clouds.values() if a is not found and _is_key(a, task)]
        if others:
            return accounts.other_account(task, others)
        return accounts.bad_key(error, found.name)


def _is_key(account: Account, task: str) -> bool:
    """Tell whether *task* is without doubt a whole key of that account."""
    if account.provider.recognises(task) is not Likeness.CERTAIN:
        return False
    try:
        account.provider.parse_key(task)
    except InvalidKey:
        return False
    return True


def example_key(account: Account) -> str:
    """Return a key of the form that an account takes, to be shown."""
    try:
        return account.provider.parse_key("")
    except InvalidKey as error:
        return error.example


def _split(clouds: Clouds, task: str) -> tuple[str | None, str]:
    """Part `drs:9a47…` or `drs/9a47…`, as people write an account and its task."""
    for sign in (":", "/", " "):
        name, found, rest = task.partition(sign)
        if found and rest and name.lower() in clouds:
            return name.lower(), rest.strip()
    return None, task


def _by_name(clouds: Clouds, name: str, task: str) -> Account | Message:
    if name in clouds:
        return clouds[name]
    # `drs` for the one account called `drs-eu`, or `huawei-drs` for the one account of that cloud.
    fitting = [a for a in clouds.values() if a.name.startswith(f"{name}-") or a.provider.name == name]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        return accounts.which_account(task, _names(fitting), certain=True)
    # The account that the task looks like is a better guess than a name that is spelt alike.
    likely = [a.name for a in clouds.values() if a.provider.recognises(task) is not Likeness.NO]
    close = likely or difflib.get_close_matches(name, list(clouds), n=1, cutoff=0.5)
    return accounts.unknown_account(name, close[0] if close else None, list(clouds), task)


def _by_task(clouds: Clouds, task: str) -> Account | Message:
    if task.lower() in clouds:
        return accounts.which_task(task.lower(), example_key(clouds[task.lower()]))
    likeness = {name: account.provider.recognises(task) for name, account in clouds.items()}
    certain = [clouds[name] for name, like in likeness.items() if like is Likeness.CERTAIN]
    # An address of another region is of the same cloud, and no key of the account.
    whole = [account for account in certain if _is_key(account, task)]
    if len(whole) == 1:
        return whole[0]
    if whole:
        return accounts.which_account(task, _names(whole), certain=True)
    if certain:
        # Its key says what is missing.
        return certain[0]
    possible = [clouds[name] for name, like in likeness.items() if like is Likeness.POSSIBLE]
    if possible:
        return accounts.which_account(task, _names(possible), certain=False)
    return accounts.unknown_cloud(task, [(a.name, example_key(a)) for a in clouds.values()])


def _names(accounts: Sequence[Account]) -> list[str]:
    return [account.name for account in accounts]
