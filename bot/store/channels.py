"""What belongs to a channel: its settings, and what it follows when its id changes."""

from msgspec.structs import replace

from bot.core.model import AuditEntry, ChannelSettings, Subscription
from bot.store.change import Change
from bot.store.desk import Desk
from bot.store.records import Records
from bot.store.turns import turn_of_channel


class Channels:
    """The verbs about channels."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def set_channel(
        self, channel: str, settings: ChannelSettings | None, *, audit: AuditEntry | None = None
    ) -> None:
        """Set that, or (None) forget it, and write *audit* with it."""
        async with self._desk.turn([turn_of_channel(channel)]) as turn:
            change = Change()
            if settings is not None:
                change.channels[channel] = replace(settings, id=channel)
            elif channel in turn.records.channels:
                change.channels[channel] = None
            change.note(audit)
            await turn.write(change)

    async def move_channel(self, old: str, new: str) -> int:
        """Give what belongs to a channel, ended subscriptions too, its new id; return how many subscriptions moved.

        Where the new channel follows the same watch already, the moved subscription is removed, and not counted.
        Its settings move too, where the new channel has none of its own.
        """
        if old == new:
            return 0
        tasks = {*await self._desk.tasks_in(old), turn_of_channel(old), turn_of_channel(new)}
        async with self._desk.turn(tasks, whole=True) as turn:
            records = turn.records
            change = Change()
            moved = 0
            for each in _all_of(records, old):
                if records.task_of_subscription(each.id) not in turn.tasks:
                    continue
                rows = records.rows(each.id)
                if _has_twin(records, each, new):
                    watch = records.watches[each.watch_id]
                    change.watches[watch.id] = replace(watch, version=watch.version + 1)
                    change.subscriptions[each.id] = None
                    change.deliveries.update({row.id: None for row in rows})
                else:
                    moved += 1
                    change.subscriptions[each.id] = replace(each, channel=new)
                    change.deliveries.update({row.id: replace(row, channel=new) for row in rows})
            settings = records.channels.get(old)
            if settings is not None:
                change.channels[old] = None
                change.channels[new] = records.channels.get(new) or replace(settings, id=new)
            await turn.write(change)
            return moved


def _all_of(records: Records, channel: str) -> list[Subscription]:
    return [*records.of_channel(channel), *records.ended_in(channel)]


def _has_twin(records: Records, subscription: Subscription, channel: str) -> bool:
    # All subscriptions of a watch end together, so an ended one has no twin that is open.
    return any(each.channel == channel and each.ended_at is None for each in records.of_watch(subscription.watch_id))
