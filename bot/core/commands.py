"""The door to the grammar: commands and clauses as values, how they are read and how they are printed."""

from bot.core.asked import (
    LABEL_LIMIT,
    WORD_LIMIT,
    Accounts,
    Command,
    Defaults,
    Edit,
    Help,
    History,
    ListTasks,
    MuteTask,
    OpenForm,
    Refresh,
    Scope,
    Status,
    Subscribe,
    Topic,
    Transfer,
    UnmuteTask,
    Unsubscribe,
    Wrong,
)
from bot.core.grammar.clauses import parse_clauses
from bot.core.grammar.durations import print_duration
from bot.core.grammar.people import MENTION_LIMIT
from bot.core.grammar.printing import clauses, command_text, print_wishes
from bot.core.grammar.tokens import TEXT_LIMIT
from bot.core.grammar.verbs import parse
from bot.core.grammar.vocabulary import CLAUSES, VERBS
from bot.core.wishes import as_wishes

__all__ = [
    "CLAUSES",
    "LABEL_LIMIT",
    "MENTION_LIMIT",
    "TEXT_LIMIT",
    "VERBS",
    "WORD_LIMIT",
    "Accounts",
    "Command",
    "Defaults",
    "Edit",
    "Help",
    "History",
    "ListTasks",
    "MuteTask",
    "OpenForm",
    "Refresh",
    "Scope",
    "Status",
    "Subscribe",
    "Topic",
    "Transfer",
    "UnmuteTask",
    "Unsubscribe",
    "Wrong",
    "as_wishes",
    "clauses",
    "command_text",
    "parse",
    "parse_clauses",
    "print_duration",
    "print_wishes",
]
