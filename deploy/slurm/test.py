"""What the batch scripts beside it promise, tried with Debian's Slurm on this machine: the digits' quick search on two nodes, whose
worker's step is cancelled, whose job is requeued, whose time comes to its end, to which workers come late. Each time the fingerprint
is that of a quiet `snas local`, and no process is left.

    test.py [quick]       SNAS: the folder with snas and snas-worker (.build/release)

`quick` lets one search go through all of it, with Slurm's warning sent by hand; without it each has its own, and a limit of time is
waited for."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from cluster import Cluster, adopt, until
from decisions import decisions

HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
PROGRAMS = pathlib.Path(os.environ.get("SNAS", PROJECT / ".build/release")).resolve()
SETTINGS = ["--config", f"{PROJECT}/configs/quick.yaml", "--epochs", "3", "--warmup", "0.34", "--networks", "derived", "--every_epochs",
            "3", "--seed", "2"]
STEPS = 54


def fingerprint(text):
    """That of a run's results, of which there is one."""
    found = set(re.findall(r"^fingerprint = ([0-9a-f]{64})$", text, re.MULTILINE))
    assert len(found) == 1, f"{len(found)} fingerprints in: {text[-2000:]}"
    return found.pop()


class Search:
    """A job of `search.sbatch`, with the words of sbatch and those of the search."""

    def __init__(self, cluster, name, *words, job=()):
        self.cluster = cluster
        self.run = cluster.folder / name
        self.output = cluster.folder / f"{name}.out"
        self.number = int(cluster.command(
            "sbatch", "--parsable", f"--output={self.output}", "--nodes=2", "--nodelist=n1,n2", *job, HERE / "search.sbatch", *SETTINGS,
            *words, SNAS=str(PROGRAMS), SNAS_RUN=str(self.run)))

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

    def ends(self, quiet, requeues, generations):
        """With the quiet run's fingerprint, after so many requeues, by the last of so many coordinators."""
        until("the job's end", lambda: self.state() not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED"))
        job = self.cluster.job(self.number)
        assert (job["JobState"], job["ExitCode"]) == ("COMPLETED", "0:0"), f"{job['JobState']} {job['ExitCode']}"
        assert fingerprint(self.text()) == quiet, "another fingerprint than the quiet run's"
        assert int(job["Restarts"]) == requeues, f"{job['Restarts']} requeues, not {requeues}"
        told = self.rendezvous()
        assert (told["state"], told["generation"]) == ("over", str(generations)), told
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
                                          SNAS=str(PROGRAMS)))

    def end(self):
        until("the late job's end", lambda: self.cluster.job(self.number)["JobState"] == "COMPLETED")
        assert self.cluster.job(self.number)["ExitCode"] == "0:0"


def all_in_one(cluster, quiet):
    """a cancelled worker, late workers, a warning and a requeue, one after the other"""
    search = Search(cluster, "all", "--min_workers", "3")
    search.says("is ready", 2)
    late = LateWorkers(cluster, search)
    search.reaches(5)
    search.cancel_worker()
    search.reaches(15)
    search.warn()
    search.says("stopped with a checkpoint; the job is requeued")
    search.requeued(1)
    search.reaches(25)
    cluster.command("scontrol", "requeue", str(search.number))
    search.requeued(2)
    search.ends(quiet, requeues=2, generations=3)
    late.end()


def two_nodes(cluster, quiet):
    """a search on two nodes"""
    search = Search(cluster, "two", "--min_workers", "2")
    search.ends(quiet, requeues=0, generations=1)


def cancelled_worker(cluster, quiet):
    """a worker's step is cancelled"""
    search = Search(cluster, "cancelled")
    search.reaches(10)
    search.cancel_worker()
    search.ends(quiet, requeues=0, generations=1)


def killed_coordinator(cluster, quiet):
    """the coordinator's step is cancelled and goes on within the job"""
    search = Search(cluster, "killed")
    search.reaches(10)
    cluster.command("scancel", "--signal=KILL", cluster.steps(search.number, "snas")[0])
    search.says("the coordinator ended with")
    search.ends(quiet, requeues=0, generations=2)


def requeued(cluster, quiet):
    """the job is requeued by hand"""
    search = Search(cluster, "requeued")
    search.reaches(10)
    cluster.command("scontrol", "requeue", str(search.number))
    search.requeued(1)
    search.ends(quiet, requeues=1, generations=2)


