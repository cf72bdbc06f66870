"""Replicas that share what they may ask: together they keep to it, whoever asks, and one complaint counts for all."""

from datetime import timedelta

from bot.ports import Granted, Pace, StoreError
from bot.usecases.pacing import Bucket, Budget, OwnBudgets, SharedBudgets
from tests.usecases.world import NOON


class Book:
    """A tally in memory, as the database keeps it."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.now = NOON
        self.trips = 0
        self.down = False

    async def take_calls(self, key: str, pace: Pace, *, wanted: int) -> Granted:
        self.trips += 1
        if self.down:
            raise StoreError("the database does not answer")
        bucket = self._bucket(key, pace)
        calls = min(bucket.allowed(self.now), wanted)
        for _ in range(calls):
            bucket.spend(self.now)
        return Granted(calls=calls, closed_for=bucket.closed_for(self.now))

    async def close_calls(self, key: str, pace: Pace, *, seconds: float) -> None:
        if self.down:
            raise StoreError("the database does not answer")
        self._bucket(key, pace).close(self.now, seconds)

    def _bucket(self, key: str, pace: Pace) -> Bucket:
        return self.buckets.setdefault(key, Bucket(per_second=pace.per_second, burst=pace.burst))


def replicas(book: Book, count: int, *, per_second: float, burst: float) -> list[Budget]:
    return [SharedBudgets(book).budget("slack/posts", per_second=per_second, burst=burst) for _ in range(count)]


async def asked(
    book: Book, budgets: list[Budget], seconds: float, *, ahead: float = 0.0, step: float = 0.1
) -> list[int]:
    """Let each replica ask as often as it may for so long, its clock being *ahead*; return how often each did."""
    counts = [0] * len(budgets)
    for _ in range(int(seconds / step)):
        book.now += timedelta(seconds=step)
        now = book.now + timedelta(seconds=ahead)
        for number, budget in enumerate(budgets):
            await budget.refill(now)
            while budget.ready(now):
                budget.spend(now)
                counts[number] += 1
    return counts


async def test_together_they_keep_the_rate_and_use_it() -> None:
    for count in (1, 2, 5):
        book = Book()
        total = sum(await asked(book, replicas(book, count, per_second=3.2, burst=8), 100))

        assert 0.95 * 320 <= total <= 320 + 8, count


async def test_one_that_asks_alone_may_use_all_of_it() -> None:
    book = Book()

    (total,) = await asked(book, replicas(book, 3, per_second=3.2, burst=8)[:1], 100)

    assert total >= 0.95 * 320


async def test_a_fast_budget_is_taken_in_slices_and_not_call_by_call() -> None:
    book = Book()

    total = sum(await asked(book, replicas(book, 2, per_second=100, burst=100), 10))

    assert total >= 950
    assert book.trips <= total / 4


async def test_what_was_taken_and_not_used_lapses_for_whoever_took_it() -> None:
    book = Book()
    budget, other = replicas(book, 2, per_second=2, burst=4)
    await budget.refill(NOON)
    assert budget.ready(NOON)

    book.now += timedelta(seconds=10)
    assert not budget.ready(book.now)
    await other.refill(book.now)
    assert other.ready(book.now)


async def test_a_complaint_to_one_closes_it_for_all() -> None:
    book = Book()
    first, second = replicas(book, 2, per_second=5, burst=5)
    await first.refill(NOON)
    first.close(NOON, 30)
    assert first.closed_for(NOON) == 30

    await first.refill(NOON)
    assert await asked(book, [first, second], 29.5) == [0, 0]
    assert sum(await asked(book, [first, second], 20)) > 20


async def test_a_complaint_while_the_tally_is_asked_is_not_forgotten() -> None:
    class Slow(Book):
        async def take_calls(self, key: str, pace: Pace, *, wanted: int) -> Granted:
            granted = await super().take_calls(key, pace, wanted=wanted)
            budget.close(NOON, 30)
            return granted

    (budget,) = replicas(Slow(), 1, per_second=5, burst=5)

    await budget.refill(NOON)

    assert budget.closed_for(NOON) == 30
    assert not budget.ready(NOON)


async def test_a_complaint_is_told_to_all_when_the_tally_is_back() -> None:
    book = Book()
    first, second = replicas(book, 2, per_second=5, burst=5)
    await first.refill(NOON)
    first.close(NOON, 30)
    book.down = True
    assert await asked(book, [first], 2) == [0]

    book.down = False
    assert await asked(book, [first, second], 27.5) == [0, 0]
    assert sum(await asked(book, [first, second], 20)) > 20


async def test_calls_that_could_not_wait_come_out_of_the_next_slice() -> None:
    book = Book()
    (budget,) = replicas(book, 1, per_second=1, burst=1)
    await budget.refill(NOON)
    for _ in range(4):
        budget.spend(NOON)

    # The tenth comes at the very end.
    assert await asked(book, [budget], 10) in ([10 - 3], [9 - 3])


async def test_while_the_tally_is_out_of_reach_nothing_goes_and_then_it_goes_on() -> None:
    book = Book()
    budgets = replicas(book, 1, per_second=5, burst=5)
    book.down = True
    assert await asked(book, budgets, 5) == [0]

    book.down = False
    assert await asked(book, budgets, 5) != [0]


async def test_a_clock_that_was_set_back_stops_nobody() -> None:
    book = Book()
    (budget,) = replicas(book, 1, per_second=5, burst=5)
    await asked(book, [budget], 5, ahead=3600)
    budget.close(book.now + timedelta(hours=1), 2)
    await budget.refill(book.now + timedelta(hours=1))

    budget.reopen_if_later(book.now + timedelta(seconds=1))

    assert await asked(book, [budget], 10) != [0]


async def test_a_process_that_asks_alone_has_its_own_bucket() -> None:
    budget = OwnBudgets().budget("slack/posts", per_second=2, burst=2)

    assert sum(await asked(Book(), [budget], 50)) in range(99, 103)
