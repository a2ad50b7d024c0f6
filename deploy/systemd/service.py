"""What the units start, with this script in the service manager's place: rights, filters, credentials, and the notify socket."""
import functools
import os
import shutil
import socket
import struct
import subprocess
import time

import checks
import confined
from callfilter import Comparison, Filter
from checks import text
from unit import Unit, environment

HERE = os.path.dirname(os.path.abspath(__file__))
# The instance.
NAME = "digits"
COORDINATOR, WORKER = "snas-coordinator@.service", "snas-worker@.service"
# As DynamicUser= makes one.
USER = 61234


def unit(name):
    return Unit(f"{HERE}/{name}", NAME)


class Manager:
    """The end of the notify socket that systemd holds."""

    everyone = []

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind(address)
        self.heard = []
        Manager.everyone.append(self)

    def listen(self):
        while True:
            try:
                data, notes, *_ = self.socket.recvmsg(4096, 256)
            except BlockingIOError:
                return self.heard
            sender = struct.unpack("3i", notes[0][2][:12])[0]
            self.heard += [(sender, line) for line in data.decode().split("\n")]

    def count(self, word):
        return sum(1 for _, line in self.listen() if line == word)

    def first(self, word):
        return [line for _, line in self.listen()].index(word)


def wait_until(condition, what):
    """Meanwhile the managers read: the kernel keeps few datagrams for who does not."""

    def heard_and_met():
        for manager in Manager.everyone:
            manager.listen()
        return condition()

    return checks.wait_until(heard_and_met, what)


class Service:
    """A program that a unit starts."""

    def __init__(self, name, root, place, variables, beat_seconds=0.1, abstract=False):
        self.unit = unit(name)
        self.name = name
        self.root = root
        self.log = f"{place}/{name}.{time.monotonic_ns()}"
        os.makedirs(root.path + "/run/systemd", exist_ok=True)
        number = time.monotonic_ns()
        address = f"/run/systemd/notify-{number}"
        self.manager = Manager(f"\0{address}" if abstract else root.path + address)
        if not abstract:
            os.chmod(root.path + address, 0o777)
        words = self.unit.command(variables)
        with open(f"{self.log}.out", "w") as output, open(f"{self.log}.err", "w") as notes:
            self.process = confined.start(
                root, words, user=USER, environment={
                    "NOTIFY_SOCKET": ("@" if abstract else "") + address, "WATCHDOG_USEC": str(int(2e6 * beat_seconds)),
                    "CREDENTIALS_DIRECTORY": credentials(name), "SHELL": "/bin/sh", **variables},
                filters=filters(self.unit), umask=int(self.unit["UMask"], 8), files=int(self.unit["LimitNOFILE"]),
                stdout=output, stderr=notes)

    def notes(self):
        return text(f"{self.log}.err")

    def output(self):
        return text(f"{self.log}.out")

    def says(self, word):
        wait_until(lambda: self.manager.count(word), lambda: f"{word} of {self.name}: {self.notes()}")

    def end(self):
        """Its exit code."""
        wait_until(lambda: self.process.poll() is not None, lambda: f"the end of {self.name}: {self.notes()}")
        return self.process.returncode


def credentials(name):
    return f"/run/credentials/{name.replace('@', '@' + NAME)}"


def load_credentials(root, name, folder):
    """As LoadCredential= does: files of mode 0400 in a file system without swap that nobody can write to."""
    id_, source = unit(name)["LoadCredential"].split(":")
    assert unit(name).named(source) == folder, source
    place = root.path + credentials(name)
    os.makedirs(place)
    confined.mount("ramfs", place, "ramfs", confined.NO_SUID | confined.NO_DEVICES | confined.NO_EXECUTION, "mode=0500")
    for path, _, files in os.walk(root.path + folder):
        for file in files:
            below = os.path.relpath(f"{path}/{file}", root.path + folder).replace("/", "_")
            shutil.copy(f"{path}/{file}", f"{place}/{id_}_{below}")
            os.chmod(f"{place}/{id_}_{below}", 0o400)
            os.chown(f"{place}/{id_}_{below}", USER, 0)
    os.chown(place, USER, 0)
    root.seal(credentials(name))


