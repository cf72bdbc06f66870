"""Settings: milepost.toml and the environment in, frozen settings or all problems at once out."""

from bot.settings.load import from_mapping, load
from bot.settings.model import Delivery, Polling, Settings, secrets
from bot.settings.permissions import Permissions
from bot.settings.problems import Problem, SettingsError
from bot.settings.reference import reference
from bot.settings.slack import Slack
from bot.settings.store import Store
from bot.settings.values import Address

__all__ = [
    "Address",
    "Delivery",
    "Permissions",
    "Polling",
    "Problem",
    "Settings",
    "SettingsError",
    "Slack",
    "Store",
    "from_mapping",
    "load",
    "reference",
    "secrets",
]