def out_of_time(cluster, quiet):
    """the job's time ends: it is warned, stops with a checkpoint, requeues itself and comes to its end"""
    # Its workers are held in mid-run until Slurm has warned the job, however fast this machine is.
    search = Search(cluster, "time", "--drain_limit_s", "1", job=("--time=1", "--signal=B:USR1@30"))
    search.reaches(10)
    workers = search.worker_processes()
    assert len(workers) == 2, workers
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    until("the coordinator's stop", lambda: search.rendezvous()["state"] == "stopped")
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    search.says("stopped with a checkpoint; the job is requeued")
    cluster.command("scontrol", "update", f"jobid={search.number}", "timelimit=10")
    search.requeued(1)
    search.ends(quiet, requeues=1, generations=2)


def late_workers(cluster, quiet):
    """workers come later, whose own time ends in mid-run; one more comes when the search is over"""
    search = Search(cluster, "late", "--min_workers", "3")
    late = LateWorkers(cluster, search, "--nodelist=n3")
    search.reaches(10)
    cluster.command("scancel", "--batch", "--signal=USR1", str(late.number))
    until("the late job's requeue", lambda: int(cluster.job(late.number)["Restarts"]) == 1)
    search.ends(quiet, requeues=0, generations=1)
    late.end()
    too_late = LateWorkers(cluster, search)
    too_late.end()


def lost_node(cluster, quiet):
    """a node goes down in mid-run: the job keeps the other"""
    search = Search(cluster, "lost")
    search.reaches(10)
    cluster.command("scontrol", "update", "nodename=n2", "state=down", "reason=test")
    search.ends(quiet, requeues=0, generations=1)


def cancelled_job(cluster, quiet):
    """a job that its user cancels stops with a checkpoint, stays cancelled, and goes on when it is given again"""
    search = Search(cluster, "job")
    search.reaches(10)
    cluster.command("scancel", str(search.number))
    until("the job's end", lambda: search.state() == "CANCELLED")
    search.says("it is not requeued from here")
    assert search.rendezvous()["state"] == "stopped" and cluster.job(search.number)["Restarts"] == "0"
    again = Search(cluster, "job")
    again.ends(quiet, requeues=0, generations=2)


def mistake(cluster, quiet):
    """a mistake ends the job with its code and requeues nothing"""
    search = Search(cluster, "mistake", "--layers", "none")
    until("the job's end", lambda: search.state() == "FAILED")
    job = cluster.job(search.number)
    assert job["ExitCode"] in ("64:0", "78:0") and job["Restarts"] == "0", job


QUICK = [decisions, all_in_one]
# The lost node last: after it Slurm 22.05 takes its cores for used, and no job gets it any more.
FULL = [decisions, two_nodes, cancelled_worker, killed_coordinator, requeued, late_workers, cancelled_job, out_of_time, mistake, all_in_one,
        lost_node]


def quiet_fingerprint(folder):
    done = subprocess.run([PROGRAMS / "snas", "local", "--workers", "1", "--threads", "2", "--run", folder / "quiet", *SETTINGS],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    return fingerprint(done.stdout)


def main():
    adopt()
    scenarios = QUICK if sys.argv[1:] == ["quick"] else FULL
    cluster = Cluster(nodes=3, cpus=2)
    failed, passed = False, 0
    try:
        quiet = quiet_fingerprint(cluster.folder)
        print(f"quiet, and in each search that follows: fingerprint = {quiet}", flush=True)
        for scenario in scenarios:
            begun = time.monotonic()
            try:
                scenario(cluster, quiet)
            except Exception as error:  # noqa: BLE001 - told, with what the jobs said
                failed = True
                print(f"FAILED: {scenario.__doc__}: {error}", flush=True)
                newest = max(cluster.folder.glob("*.out"), key=lambda file: file.stat().st_mtime, default=None)
                for line in newest.read_text(errors="replace").splitlines()[-60:] if newest else []:
                    print(f"{newest.name}: {line[:300]}", flush=True)
                break
            passed += 1
            print(f"passed: {scenario.__doc__} ({time.monotonic() - begun:.0f} s)", flush=True)
    finally:
        killed = cluster.stop()
    if killed:
        print(f"FAILED: processes were left: {killed}")
    print(f"slurm: {passed} passed, {1 if failed or killed else 0} failed, {len(scenarios) - passed - failed} not tried; "
          f"{'processes were left' if killed else 'no process is left'}")
    sys.exit(1 if failed or killed else 0)


if __name__ == "__main__":
    main()
