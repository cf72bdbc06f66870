"""Everything that is measured, in under ten minutes, onto one page: ``python -m benchmarks`` or ``make bench``."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import fairness, pipeline
from benchmarks.reckoned import reckon
from benchmarks.results import PAGE, Section, write


def several_machines(*, quick: bool) -> Section:
    """Measure the store of several machines, but for what takes minutes: ``python -m benchmarks.cluster`` is whole."""
    try:
        from benchmarks import cluster

        return cluster.measure(cluster.TINY if quick else cluster.COMPACT)
    except ModuleNotFoundError as missing:
        return Section(title="Several machines", lines=[f"not measured: {missing.name} is not installed here"])


def main() -> None:
    """Measure, and write the page and the plots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and one round, to see that all works")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    began, load = time.monotonic(), os.getloadavg()[0]
    sections = pipeline.measure(pipeline.QUICK if chosen.quick else pipeline.FULL)
    posts, calls, looks = reckon(quick=chosen.quick)
    sections += [posts, fairness.measure(quick=chosen.quick), calls, several_machines(quick=chosen.quick), looks]
    growth = pipeline.growth(quick=chosen.quick)
    data = chosen.page.with_suffix(".json")
    data.write_text(json.dumps(growth, indent=1) + "\n", encoding="utf-8")
    drawer = pipeline.vendors() or sys.executable
    drawn = subprocess.run(
        [drawer, "-m", "benchmarks.plots", str(data)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
    )
    pictures = drawn.stdout.split() if drawn.returncode == 0 else []
    said = [f"![{Path(name).stem}]({name})" for name in pictures] or ["No plots: there is no matplotlib here."]
    sections.append(Section(title="How the figures grow", lines=[*pipeline.growth_table(growth), "", *said]))
    write(sections, seconds=time.monotonic() - began, load=load, page=chosen.page)


if __name__ == "__main__":
    main()
