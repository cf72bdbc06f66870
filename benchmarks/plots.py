"""Draws how each figure grows with the number of watches: ``python -m benchmarks.plots RESULTS.json``.

Needs matplotlib, which Milepost itself does not. Prints the names of the pictures.
"""

import json
import sys
from pathlib import Path

FIGURES = {
    "us": ("CPU per poll, µs", "polls"),
    "bytes": ("memory per watch, bytes", "memory"),
    "start": ("from open to the first poll, s", "start"),
}


def main() -> None:
    """Draw one picture of all figures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    data = Path(sys.argv[1])
    points = json.loads(data.read_text(encoding="utf-8"))
    figure, axes = pyplot.subplots(1, len(FIGURES), figsize=(4.2 * len(FIGURES), 3.4))
    for axis, (name, (title, _)) in zip(axes, FIGURES.items(), strict=True):
        xs = [point["watches"] for point in points]
        axis.plot(xs, [point[name] for point in points], marker="o", color="#3b6ea5")
        axis.set_xscale("log")
        axis.set_ylim(bottom=0)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("watches")
        axis.grid(alpha=0.3)
    figure.tight_layout()
    picture = data.with_name("growth.png")
    figure.savefig(picture, dpi=110)
    print(picture.name)


if __name__ == "__main__":
    main()
