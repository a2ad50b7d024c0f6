"""The soak behind soak.sh: starts a coordinator, lets workers come and go at random, and watches what the coordinator takes."""

import itertools
import os
import pathlib
import random
import re
import signal
import subprocess
import sys
import time

MINUTES, RUNS, SEED, MOST = float(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
BIN = pathlib.Path(".build/release")
SETTINGS = ["--init_channels", "4", "--layers", "3", "--batch_size", "40", "--shards", "5", "--train_portion", "0.8",
            "--recalibration_images", "128", "--epochs", "1000000", "--seed", "2"]
# Seconds between two events, and how long a frozen worker stays so, at most.
PAUSE, FREEZE = 4.0, 6.0
# How much more the coordinator may take at the end than after its first quarter: megabytes and descriptors.
MORE_MEGABYTES, MORE_DESCRIPTORS = 32, 8
# Steps that the undisturbed run repeats at most.
COMPARED = 2000


def status(process, name):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    return 0


class Soak:
    def __init__(self):
        self.draw = random.Random(SEED)
        self.run = RUNS / "disturbed"
        self.notes = open(RUNS / "coordinator.err", "w")
        self.coordinator = subprocess.Popen(
            [BIN / "snas", "coordinator", "--bind", "tcp://127.0.0.1:*", "--run", self.run, "--worker_timeout_s", "3",
             "--beat_interval_s", "0.5", "--max_steps", "1000000000", *SETTINGS], stderr=self.notes)
        self.endpoint = self.listening()
        self.workers, self.frozen = [], []
        self.counts = dict.fromkeys(["joined", "left", "killed", "frozen"], 0)

    def listening(self):
        for _ in range(600):
            found = re.search(r"listening at (tcp://[0-9.:]+)", (RUNS / "coordinator.err").read_text())
            if found:
                return found.group(1)
            if self.coordinator.poll() is not None:
                break
            time.sleep(0.1)
        sys.exit("the coordinator does not listen: " + (RUNS / "coordinator.err").read_text())

    def steps(self):
        journal = self.run / "journal.jsonl"
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    def join(self):
        words = [BIN / "snas-worker", "--connect", self.endpoint, "--threads", "1", "--quiet"]
        self.workers.append(subprocess.Popen(words, stderr=subprocess.DEVNULL))
        self.counts["joined"] += 1

    def event(self):
        """One worker comes, is asked to leave, is killed or frozen; the last one stays as it is."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        awake = [worker for worker in self.workers if worker not in [frozen for _, frozen in self.frozen]]
        kind = self.draw.choice(["joined", "joined", "left", "killed", "frozen"])
        if kind == "joined" or len(awake) < 2:
            if len(self.workers) < MOST:
                self.join()
            return
        worker = self.draw.choice(awake)
        self.counts[kind] += 1
        if kind == "frozen":
            worker.send_signal(signal.SIGSTOP)
            self.frozen.append((time.monotonic() + self.draw.uniform(0.5, FREEZE), worker))
        else:
            worker.send_signal(signal.SIGTERM if kind == "left" else signal.SIGKILL)

    def thaw(self, everybody=False):
        for wake, worker in list(self.frozen):
            if everybody or time.monotonic() >= wake:
                worker.send_signal(signal.SIGCONT)
                self.frozen.remove((wake, worker))

    def sample(self):
        process = self.coordinator.pid
        return {"megabytes": status(process, "VmRSS") / 1024, "descriptors": len(os.listdir(f"/proc/{process}/fd")),
                "steps": self.steps()}

    def end(self):
        self.thaw(everybody=True)
        self.coordinator.send_signal(signal.SIGTERM)
        code = self.coordinator.wait(timeout=60)
        for worker in self.workers:
            try:
                worker.wait(timeout=10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        return code


def is_quiet(run, steps):
    """Whether a run that nobody disturbs has the same alpha after each of its steps."""
    quiet = RUNS / "quiet"
    subprocess.run([BIN / "snas", "local", "--workers", "1", "--run", quiet, "--max_steps", str(steps), *SETTINGS],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    alpha = re.compile(r'"alpha":"([0-9a-f]+)"')
    told = [alpha.findall(line) for line in (run / "journal.jsonl").read_text().splitlines()[:steps]]
    return told == [alpha.findall(line) for line in (quiet / "journal.jsonl").read_text().splitlines()[:steps]]


def main():
    soak = Soak()
    begin = time.monotonic()
    soak.join()
    print("| minute | steps | workers joined | left | killed | frozen | coordinator, MB | descriptors |")
    print("|---|---|---|---|---|---|---|---|")
    samples, minute = [], itertools.count(1)
    next_row = begin + min(60, 60 * MINUTES / 4)
    while time.monotonic() - begin < 60 * MINUTES:
        time.sleep(soak.draw.uniform(0.1, PAUSE))
        if soak.coordinator.poll() is not None:
            sys.exit("the coordinator has ended: " + (RUNS / "coordinator.err").read_text()[-2000:])
        soak.thaw()
        soak.event()
        samples.append(soak.sample())
        if time.monotonic() >= next_row:
            next_row += min(60, 60 * MINUTES / 4)
            now, counts = samples[-1], soak.counts
            print(f"| {next(minute) * min(1, MINUTES / 4):g} | {now['steps']} | {counts['joined']} | {counts['left']} | "
                  f"{counts['killed']} | {counts['frozen']} | {now['megabytes']:.1f} | {now['descriptors']} |", flush=True)
    code = soak.end()
    settled = samples[len(samples) // 4:]
    quarter = max(1, len(settled) // 4)
    early, late = settled[:quarter], settled[-quarter:]
    worst = {key: (max(one[key] for one in early), max(one[key] for one in late)) for key in ("megabytes", "descriptors")}
    steps = min(COMPARED, soak.steps())
    same = is_quiet(soak.run, steps)
    more = worst["megabytes"][1] - worst["megabytes"][0]
    flat = more <= MORE_MEGABYTES and worst["descriptors"][1] - worst["descriptors"][0] <= MORE_DESCRIPTORS
    print(f"coordinator ended with {code} (75: stopped); at most {worst['megabytes'][0]:.1f} MB and {worst['descriptors'][0]} "
          f"descriptors early, {worst['megabytes'][1]:.1f} MB and {worst['descriptors'][1]} late: {'flat' if flat else 'NOT FLAT'}; "
          f"alpha after each of the first {steps} steps: {'the quiet run has the same' if same else 'DIFFERS'}")
    sys.exit(0 if flat and same and code == 75 else 1)


main()
