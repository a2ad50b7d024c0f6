"""What the batch scripts beside it promise, tried with Debian's Slurm on this machine: the digits' quick search on two nodes, whose
worker's step is cancelled, whose job is requeued, whose time comes to its end, to which workers come late. Each time the fingerprint
is that of a quiet `snas local`, and no process is left.

    test.py [quick]       SNAS: the folder with snas and snas-worker (.build/release)

`quick` lets one search go through all of it, with Slurm's warning sent by hand; without it each has its own, and a limit of time is
waited for."""

import os
import signal
import sys
import time

from cluster import Cluster, adopt, until
from decisions import decisions
from searches import LateWorkers, QuietSearch, Search


def all_in_one(cluster, quiet):
    """a cancelled worker, late workers, a warning and a requeue, one after the other"""
    search = Search(cluster, "all", "--min_workers", "3")
    search.says("is ready", 2)
    late = LateWorkers(cluster, search)
    search.reaches(5)
    search.cancel_worker()
    search.reaches(15)
    search.warn()
    search.says("stopped; the job is requeued")
    search.requeued(1)
    search.reaches(25)
    cluster.command("scontrol", "requeue", str(search.number))
    search.requeued(2)
    search.ends(quiet, requeues=(2,))
    late.end()


def two_nodes(cluster, quiet):
    """a search on two nodes"""
    search = Search(cluster, "two", "--min_workers", "2")
    search.ends(quiet)


def cancelled_worker(cluster, quiet):
    """a worker's step is cancelled"""
    search = Search(cluster, "cancelled")
    search.reaches(10)
    search.cancel_worker()
    search.ends(quiet)


def killed_coordinator(cluster, quiet):
    """the coordinator's step is cancelled and goes on within the job"""
    search = Search(cluster, "killed")
    search.reaches(10)
    cluster.command("scancel", "--signal=KILL", cluster.steps(search.number, "snas")[0])
    search.says("the coordinator ended with")
    search.ends(quiet, others=1)


def requeued(cluster, quiet):
    """the job is requeued by hand"""
    search = Search(cluster, "requeued")
    search.reaches(10)
    cluster.command("scontrol", "requeue", str(search.number))
    search.requeued(1)
    search.ends(quiet, requeues=(1,))


def out_of_time(cluster, quiet):
    """the job's time ends: it is warned, stops with a checkpoint, requeues itself and comes to its end"""
    search = Search(cluster, "time", "--min_workers", "2", "--drain_limit_s", "1", job=("--time=60", "--signal=B:USR1@60"))
    search.reaches(10)
    # Its workers are held in mid-run until Slurm has warned the job, however fast this machine is.
    workers = search.worker_processes()
    assert len(workers) == 2, workers
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    # One to two minutes from now. Slurm looks every half a minute, and warns nobody in the first moment of a job.
    hours, minutes, _ = cluster.job(search.number)["RunTime"].split("-")[-1].split(":")
    cluster.command("scontrol", "update", f"jobid={search.number}", f"timelimit={60 * int(hours) + int(minutes) + 2}")
    until("the coordinator's stop", lambda: search.rendezvous()["state"] == "stopped")
    for worker in workers:
        os.kill(worker, signal.SIGCONT)
    search.says("stopped; the job is requeued")
    cluster.command("scontrol", "update", f"jobid={search.number}", "timelimit=60")
    search.requeued(1)
    search.ends(quiet, requeues=(1,))


def late_workers(cluster, quiet):
    """workers come later, whose own time ends in mid-run; one more comes when the search is over"""
    search = Search(cluster, "late", "--min_workers", "3")
    late = LateWorkers(cluster, search, "--nodelist=n3")
    search.reaches(10)
    cluster.command("scancel", "--batch", "--signal=USR1", str(late.number))
    until("the late job's requeue", lambda: int(cluster.job(late.number)["Restarts"]) == 1)
    search.ends(quiet)
    late.end()
    too_late = LateWorkers(cluster, search)
    too_late.end()


def lost_node(cluster, quiet):
    """a node goes down in mid-run: the job keeps the other"""
    search = Search(cluster, "lost")
    search.reaches(10)
    cluster.command("scontrol", "update", "nodename=n2", "state=down", "reason=test")
    search.ends(quiet)


def cancelled_job(cluster, quiet):
    """a job that its user cancels stops with a checkpoint, stays cancelled, and goes on when it is given again"""
    search = Search(cluster, "job")
    search.reaches(10)
    cluster.command("scancel", str(search.number))
    until("the job's end", lambda: search.state() == "CANCELLED")
    search.says("it is not requeued from here")
    assert search.rendezvous()["state"] == "stopped" and cluster.job(search.number)["Restarts"] == "0"
    again = Search(cluster, "job")
    again.ends(quiet, others=1)


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


def main():
    adopt()
    # So that what was started is ended then too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    scenarios = QUICK if sys.argv[1:] == ["quick"] else FULL
    cluster = Cluster(nodes=3, cpus=2)
    quiet = QuietSearch(cluster.folder)
    failed, passed = False, 0
    try:
        for scenario in scenarios:
            begun = time.monotonic()
            try:
                scenario(cluster, quiet)
            except Exception as error:  # noqa: BLE001 - told, with what the jobs said
                failed = True
                print(f"FAILED: {scenario.__doc__}: {error}", flush=True)
                newest = max(cluster.folder.glob("*.out"), key=lambda file: file.stat().st_mtime, default=None)
                for line in newest.read_text(errors="replace").splitlines()[-40:] if newest else []:
                    print(f"{newest.name}: {line[:300]}", flush=True)
                break
            passed += 1
            print(f"passed: {scenario.__doc__} ({time.monotonic() - begun:.0f} s)", flush=True)
        if not failed:
            print(f"in each of them, and in a quiet search: fingerprint = {quiet()}")
    finally:
        quiet.stop()
        killed = cluster.stop()
    if killed:
        print(f"FAILED: processes were left: {killed}")
    print(f"slurm: {passed} passed, {1 if failed or killed else 0} failed, {len(scenarios) - passed - failed} not tried; "
          f"{'processes were left' if killed else 'no process is left'}")
    sys.exit(1 if failed or killed else 0)


if __name__ == "__main__":
    main()
