"""The fewest questions: replays tasks against policies, and tells what each costs and how late it is.

python -m benchmarks.cadence                      a table, on seeds that no parameter was tuned on
python -m benchmarks.cadence --plot cadence.png   and the frontier (needs matplotlib)
python -m benchmarks.cadence runs.jsonl …         recorded traces instead of invented ones (milepost store traces)
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks.policies import LIMITS, eta, fixed, milepost, oracle, patient_oracle
from benchmarks.replay import Outcome, Policy, replay
from benchmarks.traces import SHAPES, Trace, World, invented, recorded

TUNED_ON = (1, 2, 3, 4)
FRESH = (101, 202, 303)
COUNT = 1000
KINDS = ("milestone", "success", "failure")
SHARES = (0.005, 0.008, 0.01, 0.0125, 0.015, 0.02, 0.03, 0.05, 0.1)
"""Of a task's age: how late is in time, for the frontier."""

PATIENT = "oracle, no gap over 300 s"
WORLDS = {
    "tenths of a percent": World(grain=10),
    "half of all wait first": World(queued=0.5),
    "three times the failures": World(fails=0.36),
    "remaining time, right": World(word="kept"),
    "remaining time, always 1 h": World(word="idle"),
}
POLICIES: dict[str, Policy] = {
    "oracle": oracle,
    PATIENT: patient_oracle(300),
    "fixed 15 s": fixed(15),
    "fixed 30 s": fixed(30),
    "fixed 60 s": fixed(60),
    "fixed 300 s": fixed(300),
    "plain ETA": eta(),
    "milepost": milepost(),
}


def head() -> str:
    spans = "".join(f" | {kind + ' p50/95/99 s':>24}" for kind in KINDS)
    return f"{'':26} | {'polls (median)':>14} | {'x oracle300':>11} | {'on time (2x)':>14}{spans}"


def line(name: str, outcome: Outcome, yardstick: float) -> str:
    spans = ""
    for kind in KINDS:
        text = "/".join(f"{outcome.lateness(kind, part):.0f}" for part in (0.5, 0.95, 0.99))
        spans += f" | {text:>24}"
    polls = f"{outcome.mean_polls():.1f} ({outcome.median_polls():.0f})"
    on_time = f"{outcome.on_time():.1f} ({outcome.on_time(30, 0.02):.1f})"
    return f"{name:26} | {polls:>14} | {outcome.mean_polls() / yardstick:>11.2f} | {on_time:>14}{spans}"


def replayed(traces: Sequence[Trace]) -> dict[str, Outcome]:
    """Return what each policy comes to."""
    return {name: replay(policy, traces) for name, policy in POLICIES.items()}


def table(title: str, outcomes: dict[str, Outcome]) -> None:
    """Print what each policy costs, and how late it is."""
    yardstick = outcomes[PATIENT].mean_polls()
    tasks = len(outcomes["oracle"].polls)
    print(f"\n{title}: {tasks} tasks, {len(outcomes['oracle'].told) / tasks:.2f} events each")
    print(head())
    for name, outcome in outcomes.items():
        print(line(name, outcome, yardstick))


def in_short(name: str, ours: Outcome, often: Outcome, patient: Outcome) -> None:
    """Print one line against the goals."""
    kinds = "  ".join(f"{kind} {ours.of(kind).on_time():.1f}" for kind in SHAPES)
    fewer, yardstick = often.mean_polls() / ours.mean_polls(), ours.mean_polls() / patient.mean_polls()
    print(f"{name:26} | {ours.on_time():5.1f} % | 1/{fewer:4.2f} | {yardstick:4.2f} | {kinds}")


def by_kind(outcomes: dict[str, Outcome]) -> None:
    """Print how milepost does on each kind of trace, and why it looked when it did."""
    print(f"\n{'milepost, by kind':26} | {'polls (median)':>14} | {'x oracle300':>11} | {'on time (2x)':>14}")
    for kind in dict.fromkeys(kind for kind, _ in outcomes["milepost"].polls):
        yardstick = outcomes[PATIENT].of(kind).mean_polls()
        print(line(f"  {kind}", outcomes["milepost"].of(kind), yardstick))
    ours = outcomes["milepost"]
    print("\nlooks per task, by reason, and events told late after such a look (share of all events)")
    for reason, looks in ours.by_reason().most_common():
        late = 100 * ours.late_by_reason()[reason] / len(ours.told)
        print(f"  {looks / len(ours.polls):6.1f}   {late:5.2f} %   {reason}")


