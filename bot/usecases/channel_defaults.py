"""What holds for new subscriptions of a channel."""

from bot.core.commands import Defaults, clauses
from bot.core.message import Message
from bot.core.model import ChannelSettings, Deed, Tried
from bot.core.rules import Rules
from bot.core.wishes import KEEP, applied
from bot.core.wording import changes as wording
from bot.ports import Store
from bot.usecases.asker import Asker
from bot.usecases.audit import Audit
from bot.usecases.rights import Rights
from bot.usecases.zones import Zones


class ChannelDefaults:
    """Tells, sets and forgets it."""

    def __init__(self, *, store: Store, rights: Rights, audit: Audit, zones: Zones, usual: Rules) -> None:
        self._store = store
        self._rights = rights
        self._audit = audit
        self._zones = zones
        self._usual = usual

    async def rules(self, channel: str) -> Rules:
        """Return the rules that a new subscription begins with."""
        settings = await self._store.channel_settings(channel)
        return settings.rules if settings is not None else self._usual

    async def carry_out(self, command: Defaults, asker: Asker) -> Message:
        """Tell, set (on top of what holds) or reset."""
        before = await self.rules(asker.channel)
        if command.wishes.nothing and not command.reset:
            return wording.defaults(clauses(before, None))
        if command.wishes.label is not KEEP:
            return wording.label_is_no_default()
        refusal = await self._rights.refusal_of_defaults(asker)
        if refusal is not None:
            await self._audit.refused(asker, Tried.SET_DEFAULTS, about=asker.channel, channel=asker.channel)
            return refusal
        settings = await self._store.channel_settings(asker.channel)
        if command.reset and settings is None:
            return wording.defaults_reset(clauses(self._usual, None))
        if command.reset:
            entry = self._audit.entry(asker, Deed.SET_DEFAULTS, channel=asker.channel, detail="reset")
            await self._store.set_channel(asker.channel, None, audit=entry)
            return wording.defaults_reset(clauses(self._usual, None))
        rules = applied(before, await self._zones.filled(command.wishes, asker.user))
        holds = clauses(rules, None)
        if settings is not None and settings.rules == rules:
            return wording.defaults_set(holds)
        entry = self._audit.entry(asker, Deed.SET_DEFAULTS, channel=asker.channel, detail=holds)
        await self._store.set_channel(asker.channel, ChannelSettings(id=asker.channel, rules=rules), audit=entry)
        return wording.defaults_set(holds)
