"""page.py RESULTS...: the manual's page of benchmarks, from the lines that turns.py wrote, a file for each machine and workload.

--summary prints the medians and ratios alone."""

import json
import statistics
import sys

TITLES = {
    "step": ("A step of a search", "deploy/bench.sh step", "the super-network of DARTS' space"),
    "retrain": ("A step of a retraining", "deploy/bench.sh retrain",
                "the network of DARTS_V2 with auxiliary head and drop path"),
    "space": ("A step of a search in NAS-Bench-201's space", "deploy/bench.sh space",
              "its super-network with dense convolutions of 1 x 1 and 3 x 3"),
}
# DARTS' code: default layout, a batch at once, all threads in one process.
OFFICIAL = ["contiguous", "threads", "whole", "no"]
LAYOUTS = {"contiguous": "default layout", "channels_last": "channels-last"}
INTRODUCTION = """\
# Benchmarks

Images a second of whole training steps, beside the same steps in PyTorch, on machines that are named.

## Overview

`deploy/bench.sh --page` measured the figures and wrote this page; they differ from machine to machine and from day to day, and no test
depends on them. A step is forward, backward, clipping and optimisers on made-up images of 3 x 32 x 32. Rates are medians of
turns, in which ours and the rivals follow each other in one run; behind them stand the slowest and the fastest step. The first
turn measures every form of the rivals, the later ones the official way and the two fastest.

The rivals (`deploy/bench/`) are the same networks in PyTorch: as many weights, as many multiply-adds, the same optimisers, 32 bits,
oneDNN. They compute the batch at once, as the papers' code does, or cut into shards as ours, whose batch norms see one shard each; on
all threads of one process, or as processes side by side, which share cores and batch, have their own weights and wait for none,
so that their rates add up. With `torch.compile` each cell is compiled, within a limit (COMPILE_SECONDS); steps that are
compiled and steps that are not then follow each other in one process. What compiling takes is told and does not count.

The floor is a step's arithmetic at this machine's peak: three times the multiply-adds of the whole network forward, unpadded, at
the rate that all threads reach together, measured between our steps. Both sides are held against the same floor.
"""


def read(path):
    with open(path) as file:
        lines = [json.loads(line) for line in file if line.strip()]
    machines = [line for line in lines if line["kind"] == "machine"]
    if len(machines) != 1:
        sys.exit(f"{path}: {len(machines)} lines of a machine, where a run has one")
    return machines[0], [line for line in lines if line["kind"] != "machine"]


def form_name(line):
    layout, processor, batch, compiled = line["form"]
    name = f"PyTorch {line['torch']}, {LAYOUTS[layout]}, {line[processor]} {processor}"
    name += {"parts": ", in shards", "whole": ", whole batch" if processor == "threads" else ", each its images at once"}[batch]
    return name + (", torch.compile" if compiled != "no" else "")


class Series:
    """The turns of ours or of one form of a rival."""

    def __init__(self, name, lines):
        self.name = name
        self.form = lines[0].get("form")
        self.lines = {line["turn"]: line for line in lines if "failure" not in line}
        self.failures = [line for line in lines if "failure" in line]

    def _all(self, key):
        return [line[key] for line in self.lines.values() if key in line]

    @property
    def rate(self):
        return statistics.median(self._all("images_per_second"))

    @property
    def spread(self):
        return min(self._all("images_per_second_min")), max(self._all("images_per_second_max"))

    @property
    def is_compiled(self):
        return self.form is not None and self.form[3] != "no"

    @property
    def memory_gb(self):
        return max(self._all("peak_rss_mb")) / 1024

    @property
    def floor_share(self):
        shares = self._all("floor_share")
        return statistics.median(shares) if shares else None


class Comparison:
    """Ours and the rivals of one run."""

    def __init__(self, path):
        self.machine, lines = read(path)
        ours = [line for line in lines if line["kind"] == "ours"]
        self.ours = Series("snas", ours)
        if not self.ours.lines:
            sys.exit(f"{path}: no measurement of ours")
        grouped = {}
        for line in lines:
            if line["kind"] == "rival":
                grouped.setdefault(form_name(line), []).append(line)
        series = [Series(name, own) for name, own in grouped.items()]
        self.rivals = sorted((one for one in series if one.lines), key=lambda one: -one.rate)
        self.failed = [one for one in series if not one.lines]
        self.sizes = next(iter(self.ours.lines.values()))
        # Of the newest version alone, which a run measures first.
        self.official = next((one for one in series if one.lines and one.form == OFFICIAL), None)
        self.check_network()

    def check_network(self):
        """The same network has the same multiply-adds; the auxiliary head's are a thousandth."""
        ours = self.sizes.get("multiply_adds")
        for rival in self.rivals:
            theirs = next(iter(rival.lines.values())).get("multiply_adds")
            if ours and theirs and abs(ours / theirs - 1) > 0.005:
                sys.exit(f"{rival.name} has {theirs} multiply-adds an image, ours {ours}: not the same network")

    def ratio(self, rival):
        """Of the medians, and the smallest and the largest of one turn."""
        turns = [self.ours.lines[turn]["images_per_second"] / line["images_per_second"]
                 for turn, line in rival.lines.items() if turn in self.ours.lines]
        return self.ours.rate / rival.rate, min(turns), max(turns)


