"""How a wish becomes a task with a course of its own, and how it changes one."""

import math
import random

from playground.clouds.cloud import Cloud
from playground.clouds.task import GAP_SECONDS, Mode, State, Task
from playground.clouds.wishes import ChangeWish, StartWish

NAMES = {
    "tencent-cos": ("product-images", "video-archive", "site-assets"),
    "huawei-codearts": ("shop-backend check", "billing-service check", "mobile-app check"),
    "scloud-usmc": ("web-01 → sg", "mail-gateway → sg", "erp-app → hk"),
    "huawei-drs": ("orders-db → gaussdb", "crm → rds-mysql", "ledger → taurus"),
    "pan123": ("team photos", "catalogue pictures", "event banners"),
}


def new_task(wish: StartWish, cloud: Cloud, *, identity: str, now: float, dice: random.Random) -> Task:
    """Return a task that follows the wished scenario from *now* on."""
    profile = cloud.profile
    task = Task(
        id=identity,
        provider=profile.name,
        account=profile.account,
        key=cloud.mint(),
        name=wish.name or dice.choice(NAMES[profile.name]),
        started_at=now,
        as_of=now,
        scenario=wish.scenario,
        mode=wish.mode,
        speed=wish.speed,
        percent=wish.percent,
        dragged_to=wish.percent,
        message=wish.message,
        language=wish.language,
        failed_files=wish.failed_files,
        gap=GAP_SECONDS if wish.mode is Mode.BOTH else 0.0,
    )
    match wish.scenario:
        case "queued":
            task.state, task.wait = State.QUEUED, wish.queued_seconds
        case "never-checked":
            task.state, task.wait = State.QUEUED, math.inf
        case "stalls":
            task.stall_at, task.stall = wish.stall_at, wish.stall_seconds
        case "fails":
            task.fail_at = wish.fail_at
        case "jumps":
            task.steps = tuple(sorted(float(step) for step in dice.sample(range(5, 98), k=5)))
    if wish.percent >= 100 and wish.mode is Mode.FULL and task.state is State.RUNNING:
        task.end(State.SUCCEEDED, at=now)
    if not wish.running:
        task.pause(has_paused_state=profile.has_paused)
    return task


def change(task: Task, wish: ChangeWish, cloud: Cloud) -> None:
    """Apply a wish to a task that stands at this moment; an end comes last, so that it wins."""
    if wish.name:
        task.name = wish.name
    if wish.speed is not None:
        task.speed = wish.speed
    if wish.failed_files is not None:
        task.failed_files = wish.failed_files
    if wish.lag is not None:
        task.lag = wish.lag
    if wish.percent is not None:
        task.drag(wish.percent)
    if wish.running is True:
        task.resume()
    elif wish.running is False:
        task.pause(has_paused_state=cloud.profile.has_paused)
    if wish.state is not None:
        _enter(task, wish.state)
    if wish.raw is not None:
        _enter(task, cloud.read_state(wish.raw))
        task.raw = wish.raw
    if wish.finish is not None:
        task.end(wish.finish, at=task.as_of)
    if wish.message is not None:
        task.message = wish.message


def _enter(task: Task, state: State) -> None:
    """Put a task into a state by hand, with what belongs to it."""
    task.raw = None
    task.ended_at = None
    if state in (State.SUCCEEDED, State.FAILED, State.STOPPED):
        task.end(state, at=task.as_of)
        return
    if state is State.PAUSED:
        task.pause(has_paused_state=True)
        return
    task.running = True
    task.state = state
    if state is State.SYNCING:
        task.percent, task.was_synced, task.synced_for = 100.0, True, 0.0
    if state is State.QUEUED:
        # It was put there by hand, so only a hand takes it out.
        task.wait = math.inf
    if state is State.RUNNING and task.percent >= 100:
        task.percent = task.dragged_to = 0.0
