"""turns.py WORKLOAD --snas PROGRAM --python INTERPRETER... --results FOLDER: ours and the rivals on this machine, in turns.

The first turn measures every form of every rival; the later ones ours, the official way, and the fastest forms of the first.
Writes one line of JSON for the machine and one for each measurement into FOLDER/MACHINE-WORKLOAD.jsonl, and prints them as they come."""

import argparse
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from machine import facts

HERE = pathlib.Path(__file__).parent
# What `snas bench` is asked for. Said in full, so that a default of ours that changes does not change what is compared.
OURS = {
    "step": ["step", "--batch_size", "64", "--shards", "8", "--init_channels", "16", "--layers", "8", "--steps", "6"],
    "retrain": ["retrain", "--batch_size", "96", "--shards", "8", "--init_channels", "36", "--layers", "20", "--steps", "3"],
    "space": ["step", "--space", "nas_bench_201", "--batch_size", "64", "--shards", "8", "--init_channels", "16", "--layers", "15",
              "--steps", "6"],
}
TINY = {"--batch_size": "4", "--shards": "2", "--init_channels": "4", "--layers": "3", "--steps": "1"}
# DARTS' code: default layout, a batch at once, all threads in one process.
OFFICIAL = ("contiguous", "threads", "whole", "no")
# As fast as one process gets without it.
COMPILED = ("channels_last", "threads", "whole", "cells")
FORMS = [OFFICIAL] + [
    (layout, processor, batch, "no")
    for processor in ["threads", "processes"] for batch in ["whole", "parts"] for layout in ["contiguous", "channels_last"]
    if (layout, processor, batch, "no") != OFFICIAL
] + [COMPILED]
# Of the second and later interpreters: the official way, and what is fastest of the newest version.
FORMS_OF_OTHERS = [OFFICIAL] + [("channels_last", "processes", batch, "no") for batch in ["whole", "parts"]]
FASTEST_REPEATED = 2
# Threads of PyTorch wait for each other behind every operator, so that what else runs costs it far more than its share.
BUSY_AT_MOST = 0.05


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=sorted(OURS))
    parser.add_argument("--snas", required=True)
    parser.add_argument("--python", action="append", required=True, help="with torch; the first is measured in all forms")
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--steps", type=int, default=2, help="of each measurement of a rival behind the first turn")
    parser.add_argument("--compile_seconds", type=int, default=900, help="how long torch.compile may take; 0: it is not tried")
    parser.add_argument("--seconds", type=int, default=600, help="how long any other measurement may take")
    parser.add_argument("--tiny", action="store_true", help="networks of no interest, to see that every form runs")
    parser.add_argument("--command", default="deploy/bench.sh")
    return parser.parse_args()


def last_line(words, seconds):
    """The object that a command prints last, or why there is none. What it started ends with it."""
    begun = time.monotonic()
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
    try:
        out, notes = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"failure": f"not measured within {seconds} s"}
    finally:
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        child.wait()
    lines = [line for line in out.splitlines() if line.startswith("{")]
    if lines:
        return json.loads(lines[-1])
    reasons = [line for line in notes.splitlines() if line.strip()]
    return {"failure": reasons[-1][:300] if reasons else f"ended with {child.returncode} and said nothing",
            "failed_after_seconds": time.monotonic() - begun}


def torch_version(python):
    told = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or sys.exit(f"{python} has no torch")


class Turns:
    def __init__(self, options):
        self.options = options
        self.versions = {python: torch_version(python) for python in options.python}
        words = OURS[options.workload]
        self.sizes = dict(zip(words[1::2], words[2::2]))
        if options.tiny:
            self.sizes |= TINY
        self.words = [words[0], *(word for pair in self.sizes.items() for word in pair)]
        self.machine = {"kind": "machine", "workload": options.workload, "command": options.command, "rounds": options.rounds,
                        "threads": options.threads, **facts(options.snas)}
        if self.machine["busy_before"] > BUSY_AT_MOST:
            print(f"other programs take {100 * self.machine['busy_before']:.0f} % of this machine: these figures are not worth keeping",
                  file=sys.stderr)
        options.results.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^a-z0-9]+", "-", f"{self.machine['processor']} {self.machine['instruction_set']} "
                      f"{self.machine['cores']}".lower()).strip("-")
        self.file = options.results / f"{name}-{options.workload}.jsonl"
        self.lines = []
        self.add(self.machine)

    def add(self, line):
        self.lines.append(line)
        print(json.dumps(line), flush=True)

    def ours(self, turn):
        line = last_line([self.options.snas, "bench", *self.words, "--threads", str(self.options.threads), "--json"],
                         self.options.seconds)
        self.add({"kind": "ours", "turn": turn, **line})
        if "failure" in line:
            sys.exit(f"snas bench {' '.join(self.words)}: {line['failure']}")
        return line

    def rival(self, turn, python, form, ours):
        layout, processor, batch, compiled = form
        processes = min(self.options.threads, int(self.sizes["--shards"])) if processor == "processes" else 1
        # The first turn looks for what is fast; the others measure it. What is compiled is so once, and steps in turns with itself as it
        # was before.
        steps = 1 if turn == 1 and compiled == "no" else self.options.steps
        words = [python, str(HERE / "run.py"), self.options.workload, "--layout", layout, "--threads", str(self.options.threads),
                 "--processes", str(processes), "--steps", str(steps), "--compile", compiled,
                 "--parts", self.sizes["--shards"] if batch == "parts" else str(processes)]
        for flag in ["--batch_size", "--init_channels", "--layers"]:
            words += [flag, self.sizes[flag]]
        # Both sides by one count and one peak; an older program of ours counts otherwise and says no such number.
        if "multiply_adds" in ours:
            words += ["--peak_gflops_per_thread", str(ours["peak_gflops_per_thread"]), "--multiply_adds", str(ours["multiply_adds"])]
        line = last_line(words, self.options.seconds if compiled == "no" else self.options.compile_seconds)
        self.add({"kind": "rival", "turn": turn, "torch": self.versions[python], "form": list(form), "threads": self.options.threads,
                  "processes": processes, **line})
        return line.get("images_per_second")

    def first(self):
        """Returns what later turns measure again."""
        ours = self.ours(1)
        rates = {}
        for number, python in enumerate(self.options.python):
            for form in FORMS if number == 0 else FORMS_OF_OTHERS:
                if form[3] != "no" and not self.options.compile_seconds:
                    continue
                if form[1] == "processes" and self.options.threads == 1:
                    continue
                rate = self.rival(1, python, form, ours)
                if rate:
                    rates[(python, form)] = rate
        fastest = sorted(rates, key=rates.get, reverse=True)[:FASTEST_REPEATED]
        official = (self.options.python[0], OFFICIAL)
        return list(dict.fromkeys([official, *fastest]))

    def run(self):
        again = self.first()
        for turn in range(2, self.options.rounds + 1):
            ours = self.ours(turn)
            for python, form in again:
                self.rival(turn, python, form, ours)
        # Only a run that came to its end is kept.
        self.file.write_text("".join(json.dumps(line) + "\n" for line in self.lines))


Turns(parsed()).run()
