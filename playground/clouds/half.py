"""The clouds of the playground as one thing: mounted on a server, moved by Python or the page, told to the hub."""

import random
import time
from collections.abc import Callable
from dataclasses import asdict

from aiohttp import web

from playground.clouds.cloud import Cloud, Service, Site
from playground.clouds.control import Control
from playground.clouds.faults import Faults, Refused
from playground.clouds.gate import Call, Gate
from playground.clouds.huawei_access import HuaweiAccess
from playground.clouds.huawei_codearts import HuaweiCodearts
from playground.clouds.huawei_drs import HuaweiDrs
from playground.clouds.huawei_iam import HuaweiIam
from playground.clouds.news import News
from playground.clouds.pan123 import Pan123
from playground.clouds.scloud_usmc import ScloudUsmc
from playground.clouds.scripts import change, new_task
from playground.clouds.task import State, Task
from playground.clouds.tencent_cos import TencentCos
from playground.clouds.wishes import change_wish, fault_wish, start_wish
from playground.live import Hub

MAX_TASKS = 5_000


class CloudsHalf:
    """Five simulated clouds. ``open`` starts the live events of moving tasks and ``close`` ends all that waits."""

    def __init__(self, hub: Hub, now: Callable[[], float] = time.time, *, seed: int = 7) -> None:
        self._hub = hub
        self._now = now
        dice = random.Random(seed)
        self.site = Site(now=now, dice=dice, faults=Faults(now, self._fault_changed))
        self.access = HuaweiAccess(self.site)
        self.pan123 = Pan123(self.site)
        self.clouds: dict[str, Cloud] = {
            cloud.profile.name: cloud
            for cloud in (
                HuaweiDrs(self.site, self.access),
                HuaweiCodearts(self.site, self.access),
                TencentCos(self.site),
                ScloudUsmc(self.site),
                self.pan123,
            )
        }
        self._services: dict[str, Service] = {**self.clouds, "huawei-iam": HuaweiIam(self.site, self.access)}
        self._gate = Gate(self.site, self._called)
        self._news = News(self._tell)
        self._serial = 0
        self._told: dict[str, dict[str, object]] = {}
        self._called_since: set[str] = set()
        self._moving: set[str] = set()

    async def open(self) -> None:
        """Start telling the hub what moves."""
        self._gate.reopen()
        self._news.open()

    async def close(self) -> None:
        """Stop telling, and end every answer that was being delayed."""
        self._gate.close()
        await self._news.close()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes below ``/cloud`` and ``/control``."""
        routes = [route for service in self._services.values() for route in self._gate.routes(service)]
        return routes + Control(self).routes()

    def start(self, provider: str, /, **options: object) -> Task:
        """Start a task; the options are those of the control API."""
        cloud = self._cloud(provider)
        if len(self.site.tasks) >= MAX_TASKS:
            raise Refused(f"The playground has {MAX_TASKS} tasks already; forget some first.")
        wish = start_wish(cloud.profile, options)
        self._serial += 1
        task = new_task(wish, cloud, identity=f"t{self._serial}", now=self._now(), dice=self.site.dice)
        self.site.add(task)
        self._publish(task)
        return task

    def example(self) -> Task:
        """Start what a first-time visitor finds: a replication that takes two minutes and then stays in sync."""
        return self.start("huawei-drs", name="orders-db → gaussdb", speed=0.8, percent=4, mode="full+incremental")

    def task(self, identity: str) -> Task:
        """Return a task by its id or its key, as it stands now; KeyError when nobody knows it."""
        task = self.site.tasks.get(identity)
        if task is None:
            task = next((task for task in self.site.tasks.values() if task.key == identity), None)
        if task is None:
            raise KeyError(identity)
        task.settle(self._now())
        return task

    def set(self, identity: str, /, **changes: object) -> Task:
        """Change a task; the changes are those of the control API, all of them or none."""
        task = self.task(identity)
        profile = self.clouds[task.provider].profile
        change(task, change_wish(profile, changes), self.clouds[task.provider])
        self._publish(task)
        return task

    def forget(self, identity: str) -> None:
        """Remove a task; its cloud does not know it any more."""
        task = self.task(identity)
        self.site.remove(task)
        self._told.pop(task.id, None)
        self._moving.discard(task.id)
        self._hub.publish({"type": "task_deleted", "id": task.id})

    def fault(self, provider: str, kind: str, /, **options: object) -> None:
        """Give a cloud (or ``huawei-iam``) a fault; kind ``none`` ends it."""
        service = self._services.get(provider)
        if service is None:
            raise Refused(f"There is no cloud {provider[:60]!r}; known are: {', '.join(self._services)}.")
        fault = fault_wish({"fault": kind, **options}, self._now())
        self.site.faults.put(provider, fault)
        if kind == "expired":
            service.expire()
        self._news.wake()

    def calls(self, provider: str) -> list[Call]:
        """Return the latest calls that *provider* got, oldest first."""
        return self._gate.calls(provider)

    def state(self) -> dict[str, object]:
        """Return all that the page shows of the clouds."""
        return {
            name: {
                "title": cloud.profile.title,
                "account": cloud.profile.account,
                "fault": str(self.site.faults.current(name).kind),
                "calls": self._gate.count(name),
                "scenarios": sorted(cloud.profile.scenarios),
                "modes": sorted(cloud.profile.modes),
                "languages": sorted(cloud.profile.languages),
                "tasks": [self.view(task) for task in self.site.of(name)],
            }
            for name, cloud in self.clouds.items()
        }

    def view(self, task: Task) -> dict[str, object]:
        """Return a task as the page shows it, brought to this moment."""
        task.settle(self._now())
        cloud = self.clouds[task.provider]
        profile = cloud.profile
        return {
            "id": task.id,
            "provider": task.provider,
            "account": task.account,
            "key": task.key,
            "name": task.name,
            "state": str(task.state),
            "raw_state": cloud.raw_state(task),
            "percent": round(task.shown_percent, 2),
            "speed": task.speed,
            "running": task.running and not task.terminal,
            "terminal": task.terminal,
            "message": task.message or (profile.failure if task.state is State.FAILED else ""),
            "lag_seconds": task.lag_seconds,
            "phases": [asdict(phase) for phase in cloud.phases(task)],
            "command": f"/milepost subscribe {task.account} {task.key}",
            "has_percent": profile.has_percent,
            "mode": str(task.mode),
            "scenario": task.scenario,
            "failed_files": task.failed_files,
            "actions": self._actions(task),
        }

    def _actions(self, task: Task) -> list[str]:
        if task.terminal:
            return ["resume"]
        ends = ["finish", "fail", "stop"] if self.clouds[task.provider].profile.has_stopped else ["finish", "fail"]
        never_ran = task.state is State.QUEUED and not task.moving
        return [*ends, "pause" if task.running and not never_ran else "resume"]

    def _cloud(self, provider: str) -> Cloud:
        if provider not in self.clouds:
            raise Refused(f"There is no cloud {provider[:60]!r}; known are: {', '.join(self.clouds)}.")
        return self.clouds[provider]

    def _publish(self, task: Task) -> None:
        """Tell the hub about a task, if it shows something new, and go on telling while it moves."""
        view = self.view(task)
        if self._told.get(task.id) != view:
            self._told[task.id] = view
            self._hub.publish({"type": "task", "task": view})
        if task.moving:
            self._moving.add(task.id)
            self._news.wake()
        else:
            self._moving.discard(task.id)

    def _called(self, provider: str) -> None:
        self._called_since.add(provider)
        self._news.wake()

    def _fault_changed(self, provider: str) -> None:
        self._called_since.discard(provider)
        self._tell_cloud(provider)

    def _tell_cloud(self, provider: str) -> None:
        if provider in self.clouds:
            kind = self.site.faults.current(provider).kind
            self._hub.publish(
                {"type": "cloud", "provider": provider, "fault": str(kind), "calls": self._gate.count(provider)}
            )

    def _tell(self) -> bool:
        """Tell what changed since the last time; return whether more will change without anybody's doing."""
        self.site.faults.expire()
        for provider in sorted(self._called_since):
            self._tell_cloud(provider)
        self._called_since.clear()
        for identity in tuple(self._moving):
            self._publish(self.site.tasks[identity])
        return bool(self._moving) or self.site.faults.any_timed