def percent(share):
    return "" if share is None else f"{100 * share:.0f} %"


def row(series, comparison):
    low, high = series.spread
    ratio = "" if series is comparison.ours else f"{comparison.ratio(series)[0]:.1f}"
    return (f"| {series.name} | {series.rate:.1f} ({low:.1f} to {high:.1f}) | {len(series.lines)} | {percent(series.floor_share)} "
            f"| {series.memory_gb:.1f} GB | {ratio} |")


def verdict(comparison):
    if not comparison.rivals:
        return "No rival could be measured."
    ratio, low, high = comparison.ratio(comparison.rivals[0])
    text = f"**{ratio:.1f} times the fastest rival** ({low:.1f} to {high:.1f} in single turns)"
    if comparison.official:
        ratio, low, high = comparison.ratio(comparison.official)
        text += f" and {ratio:.1f} times the official way ({low:.1f} to {high:.1f})"
    return text + "."


def compiled_text(series):
    """What torch.compile brought, or after how long it failed."""
    if not series.lines:
        return failed_text(series)
    line = next(iter(series.lines.values()))
    return (f"torch.compile: {line['times_eager']:.2f} times the same steps without it, in turns ({line['times_eager_min']:.2f} to "
            f"{line['times_eager_max']:.2f} of {line['steps']}), after {line['warm_up_seconds']:.0f} s of compiling.")


def failed_text(series):
    line = series.failures[0]
    after = f" (after {line['failed_after_seconds']:.0f} s)" if "failed_after_seconds" in line else ""
    return f"{series.name}: {line['failure'].rstrip('.')}{after}."


def machine_lines(comparison):
    machine, sizes = comparison.machine, comparison.sizes
    work = f"{sizes['multiply_adds'] / 1e6:.0f} M multiply-adds an image; " if "multiply_adds" in sizes else ""
    changed = " with changes" if machine["changed"] else ""
    return [
        f"{machine['processor']} ({machine['instruction_set']}), {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{100 * machine['busy_before']:.0f} % busy before, {machine['date']}; snas {machine['snas']} ({machine['commit']}{changed}, "
        f"kernels {sizes['kernels']}), Swift {machine['swift']}, libtorch {sizes['libtorch']}.",
        f"{sizes['layers']} cells, {sizes['init_channels']} channels, {sizes['batch_size']} images in {sizes['shards']} shards, "
        f"{sizes['threads']} threads; {work}peak {sizes['peak_gflops_per_thread']:.0f} GFLOP/s a thread. `{machine['command']}`",
    ]


def section(comparison):
    table = ["| | images/s | turns | of the floor | peak memory | ours / it |", "|---|---|---|---|---|---|"]
    table += [row(series, comparison) for series in [comparison.ours, *comparison.rivals]]
    about, sizes = machine_lines(comparison)
    told = [about, "", sizes, "", *table, "", verdict(comparison)]
    for series in comparison.rivals + comparison.failed:
        if series.is_compiled:
            told += ["", compiled_text(series)]
        elif not series.lines:
            told += ["", failed_text(series)]
    if not any(series.is_compiled for series in comparison.rivals + comparison.failed):
        told += ["", "torch.compile was not tried in this run."]
    return "\n".join(told) + "\n"


def page(comparisons):
    text = INTRODUCTION
    for workload, (title, command, network) in TITLES.items():
        own = [comparison for comparison in comparisons if comparison.machine["workload"] == workload]
        if not own:
            continue
        text += f"\n### {title}\n\n`{command}`: {network}.\n\n" + "\n".join(section(comparison) for comparison in own)
    return text


def main(words):
    comparisons = [Comparison(path) for path in words if path != "--summary"]
    if not comparisons:
        sys.exit("usage: page.py [--summary] RESULTS...")
    text = "\n".join(section(comparison) for comparison in comparisons) if "--summary" in words else page(comparisons)
    sys.stdout.write(text)


if __name__ == "__main__":
    main(sys.argv[1:])
