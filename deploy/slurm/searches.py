"""Searches with the digits' quick settings: a quiet one of this machine alone, and jobs of the batch scripts."""

import os
import pathlib
import re
import subprocess

from cluster import until

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
PROGRAMS = pathlib.Path(os.environ.get("SNAS", PROJECT / ".build/release")).resolve()
SETTINGS = ["--config", f"{PROJECT}/configs/quick.yaml", "--epochs", "3", "--warmup", "0.34", "--networks", "derived", "--every_epochs",
            "3", "--seed", "2"]
STEPS = 54
# Every message of a worker takes its time, so that what befalls a search does so in mid-run, however fast the machine is.
SLOWLY = "delay=0.5,delay_ms=8,seed=1"


def fingerprint(text):
    """That of a run's results, of which there is one."""
    found = set(re.findall(r"^fingerprint = ([0-9a-f]{64})$", text, re.MULTILINE))
    assert len(found) == 1, f"{len(found)} fingerprints in: {text[-2000:]}"
    return found.pop()


class QuietSearch:
    """A search on this machine alone, which runs beside what comes first; called, it waits and says its fingerprint."""

    def __init__(self, folder):
        self.output = folder / "quiet.txt"
        with open(self.output, "w") as output:
            self.process = subprocess.Popen(
                [PROGRAMS / "snas", "local", "--workers", "1", "--threads", "2", "--run", folder / "quiet", *SETTINGS],
                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def __call__(self):
        assert self.process.wait(600) == 0, self.output.read_text()
        return fingerprint(self.output.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Search:
    """A job of `search.sbatch`, with the words of sbatch and those of the search."""

    def __init__(self, cluster, name, *words, job=()):
        self.cluster = cluster
        self.run = cluster.folder / name
        self.output = cluster.folder / f"{name}.out"
        self.number = int(cluster.command(
            "sbatch", "--parsable", f"--output={self.output}", "--nodes=2", "--nodelist=n1,n2", *job, HERE / "search.sbatch", *SETTINGS,
            *words, SNAS=str(PROGRAMS), SNAS_RUN=str(self.run), SNAS_WORKER=f"--chaos {SLOWLY}"))

    def text(self):
        return self.output.read_text(errors="replace") if self.output.exists() else ""

    def says(self, words, times=1):
        until(f"'{words}' in the job's output", lambda: self.text().count(words) >= times)

    def steps(self):
        journal = self.run / "journal.jsonl"
        return journal.read_text().count("\n") if journal.exists() else 0

    def reaches(self, step):
        until(f"step {step}", lambda: self.steps() >= step)
        assert self.steps() < STEPS, "the search was over before anything could befall it"

    def state(self):
        return self.cluster.job(self.number)["JobState"]

    def rendezvous(self):
        file = pathlib.Path(f"{self.run}.rendezvous")
        return dict(line.split(" ", 1) for line in file.read_text().splitlines()) if file.exists() else {}

    def worker_processes(self):
        mark = f"{self.run}.rendezvous".encode()
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else [b""]
            except OSError:
                continue
            if words[0].endswith(b"/snas-worker") and mark in words:
                found.append(int(entry.name))
        return found

    def ends(self, quiet, requeues=(0,), others=0):
        """With the quiet run's fingerprint, after so many requeues, and so many other ends of coordinators."""
        until("the job's end", lambda: self.state() not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED"))
        job = self.cluster.job(self.number)
        assert (job["JobState"], job["ExitCode"]) == ("COMPLETED", "0:0"), f"{job['JobState']} {job['ExitCode']}"
        assert fingerprint(self.text()) == quiet(), "another fingerprint than the quiet run's"
        assert int(job["Restarts"]) in requeues, f"{job['Restarts']} requeues"
        told = self.rendezvous()
        assert told["state"] == "over" and int(told["generation"]) == 1 + int(job["Restarts"]) + others, told
        keys = pathlib.Path(f"{self.run}.keys")
        assert keys.stat().st_mode & 0o777 == 0o700, "the keys' folder is open to others"

    def cancel_worker(self):
        """Slurm ends one worker's step; the batch script starts it again."""
        step = self.cluster.steps(self.number, "snas-worker")[0]
        self.cluster.command("scancel", step)
        self.says("is started again")

    def warn(self):
        """What Slurm does when the job's time is nearly over."""
        self.cluster.command("scancel", "--batch", "--signal=USR1", str(self.number))

    def requeued(self, times):
        until(f"requeue {times}", lambda: int(self.cluster.job(self.number).get("Restarts", 0)) >= times and self.state() == "RUNNING")


class LateWorkers:
    """A job of `workers.sbatch`, or an array of such jobs."""

    def __init__(self, cluster, search, *words):
        self.cluster = cluster
        self.output = cluster.folder / f"{search.run.name}-late.out"
        self.number = int(cluster.command("sbatch", "--parsable", f"--output={self.output}", *words, HERE / "workers.sbatch", search.run,
                                          "--chaos", SLOWLY, SNAS=str(PROGRAMS)))

    def end(self):
        until("the late job's end", lambda: self.cluster.job(self.number)["JobState"] == "COMPLETED")
        assert self.cluster.job(self.number)["ExitCode"] == "0:0"