def filters(of):
    """What the unit refuses, as systemd's filters refuse it."""
    filter_ = Filter()
    permission, none, family = 1, 38, 97
    write, execute = 2, 4
    equal, masked = filter_.EQUAL, filter_.MASKED_EQUAL
    families = {getattr(socket, name) for name in of["RestrictAddressFamilies"].split()}
    filter_.refuse_where(
        family, "socket", *(Comparison(0, equal, number, 0) for number in range(64) if number not in families))
    if of["RestrictNamespaces"] == "yes":
        for call in ("unshare", "setns"):
            filter_.refuse_where(permission, call)
        filter_.refuse_where(none, "clone3")
    if of["RestrictRealtime"] == "yes":
        realtime = (os.SCHED_FIFO, os.SCHED_RR, 6)
        filter_.refuse_where(
            permission, "sched_setscheduler", *(Comparison(1, equal, policy, 0) for policy in realtime))
    if "MemoryDenyWriteExecute" in of:
        filter_.refuse_where(permission, "mmap", Comparison(2, masked, write | execute, write | execute))
        for call in ("mprotect", "pkey_mprotect"):
            filter_.refuse_where(permission, call, Comparison(2, masked, execute, execute))
    allowed = set()
    for line in of.all("SystemCallFilter"):
        calls = {call for group in line.lstrip("~").split() for call in calls_of(group)}
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    assert of["SystemCallErrorNumber"] == "EPERM"
    filter_.allow_only(allowed, permission)
    return filter_


@functools.cache
def calls_of(group):
    if not group.startswith("@"):
        return {group}
    lines = subprocess.run(
        ["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True).stdout.splitlines()
    words = {line.strip() for line in lines[1:] if line.strip() and not line.strip().startswith("#")}
    return {call for word in words for call in calls_of(word)}


class Host:
    """This machine as the units expect it, in a root of its own."""

    def __init__(self, place, programs, configuration):
        self.place = place
        self.root = confined.Root(f"{place}/host")
        etc = f"{self.root.path}/etc/snas/{NAME}"
        os.makedirs(etc)
        subprocess.run(
            [f"{programs}/snas", "keygen", "--out", f"{etc}/keys", "--worker", "here"], check=True, capture_output=True)
        shutil.copytree(f"{etc}/keys/here", f"{etc}/keys/worker")
        shutil.copy(configuration, f"{etc}/search.yaml")
        for program in ("snas", "snas-worker"):
            self.root.bind(f"{programs}/{program}", f"/usr/bin/{program}", read_only=True)
        self.root.tmpfs("/tmp", "mode=1777")
        for path in (f"/var/lib/snas/{NAME}", f"/var/cache/snas/{NAME}"):
            self.root.tmpfs(path, f"mode=700,uid={USER},gid={USER}")
        for name, folder in ((COORDINATOR, "coordinator"), (WORKER, "worker")):
            load_credentials(self.root, name, f"/etc/snas/{NAME}/keys/{folder}")
        self.root.seal()
        self.run = f"{self.root.path}/var/lib/snas/{NAME}"

    def coordinator(self, flags, **more):
        variables = environment(f"{HERE}/coordinator.env.example")
        variables["SNAS_FLAGS"] = flags
        return Service(COORDINATOR, self.root, self.place, variables, **more)

    def worker(self, **more):
        variables = environment(f"{HERE}/worker.env.example")
        variables["SNAS_COORDINATOR"] = "tcp://127.0.0.1:5577"
        return Service(WORKER, self.root, self.place, {**variables, "SNAS_FLAGS": "--threads 1"}, **more)

    def steps(self):
        return text(f"{self.run}/journal.jsonl").count("\n")

    def clear(self):
        for name in os.listdir(self.run):
            path = f"{self.run}/{name}"
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
