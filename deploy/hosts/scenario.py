"""What scenarios share: hosts' files and searches, what they must come to, and the list of all scenarios."""

import os
import re
import signal

from checks import expect, expect_no_keys, expect_nothing_left, expect_same_bits
from search import HOSTS, Search, workers

# By name, in the order in which they are run.
SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


def write_hosts(rig, *lines):
    """The file of hosts, replaced as editors do it."""
    path = rig.user.path(HOSTS)
    path.with_suffix(".new").write_text("\n".join(lines) + "\n")
    path.with_suffix(".new").rename(path)


def begin(rig, *words, **options):
    """A search on all hosts of the rig, with a worker of one thread on each."""
    write_hosts(rig, *(f"{name} threads=1" for name in rig.hosts))
    return Search(rig, "--hosts", HOSTS, *words, **options)


def begun(rig, *words, **options):
    """The same, with a worker on each host and some steps done."""
    search = begin(rig, *words, **options)
    search.wait_until(has_worker(rig, *rig.hosts), "a worker on each host")
    search.wait_steps(3)
    return search


def has_worker(rig, *names):
    return lambda: all(workers(rig.hosts[name]) for name in names)


def finish(rig, search, quiet, secrets=(), most=None):
    """The search ends as a quiet one does, and leaves nothing; `most` are the workers that hosts had at most at any moment."""
    expect_same_bits(search, quiet)
    expect_nothing_left(rig)
    expect_no_keys(rig, secrets)
    if most is not None:
        expect(search.most == most, f"workers of the hosts at most: {search.most}, not {most}")


def told(search, name, words):
    """The line that says something of a host; one of `words` stands in it."""
    lines = [line for line in search.err.splitlines() if name in line and re.search(words, line, re.IGNORECASE)]
    expect(lines, f"nothing says '{words}' of {name}\n{search.tail()}")
    return lines[0].strip()


def cut_sessions(host):
    """Kills the processes of sshd that serve connections; the one that listens stays."""
    for process, line in host.processes().items():
        if line.startswith("sshd: "):
            os.kill(process, signal.SIGKILL)
