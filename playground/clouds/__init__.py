"""Five simulated clouds on their own wire formats."""

from playground.clouds.faults import Fault, FaultKind, Refused
from playground.clouds.gate import Call
from playground.clouds.half import CloudsHalf
from playground.clouds.task import Mode, State, Task

__all__ = ["Call", "CloudsHalf", "Fault", "FaultKind", "Mode", "Refused", "State", "Task"]
