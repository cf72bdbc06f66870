"""Which account is meant, and what it can read: answers for those who begin to follow a task."""

from collections.abc import Sequence

from bot.core.message import Message
from bot.core.text import Mrkdwn, code, inert
from bot.core.wording.answers import says
from bot.core.wording.card import Place
from bot.core.wording.flaws import flaw_words
from bot.core.wording.reasons import cause_words
from bot.core.wording.words import joined
from providers.base import InvalidKey
from providers.reasons import Cause


def bad_key(refused: InvalidKey, account: str) -> Message:
    """Say why a text is no key of an account."""
    example = code(f"/milepost subscribe {account} {refused.example}", 300)
    return says(inert(flaw_words(refused), 300), Mrkdwn(f"Example: {example}"))


def unknown_account(typed: str, close: str | None, names: Sequence[str], task: str) -> Message:
    """Say that there is no such account, and which there are."""
    if not names:
        return no_accounts()
    guess = close or names[0]
    known = f"Accounts here: {joined([str(code(name, 40)) for name in names[:20]])}."
    hint = f"Did you mean {code(guess, 40)}? {known}" if close else known
    return says(
        Mrkdwn(f"I know no account “{inert(typed, 40)}”."),
        Mrkdwn(hint),
        Mrkdwn(f"Example: {code(f'/milepost subscribe {guess} {task}', 300)}"),
    )


def no_accounts() -> Message:
    """Say that nothing is configured."""
    return says(
        Mrkdwn("No cloud account is configured yet."),
        Mrkdwn("Someone who runs Milepost adds one to `milepost.toml`, as `[accounts.NAME]`."),
    )


def which_account(task: str, names: Sequence[str], *, certain: bool) -> Message:
    """Ask which account a task belongs to."""
    listed = joined([str(code(name, 40)) for name in names[:10]], "or")
    if len(names) == 1:
        said = (
            f"That looks like a task of {listed}, but other clouds have such ids too. Say it once more, with the name:"
        )
    elif certain:
        said = f"More than one account could mean this: {listed}. Say which:"
    else:
        said = f"That could be a task of {listed}. Say which:"
    return says(
        Mrkdwn(said),
        *(Mrkdwn(code(f"/milepost subscribe {name} {task}", 300)) for name in names[:5]),
    )


def other_account(task: str, names: Sequence[str]) -> Message:
    """Say that the id belongs to another account than the one that was named."""
    listed = joined([str(code(name, 40)) for name in names[:5]], "or")
    return says(
        Mrkdwn(f"That is an id of {listed}, not of the account that you named."),
        *(Mrkdwn(code(f"/milepost subscribe {name} {task}", 300)) for name in names[:5]),
    )


def which_task(account: str, example: str) -> Message:
    """Ask for the task, where only an account was named."""
    return says(
        Mrkdwn(f"Which task of {code(account, 40)}? Its id stands behind the account's name."),
        Mrkdwn(f"Example: {code(f'/milepost subscribe {account} {example}', 300)}"),
    )


def unknown_cloud(task: str, examples: Sequence[tuple[str, str]]) -> Message:
    """Say that the cloud cannot be told from what was typed; *examples*: account and key."""
    if not examples:
        return no_accounts()
    return says(
        Mrkdwn(f"I cannot tell which cloud {code(task, 80)} belongs to."),
        Mrkdwn("Name the account before it. What ids look like here:"),
        *(Mrkdwn(code(f"/milepost subscribe {account} {key}", 300)) for account, key in examples[:8]),
    )


def not_found(account: str, task: str, place: str, cause: Cause, *, example: str) -> Message:
    """Say that the cloud does not know the task. *example*: a key of the form that the account takes."""
    where = f" This account looks in {code(place, 60)}." if place else ""
    return says(
        Mrkdwn(f"{code(account, 40)} does not know the task {code(task, 80)}."),
        Mrkdwn(
            f"Ids are bound to a region and a project.{where}" if place else "Is the id whole, and of this account?"
        ),
        _because(cause),
        # What the cloud has just refused is no example of what it takes.
        *(
            [Mrkdwn(f"Ids look like this: {code(f'/milepost subscribe {account} {example}', 300)}")]
            if example != task
            else []
        ),
    )


def denied(account: str, cause: Cause) -> Message:
    """Say that the cloud refuses the account's credentials."""
    return says(
        Mrkdwn(f"{code(account, 40)} refuses me, so I cannot watch this task."),
        Mrkdwn("Someone who runs Milepost must look at the account; `milepost check` tells more."),
        _because(cause),
        Mrkdwn("Which other accounts there are: `/milepost accounts`"),
    )


def _because(cause: Cause) -> Mrkdwn:
    return Mrkdwn(f"The reason: {inert(cause_words(cause), 300)}")


def accounts(places: Sequence[tuple[Place, str, str]], *, some_are_hidden: bool = False) -> Message:
    """Tell which accounts can be used here: place, region and an example key of each.

    *some_are_hidden*: whether there are others, which this person cannot use here.
    """
    if not places:
        return none_here() if some_are_hidden else no_accounts()
    lines = [Mrkdwn("Clouds I can look at:")]
    for place, region, example in places:
        where = f" in {inert(region, 60)}" if region else ""
        command = code(f"/milepost subscribe {place.account} {example}", 300)
        lines.append(Mrkdwn(f"*{inert(place.account, 40)}*  {inert(place.title, 40)}{where}\n{command}"))
    return says(*lines, *([Mrkdwn("There are others, for other channels or people.")] if some_are_hidden else []))


def none_here() -> Message:
    """Say that there are accounts, and none for this person in this place."""
    return says(
        Mrkdwn("No account can be used here by you."),
        Mrkdwn("The ones that there are belong to other channels or people; someone who runs Milepost can tell which."),
    )
