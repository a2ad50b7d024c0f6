"""A search that `snas launch` runs from the user's side of a rig: started, watched, disturbed and judged."""

import os
import pathlib
import pty
import re
import signal
import subprocess
import threading
import time

from checks import PATIENCE_S, Failed, expect, fingerprint, wait_until
from rig import MEMORY, done

RUN = "/root/run"
HOSTS = "/root/hosts"


class Quiet:
    """What a search with these settings comes to when nobody disturbs it: what it prints, and how many steps it takes."""

    def __init__(self, programs, configuration, settings):
        self.configuration, self.settings = configuration, settings
        folder = MEMORY / "quiet"
        self.result = done(programs / "snas", "local", "--config", configuration, *settings, "--workers", "1", "--threads", "2",
                           "--quiet", "--run", folder, capture_output=True).stdout
        expect(fingerprint(self.result), f"the quiet search has no fingerprint: {self.result}")
        self.steps = (folder / "journal.jsonl").read_bytes().count(b"\n")


class Search:
    """One run of the program on the user's side. Its streams lie outside, so that they can be read at any moment."""

    count = 0

    def __init__(self, rig, *words, under=(), on_terminal=False):
        Search.count += 1
        self.rig = rig
        self.out_path, self.err_path = (MEMORY / f"{Search.count}.{name}" for name in ("out", "err"))
        self.most = {}
        words = rig.user.inside(*under, "snas", "launch", *rig.settings, "--run", RUN, *words)
        with open(self.out_path, "w") as out, open(self.err_path, "w") as err:
            if on_terminal:
                self.terminal, slave = pty.openpty()
                words.insert(words.index("setsid") + 1, "--ctty")
                self.process = subprocess.Popen(words, stdin=slave, stdout=out, stderr=slave)
                os.close(slave)
                threading.Thread(target=self.copy_terminal, daemon=True).start()
            else:
                self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    def copy_terminal(self):
        with open(self.err_path, "ab", buffering=0) as copy:
            while True:
                try:
                    copy.write(os.read(self.terminal, 65536))
                except OSError:
                    return

    def press_control_c(self):
        os.write(self.terminal, b"\x03")

    def watch(self):
        """How many workers each host had at most at any moment."""
        while self.process.poll() is None:
            for name, host in list(self.rig.hosts.items()):
                self.most[name] = max(self.most.get(name, 0), len(workers(host)))
            time.sleep(0.1)

    @property
    def out(self):
        return self.out_path.read_text(errors="replace")

    @property
    def err(self):
        return self.err_path.read_text(errors="replace")

    def steps(self):
        try:
            return self.rig.user.path(f"{RUN}/journal.jsonl").read_bytes().count(b"\n")
        except OSError:
            return 0

    def wait_until(self, condition, what):
        def is_so():
            expect(self.process.poll() is None or condition(),
                   f"{what}: the search ended with {self.process.returncode} before that\n{self.tail()}")
            return condition()
        wait_until(is_so, what)

    def wait_steps(self, more):
        """Until so many more steps are done."""
        wanted = self.steps() + more
        self.wait_until(lambda: self.steps() >= wanted, f"{more} more steps")

    def wait_share(self, share, quiet):
        """Until this share of all steps is done. It must not be all: what follows is to disturb a search."""
        self.wait_until(lambda: self.steps() >= share * quiet.steps, f"{share} of the steps")
        expect(self.steps() < quiet.steps, "the search is over before it is disturbed")

    def kill(self):
        """What the program is killed by leaves it no moment to say anything to anyone."""
        found = [process for process, line in self.rig.user.processes().items() if line.startswith("snas launch")]
        expect(found, "there is no process to kill")
        for process in found:
            os.kill(process, signal.SIGKILL)
        self.code()

    def code(self):
        """The exit code, once it has ended."""
        try:
            self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise Failed(f"the search does not end\n{self.tail()}") from None
        self.watcher.join()
        return self.process.returncode

    def tail(self):
        return "\n".join("    | " + line for line in self.err.splitlines()[-25:])

    def worker_log(self, name):
        path = self.rig.user.path(f"{RUN}/workers/{name}.log")
        return path.read_text(errors="replace") if path.exists() else None


def workers(host):
    """The process numbers of the workers on a host."""
    return [process for process, line in host.processes().items() if re.match(r"\S*snas-worker .*--connect", line)]


def seconds_computed(process):
    """Processor time that a process has taken; nil once it is gone."""
    try:
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
