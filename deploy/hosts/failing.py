"""What may happen to ssh, network, hosts and workers while a search runs."""

import os
import signal
import time

from checks import expect
from scenario import begin, begun, cut_sessions, finish, has_worker, scenario, told, write_hosts
from search import HOSTS, Search, seconds_computed, workers


@scenario
def ssh_cut(make, quiet):
    """One host's ssh session is killed: its worker goes on, and is not started twice."""
    rig = make(["alpha", "beta"])
    search = begin(rig)
    search.wait_until(lambda: all(f"worker {name}/" in search.err for name in rig.hosts), "both workers greet")
    search.wait_steps(5)
    before = workers(rig.hosts["alpha"])
    computed = seconds_computed(before[0])
    cut_sessions(rig.hosts["alpha"])
    search.wait_steps(10)
    expect(workers(rig.hosts["alpha"]) == before, f"the worker whose ssh was cut did not go on\n{search.tail()}")
    more = seconds_computed(before[0]) - computed
    expect(more > 0.05, f"the worker whose ssh was cut computed {more:.2f} s in ten steps")
    finish(rig, search, quiet, most={"alpha": 1, "beta": 1})
    return f"the worker whose ssh was cut computed {more:.2f} s more in the next ten steps, and ended with the search"


@scenario
def ssh_cut_early(make, quiet):
    """ssh is cut at the moment at which a worker's process is there: it ends, and one is started in its place."""
    rig = make(["alpha", "beta"])
    search = begin(rig)
    cut = set()
    for _ in range(3):
        search.wait_until(lambda: set(workers(rig.hosts["alpha"])) - cut, "a worker on alpha")
        cut |= set(workers(rig.hosts["alpha"]))
        cut_sessions(rig.hosts["alpha"])
    search.wait_until(lambda: set(workers(rig.hosts["alpha"])) - cut, "a worker whose ssh is left alone")
    search.wait_until(lambda: not cut & set(workers(rig.hosts["alpha"])), "the workers whose ssh was cut have ended")
    finish(rig, search, quiet)
    return f"cut {len(cut)} times, one worker in the end"


@scenario
def link_drops(make, quiet):
    """One host's link is down for some seconds: neither ssh nor the worker are started again."""
    rig = make(["alpha", "beta"])
    search = begun(rig)
    before = workers(rig.hosts["alpha"])
    rig.hosts["alpha"].link(False)
    time.sleep(8)
    rig.hosts["alpha"].link(True)
    search.wait_steps(5)
    expect(workers(rig.hosts["alpha"]) == before, "the worker whose link was down for 8 s is another one")
    finish(rig, search, quiet, most={"alpha": 1, "beta": 1})
    return "the link was down for 8 s"


@scenario
def network_away(make, quiet):
    """The user's side has no network for longer than either end of ssh waits: the search goes on when it is back."""
    rig = make(["alpha", "beta"])
    search = begun(rig)
    rig.user.link(False)
    time.sleep(60)
    steps, left = search.steps(), {name: len(workers(host)) for name, host in rig.hosts.items()}
    rig.user.link(True)
    back = time.monotonic()
    search.wait_until(lambda: search.steps() > steps, "a step when the network is back")
    again = time.monotonic() - back
    finish(rig, search, quiet, most={"alpha": 1, "beta": 1})
    return f"60 s without a network, workers then: {left}; the next step {again:.0f} s after it was back"


@scenario
def hosts_change(make, quiet):
    """A host is added to the file while the search runs, and another one removed."""
    rig = make(["alpha", "beta"])
    write_hosts(rig, "alpha threads=1")
    search = Search(rig, "--hosts", HOSTS)
    search.wait_until(has_worker(rig, "alpha"), "a worker on alpha")
    search.wait_steps(3)
    write_hosts(rig, "alpha threads=1", "beta threads=1")
    search.wait_until(has_worker(rig, "beta"), "a worker on beta, which was added")
    search.wait_steps(3)
    write_hosts(rig, "beta threads=1")
    search.wait_until(lambda: not rig.hosts["alpha"].processes(), "alpha is drained, which was removed")
    steps = search.steps()
    # A file with a mistake changes nothing.
    write_hosts(rig, "beta threads=1", "gamma colour=red")
    search.wait_until(lambda: f"{HOSTS}:2:7: " in search.err, "the mistake in the file is told")
    search.wait_steps(3)
    finish(rig, search, quiet, most={"alpha": 1, "beta": 1})
    return f"the removed host's worker had left after step {steps} of {quiet.steps}"


@scenario
def workers_killed(make, quiet):
    """All workers are killed: they are started again. One that cannot have its data is left out at once."""
    rig = make(["alpha", "beta", "gamma"])
    write_hosts(rig, "alpha threads=1", "beta threads=1", "gamma threads=1 data=/nowhere")
    both = [rig.hosts["alpha"], rig.hosts["beta"]]
    search = Search(rig, "--hosts", HOSTS)
    search.wait_until(lambda: all(workers(host) for host in both), "a worker on two hosts")
    search.wait_share(0.2, quiet)
    killed = [process for host in both for process in workers(host)]
    begin_s = time.monotonic()
    for process in killed:
        os.kill(process, signal.SIGKILL)
    search.wait_until(lambda: all(set(workers(host)) - set(killed) for host in both), "two other workers")
    again = time.monotonic() - begin_s
    finish(rig, search, quiet)
    expect(search.most["alpha"] == search.most["beta"] == 1, f"workers of the hosts: {search.most}")
    return f"both started again after {again:.0f} s; " + told(search, "gamma is left out", "/nowhere")


@scenario
def host_dies(make, quiet):
    """A host's power is cut: what it had is computed by the others."""
    rig = make(["alpha", "beta"])
    search = begun(rig, "--worker_timeout_s", "5")
    rig.hosts["alpha"].link(False)
    rig.hosts["alpha"].end()
    steps = search.steps()
    finish(rig, search, quiet)
    return f"gone after step {steps} of {quiet.steps}"
