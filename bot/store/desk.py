"""What the verbs ask of an engine: turns to read and write about some tasks, and which tasks those are."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from bot.core.model import DeliveryId, SubscriptionId, WatchId
from bot.store.change import Change
from bot.store.records import Records
from bot.store.turns import Task


class Turn(Protocol):
    """The right to write about some tasks, for one verb."""

    @property
    def tasks(self) -> Collection[Task]:
        """The tasks it is about."""
        ...

    @property
    def records(self) -> Records:
        """What is known of these tasks, and perhaps of others."""
        ...

    async def write(self, change: Change) -> None:
        """Make *change* durable and visible; StoreError, and nothing changed, where that fails.

        A change of nothing is not written. Once for each turn.
        """
        ...

    async def write_lightly(self, change: Change) -> None:
        """Make *change* visible; whether it outlives a restart is the engine's choice."""
        ...

    def still_claims(self, watch_id: WatchId) -> bool:
        """Whether nobody has taken over what was claimed here, if it was."""
        ...

    def may_postpone(self, watch_id: WatchId) -> bool:
        """Whether the watch is claimed here, or by nobody."""
        ...

    def still_holds(self, delivery_id: DeliveryId) -> bool:
        """Whether nobody else was handed the delivery since it was handed out here, if it was."""
        ...


class Desk(Protocol):
    """Hands out turns, and knows whose they are."""

    def turn(
        self,
        tasks: Collection[Task],
        *,
        naming: Collection[DeliveryId] = (),
        adding: Collection[SubscriptionId] = (),
        whole: bool = False,
    ) -> AbstractAsyncContextManager[Turn]:
        """Wait for the turns of *tasks*, and hold them until what is written has been answered.

        The records know all watches and subscriptions of these tasks, and their open deliveries; of the others whether
        those in *naming* exist, the last place in the lines of the subscriptions in *adding*, or all of them (*whole*).
        What hangs on a subscription that is deleted is deleted with it, also what they do not know.
        StoreError where that cannot be read.
        """
        ...

    async def task_of_watch(self, watch_id: WatchId) -> Task | None:
        """Return the task of a watch, if it is there."""
        ...

    async def task_of_subscription(self, subscription_id: SubscriptionId) -> Task | None:
        """Return the task that a subscription follows, if it is there."""
        ...

    async def task_of_delivery(self, delivery_id: DeliveryId) -> Task | None:
        """Return the task that a delivery tells of, if it is there."""
        ...

    async def tasks_of(self, subscriptions: Collection[SubscriptionId]) -> Collection[Task]:
        """Return the tasks that these subscriptions follow."""
        ...

    async def tasks_in(self, channel: str) -> Collection[Task]:
        """Return the tasks that a channel follows or followed."""
        ...

    async def tasks_owned(self, owner: str, channel: str) -> Collection[Task]:
        """Return the tasks that a channel follows for a user."""
        ...

    async def tasks_set_later(self, latest: datetime) -> Sequence[Collection[Task]]:
        """Return the tasks of which a look or a delivery is set for later than *latest*, as many turns as it takes."""
        ...