def frontier(traces: Sequence[Trace]) -> dict[str, list[tuple[float, float]]]:
    """Print and return polls per task against the share told on time, for a range of each policy's parameter."""
    ranges: dict[str, list[Policy]] = {
        "fixed": [fixed(seconds) for seconds in (15, 20, 30, 45, 60, 90, 120, 300)],
        "milepost": [
            milepost(replace(LIMITS, on_time_share=share, on_time=timedelta(seconds=max(share * 1500, 10))))
            for share in SHARES
        ],
        "plain ETA": [eta(share) for share in (0.005, 0.01, 0.02, 0.05, 0.1)],
    }
    found = {}
    print("\nfrontier: polls per task, % on time")
    for name, policies in ranges.items():
        outcomes = [replay(policy, traces) for policy in policies]
        found[name] = [(outcome.mean_polls(), outcome.on_time()) for outcome in outcomes]
        print(f"  {name:10} " + "  ".join(f"{polls:.0f}: {share:.1f}" for polls, share in found[name]))
    return found


def plot(found: dict[str, list[tuple[float, float]]], yardstick: float, path: Path) -> None:
    """Draw the frontier."""
    import matplotlib as mpl  # only who plots needs it

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5), dpi=120)
    for name, points in found.items():
        axes.plot([polls for polls, _ in points], [share for _, share in points], marker="o", label=name)
    axes.axvline(yardstick, color="grey", linestyle=":", label="oracle, no gap over 300 s")
    axes.axhline(97, color="grey", linewidth=0.5)
    axes.set_xscale("log")
    axes.set_xlabel("polls per task (mean, log)")
    axes.set_ylabel("% of events told within max(15 s, 1 % of the age)")
    axes.set_title("What a question buys")
    axes.grid(visible=True, which="both", alpha=0.2)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)
    print(f"\n{path} drawn")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="recorded traces: what milepost store traces wrote")
    parser.add_argument("--seeds", nargs="*", type=int, default=list(FRESH))
    parser.add_argument("--count", type=int, default=COUNT, help="tasks per seed")
    parser.add_argument("--plot", type=Path, help="where to draw the frontier")
    asked = parser.parse_args()
    began = time.process_time()
    if asked.files:
        traces = recorded(asked.files)
        outcomes = replayed(traces)
        table("recorded", outcomes)
        by_kind(outcomes)
    else:
        per_seed = {seed: invented(seed, asked.count) for seed in asked.seeds}
        traces = [trace for some in per_seed.values() for trace in some]
        parts = {f"seed {seed}": replayed(some) for seed, some in per_seed.items()}
        outcomes = {name: Outcome.joined([part[name] for part in parts.values()]) for name in POLICIES}
        table(f"seeds {asked.seeds} (parameters were chosen on {list(TUNED_ON)})", outcomes)
        by_kind(outcomes)
        print(f"\n{'milepost':26} | on time | fixed 15 s | oracle300 | on time by kind")
        for name, part in {"all": outcomes, **parts}.items():
            in_short(name, part["milepost"], part["fixed 15 s"], part[PATIENT])
        print("in other worlds:")
        for name, world in WORLDS.items():
            some = invented(asked.seeds[0], max(asked.count // 2, 1), world)
            in_short(name, replay(milepost(), some), replay(fixed(15), some), replay(patient_oracle(300), some))
    print(f"{time.process_time() - began:.0f} s of CPU", file=sys.stderr)
    if asked.plot:
        traces = traces[:: max(len(traces) // 1000, 1)]
        plot(frontier(traces), replay(patient_oracle(300), traces).mean_polls(), asked.plot)


if __name__ == "__main__":
    main()
