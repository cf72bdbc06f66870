"""The table [permissions]: who may change what is followed."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, field_validator

from bot.settings.problems import misfit
from bot.settings.section import CHANNEL_ID, USER_ID, Section


class Permissions(Section):
    """Who may change what is followed. Muting and refreshing are for everybody in a channel, guests too.

    Where the owner of a subscription left the channel, everybody there may take it over. What holds for new
    subscriptions of a channel may be set by its managers; where it has none, by everybody in it.
    """

    change: Literal["owner", "everyone"] = Field(
        default="owner",
        description="Who may edit, stop and give away a subscription: its `owner` (and managers), or `everyone` in "
        "its channel",
        examples=["owner"],
    )
    guests: bool = Field(
        default=False,
        description="Whether guests may do what members may",
        examples=[False],
    )
    managers: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description='Ids of users who may change everything in a channel, by its id; `"*"` stands for every channel',
        examples=[{"C0123456789": ["U0123456789"], "*": ["U0987654321"]}],
    )

    @field_validator("managers", mode="before")
    @classmethod
    def _are_ids(cls, managers: object) -> object:
        """All that is wrong in the table is told at once."""
        if not isinstance(managers, dict):
            raise misfit("is no table of channels and their managers")
        wrong: list[str] = []
        for place, (channel, users) in enumerate(managers.items(), start=1):
            if channel != "*" and not CHANNEL_ID.fullmatch(channel):
                wrong.append(f'whose entry {place} is no channel id (nor "*", for every channel)')
            if not isinstance(users, list | tuple) or not users:
                wrong.append(f"whose entry {place} has no list of user ids")
            elif not all(isinstance(user, str) and USER_ID.fullmatch(user) for user in users):
                wrong.append(f"whose entry {place} lists something other than user ids")
        if wrong:
            raise misfit(", ".join(wrong))
        return {channel: tuple(users) for channel, users in managers.items()}
