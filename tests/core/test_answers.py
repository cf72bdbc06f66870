"""Private answers: the fact, then what to do."""

import pytest

from bot.core.commands import Wrong
from bot.core.message import Message
from bot.core.wording import accounts, answers, changes, following
from bot.core.wording.card import Place
from providers.base import InvalidKey, TaskState
from providers.flaws import Flaw
from providers.reasons import Cause, Reason, Service
from tests.core.samples import KEY, PLACE, follower
from tests.core.slack_limits import assert_slack_takes, texts

NAMED = follower(label="orders-db")
OTHER = "/milepost subscribe drs 9a47"
UNKNOWN = Cause(Reason.TASK_UNKNOWN, who=Service.DRS, code="DRS.M05003")


def said(message: Message) -> str:
    assert_slack_takes(message)
    assert "\n".join(text["text"] for text in texts(message)) == message.text
    return message.text.replace("\u00a0", " ")


def lines(*parts: str) -> str:
    return "\n".join(parts)


ANSWERS: list[tuple[str, Message, str]] = [
    (
        "a wrong command",
        answers.wrong(Wrong(problem="I don't know “x”.", right="Did you mean `list`?", example="/milepost list")),
        lines("I don't know “x”.", "Did you mean `list`?", "Example: `/milepost list`"),
    ),
    (
        "a wrong command without an example of its own",
        answers.wrong(Wrong(problem="I need a task.", right="Give one.", example=""), OTHER),
        lines("I need a task.", "Give one.", f"Example: `{OTHER}`"),
    ),
    (
        "a wrong command whose example is too long to be copied",
        answers.wrong(Wrong(problem="Too long.", right="Give less.", example="x" * 301), OTHER),
        lines("Too long.", "Give less.", f"Example: `{OTHER}`"),
    ),
    (
        "a wrong command and no example at all",
        answers.wrong(Wrong(problem="I need a task.", right="Give one.", example="")),
        lines("I need a task.", "Give one."),
    ),
    (
        "a bad key",
        accounts.bad_key(InvalidKey(Flaw.USMC_TASK_MISSING, example=KEY), "drs"),
        lines(
            "That is a whole plan; the id of one of its tasks is needed too.",
            f"Example: `/milepost subscribe drs {KEY}`",
        ),
    ),
    (
        "an account misspelt",
        accounts.unknown_account("dsr", "drs", ["drs", "cos"], "9a47"),
        lines(
            "I know no account “dsr”.",
            "Did you mean `drs`? Accounts here: `drs` and `cos`.",
            "Example: `/milepost subscribe drs 9a47`",
        ),
    ),
    (
        "an account unlike any other",
        accounts.unknown_account("zz", None, ["drs"], "9a47"),
        lines("I know no account “zz”.", "Accounts here: `drs`.", "Example: `/milepost subscribe drs 9a47`"),
    ),
    (
        "an account where there is none",
        accounts.unknown_account("zz", None, [], "9a47"),
        lines(
            "No cloud account is configured yet.",
            "Someone who runs Milepost adds one to `milepost.toml`, as `[accounts.NAME]`.",
        ),
    ),
    (
        "two accounts fit",
        accounts.which_account("9a47", ["drs-eu", "drs-cn"], certain=True),
        lines(
            "More than one account could mean this: `drs-eu` or `drs-cn`. Say which:",
            "`/milepost subscribe drs-eu 9a47`",
            "`/milepost subscribe drs-cn 9a47`",
        ),
    ),
    (
        "two accounts may fit",
        accounts.which_account("9a47", ["drs-eu", "cos"], certain=False),
        lines(
            "That could be a task of `drs-eu` or `cos`. Say which:",
            "`/milepost subscribe drs-eu 9a47`",
            "`/milepost subscribe cos 9a47`",
        ),
    ),
    (
        "one account may fit",
        accounts.which_account("42", ["pan"], certain=False),
        lines(
            "That looks like a task of `pan`, but other clouds have such ids too. Say it once more, with the name:",
            "`/milepost subscribe pan 42`",
        ),
    ),
    (
        "no account fits",
        accounts.unknown_cloud("zz", [("drs", "9a47")]),
        lines(
            "I cannot tell which cloud `zz` belongs to.",
            "Name the account before it. What ids look like here:",
            "`/milepost subscribe drs 9a47`",
        ),
    ),
    ("no account at all", accounts.unknown_cloud("zz", []), accounts.no_accounts().text),
    (
        "another account's id",
        accounts.other_account("9a47", ["drs-eu"]),
        lines("That is an id of `drs-eu`, not of the account that you named.", "`/milepost subscribe drs-eu 9a47`"),
    ),
    (
        "no task",
        accounts.which_task("drs", "9a47"),
        lines("Which task of `drs`? Its id stands behind the account's name.", f"Example: `{OTHER}`"),
    ),
    (
        "unknown to the cloud",
        accounts.not_found("drs-eu", "zz", "ap-southeast-1", UNKNOWN, example="9a47"),
        lines(
            "`drs-eu` does not know the task `zz`.",
            "Ids are bound to a region and a project. This account looks in `ap-southeast-1`.",
            "The reason: DRS does not know the task (DRS​.M05003)",
            "Ids look like this: `/milepost subscribe drs-eu 9a47`",
        ),
    ),
    (
        "unknown to a cloud without regions",
        accounts.not_found("pan", "zz", "", UNKNOWN, example="1ket"),
        lines(
            "`pan` does not know the task `zz`.",
            "Is the id whole, and of this account?",
            "The reason: DRS does not know the task (DRS​.M05003)",
            "Ids look like this: `/milepost subscribe pan 1ket`",
        ),
    ),
    (
        "unknown, and typed as the example says",
        accounts.not_found("pan", "1ket", "", UNKNOWN, example="1ket"),
        lines(
            "`pan` does not know the task `1ket`.",
            "Is the id whole, and of this account?",
            "The reason: DRS does not know the task (DRS​.M05003)",
        ),
    ),
    (
        "refused",
        accounts.denied("drs-eu", Cause(Reason.TOKEN_REFUSED)),
        lines(
            "`drs-eu` refuses me, so I cannot watch this task.",
            "Someone who runs Milepost must look at the account; `milepost check` tells more.",
            "The reason: the cloud refused the access token",
            "Which other accounts there are: `/milepost accounts`",
        ),
    ),
    (
        "followed already",
        following.already("https://x.slack.example/p1", posted=True),
        "This channel follows it already: <https://x.slack.example/p1|to its card>",
    ),
    (
        "followed already, address unknown",
        following.already(None, posted=True),
        "This channel follows it already. Its card is further up.",
    ),
    (
        "the card is late",
        following.card_on_its_way(),
        "Watching. Slack is slow to take my card just now; it comes as soon as it does.",
    ),
    (
        "ended before",
        following.ended_before(TaskState.FAILED),
        "This task has ended already: ❌ failed. The card shows it; nothing will follow.",
    ),
    (
        "not in the channel",
        following.cannot_post("not_in_channel"),
        lines(
            "I am not in this channel, so I cannot post the card.",
            "Type `/invite @milepost`, then your command again.",
            "Nothing was subscribed.",
        ),
    ),
    (
        "a refusal without words of ours",
        following.cannot_post("odd_<code>"),
        lines(
            "Slack does not let me post here (`odd_&lt;code&gt;`).",
            "Ask an admin of this channel or workspace to let Milepost post, or use another channel.",
            "Nothing was subscribed.",
        ),
    ),
    (
        "stopped",
        changes.stopped("orders-db"),
        "Stopped following *orders-db* in this channel. The task itself goes on.",
    ),
    (
        "accounts",
        accounts.accounts([(PLACE, "eu-101", "9a47"), (Place(title="123pan", account="pan"), "", "42")]),
        lines(
            "Clouds I can look at:",
            "*drs-eu*  Huawei DRS in eu-101",
            "`/milepost subscribe drs-eu 9a47`",
            "*pan*  123pan",
            "`/milepost subscribe pan 42`",
        ),
    ),
    ("no accounts", accounts.accounts([]), accounts.no_accounts().text),
    (
        "the store is out of order",
        answers.try_again(),
        lines(
            "I could not write that down just now, so nothing was changed.",
            "Try again in a minute. Someone who runs Milepost finds the reason in its log.",
        ),
    ),
    ("stopping", answers.stopping(), "I am being restarted. Try again in a minute; nothing was changed."),
    (
        "a bug",
        answers.broken(),
        lines(
            "Something went wrong on my side; that is a bug, and it is in my log.",
            "What was asked may not have been done: `/milepost list` tells.",
        ),
    ),
    ("looking", answers.refreshing(), "Looking now. The card shows the reading in a moment."),
    (
        "a button of the past",
        answers.expired_button(),
        lines("This card is no longer followed.", "`/milepost list` tells what this channel follows."),
    ),
]


@pytest.mark.parametrize(("case", "message", "text"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_each_answer_reads_as_it_should(case: str, message: Message, text: str) -> None:
    assert said(message) == text, case


@pytest.mark.parametrize(
    "code",
    [
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "messages_tab_disabled",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
    ],
)
def test_every_known_refusal_has_a_remedy(code: str) -> None:
    text = said(following.cannot_post(code))

    assert code not in text
    assert text.count("\n") == 2
