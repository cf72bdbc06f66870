"""What people would feel while Milepost reads a thousand tasks a second, and how long a change is on its way."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.arms_product import SOON
from benchmarks.measuring import quantile, run_arm
from benchmarks.product import CountingStore, NobodyThere, Product, account, running, troubles
from bot.core.message import Message
from bot.core.model import Delivery, DeliveryId, Watch
from bot.ports import PostResult, Sent
from bot.slack.app import make_app
from bot.slack.commands import COMMAND, CommandListeners
from bot.slack.work import Work
from bot.store.embedded import EmbeddedStore
from bot.usecases.card_face import CardFace
from bot.usecases.delivery import Deliveries
from bot.usecases.pauses import Pauses
from bot.wiring import DELIVER_EVERY, POLL_EVERY

Probe = Callable[[float], Awaitable[list[float]]]


async def _beside_polls(probe: Probe, *, path: str, port: int, certificate: str, rate: float, seconds: float) -> Any:
    """Run *probe* while nothing happens, and then beside so many polls a second; return what it felt, and the rate."""
    async with AsyncExitStack() as stack:
        accounts = {"one": account("tencent-cos", port, max_calls_per_second=rate)}
        product = await stack.enter_async_context(running(Path(path), accounts, certificate, intervals=SOON))
        idle = await probe(seconds)
        ticking = asyncio.create_task(_tick(product))
        await asyncio.sleep(2)
        before, began = product.store.commits, time.monotonic()
        busy = await probe(seconds)
        done = (product.store.commits - before) / (time.monotonic() - began)
        ticking.cancel()
        return {
            "idle_p99": quantile(idle, 0.99),
            "p50": quantile(busy, 0.5),
            "p99": quantile(busy, 0.99),
            "per_second": done,
            "troubles": dict(troubles),
        }


async def _tick(product: Product) -> None:
    while True:
        await product.polling.tick()
        await asyncio.sleep(POLL_EVERY)


def lag(**more: Any) -> dict[str, Any]:
    """How late the event loop comes back from a sleep of a millisecond."""

    async def probe(seconds: float) -> list[float]:
        found: list[float] = []
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            await asyncio.sleep(0.001)
            found.append(time.perf_counter() - began - 0.001)
        return found

    return cast("dict[str, Any]", asyncio.run(_beside_polls(probe, **more)))


class _Silent:
    """A use case that has nothing to say: only the acknowledgement counts."""

    async def run(self, *_: object, **__: object) -> None:
        return None


def acknowledgement(**more: Any) -> dict[str, Any]:
    """How long a slash command waits until it is acknowledged, dispatched as Bolt dispatches it."""
    me = AuthorizeResult(enterprise_id=None, team_id="T1", bot_user_id="U0BOT", bot_id="B0BOT", bot_token="xoxb-no")
    numbers = itertools.count()

    async def probe(seconds: float) -> list[float]:
        app = make_app(AsyncWebClient(token="xoxb-no"), signing_secret="none", me=me)
        # It answers nothing, as a use case may; no form is opened.
        silent: Any = _Silent()
        CommandListeners(work=Work(), requests=silent, forms=silent).register(app)
        found: list[float] = []
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            body = {
                "command": COMMAND,
                "text": "list",
                "team_id": "T1",
                "channel_id": "C0000000001",
                "user_id": "U0000000001",
                "response_url": "http://127.0.0.1:9/",
                "trigger_id": f"1.{next(numbers)}",
            }
            answer = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
            assert answer.status == 200
            found.append(time.perf_counter() - began)
            await asyncio.sleep(0.01)
        return found

    return cast("dict[str, Any]", asyncio.run(_beside_polls(probe, **more)))


class _Stamps(CountingStore):
    """The store, and when it was asked what about each watch."""

    def __init__(self, store: EmbeddedStore) -> None:
        super().__init__(store)
        self.at: dict[str, dict[str, float]] = {}

    def stamp(self, watch: str, step: str) -> None:
        self.at.setdefault(watch, {}).setdefault(step, time.monotonic())

    async def claim_due(self, *arguments: Any, **more: Any) -> Sequence[Watch]:
        claimed = await super().claim_due(*arguments, **more)
        for watch in claimed:
            self.stamp(watch.id, "claimed")
        return claimed

    async def commit(self, watch: Watch, deliveries: Sequence[Delivery] = ()) -> bool:
        self.stamp(watch.id, "read")
        done = await super().commit(watch, deliveries)
        self.stamp(watch.id, "written")
        return done

    async def commit_all(self, steps: Sequence[tuple[Watch, Sequence[Delivery]]]) -> Sequence[bool]:
        for watch, _ in steps:
            self.stamp(watch.id, "read")
        done = await super().commit_all(steps)
        for watch, _ in steps:
            self.stamp(watch.id, "written")
        return done

    async def take_deliveries(
        self, now: datetime, limit: int, *, skip_channels: Collection[str] = ()
    ) -> Sequence[Delivery]:
        taken: Sequence[Delivery] = await self._store.take_deliveries(now, limit, skip_channels=skip_channels)
        for delivery in taken:
            self.stamp(delivery.watch_id, "taken")
        return taken


class _Stamping(NobodyThere):
    def __init__(self, store: _Stamps) -> None:
        self._store = store

    async def post(
        self,
        *,
        channel: str,
        message: Message,
        delivery_id: DeliveryId,
        thread_ts: str | None = None,
        broadcast: bool = False,
    ) -> PostResult:
        self._store.stamp(_watch_of(delivery_id), "posted")
        return Sent(ts="1.1", thread_ts=thread_ts)


def _watch_of(delivery_id: str) -> str:
    # <watch>/<run>/<subscription>/<what>, and a watch's id may hold slashes itself.
    return delivery_id.rsplit("/", 3)[0]


STEPS = ("due", "claimed", "read", "written", "taken", "posted")


def way(*, path: str, port: int, certificate: str, seconds: float) -> dict[str, Any]:
    """From the moment a look is due to the post that leaves; the file's watches become due one after the other."""

    async def go() -> dict[str, Any]:
        accounts = {"one": account("tencent-cos", port, max_calls_per_second=100)}
        async with running(Path(path), accounts, certificate, counting=_Stamps) as product:
            store = product.store
            assert isinstance(store, _Stamps)
            began = time.monotonic() - (product.clock.now() - product.clock.start).total_seconds()
            poster = _Stamping(store)
            pauses = Pauses(store=store, poster=poster, clock=product.clock)
            face = CardFace(product.clouds)
            deliveries = Deliveries(store=store, poster=poster, face=face, pauses=pauses, clock=product.clock)
            polling = asyncio.create_task(_tick(product))

            async def deliver() -> None:
                while True:
                    await deliveries.tick()
                    await asyncio.sleep(DELIVER_EVERY)

            telling = asyncio.create_task(deliver())
            due: dict[str, float] = {
                watch.id: began + (watch.due_at - product.clock.start).total_seconds()
                for watch in store.everything()
                if watch.due_at is not None
            }
            await asyncio.sleep(seconds + 3)
            polling.cancel()
            telling.cancel()
            await deliveries.drain(1)
        whole = [{"due": due[watch], **stamps} for watch, stamps in store.at.items() if set(STEPS[1:]) <= set(stamps)]
        steps: dict[str, Any] = {
            f"{before} → {after}": {
                "p50": quantile([each[after] - each[before] for each in whole], 0.5),
                "p99": quantile([each[after] - each[before] for each in whole], 0.99),
            }
            for before, after in itertools.pairwise(STEPS)
        }
        total = [each["posted"] - each["due"] for each in whole]
        return {
            "p50": quantile(total, 0.5),
            "p99": quantile(total, 0.99),
            "steps": steps,
            "posts": len(whole),
            "troubles": dict(troubles),
        }

    return asyncio.run(go())


if __name__ == "__main__":
    run_arm({"lag": lag, "acknowledgement": acknowledgement, "way": way})
