"""Programs as service managers and container engines run them, on a machine that has neither: in a file system of their own that is
read-only but for what is mounted into it, as a user without rights, under a filter of system calls.

Used by the tests of the recipes. What starts here ends with the script, however it ends: `main` runs everything in a PID namespace.
"""
import ctypes
import fcntl
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys

from checks import Report, Skipped

libc = ctypes.CDLL(None, use_errno=True)
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXECUTION, REMOUNT, BIND, RECURSIVE = 1, 2, 4, 8, 32, 4096, 16384
SET_NO_NEW_PRIVILEGES, DROP_FROM_BOUNDING_SET = 38, 24


def mount(source, target, kind=None, flags=0, options=""):
    answer = libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags, options.encode() or None)
    if answer != 0:
        raise OSError(ctypes.get_errno(), f"mount {kind or 'bind'} at {target}: {os.strerror(ctypes.get_errno())}")


class Root:
    """A file system to run in: this machine's, with changes on top that are gone with the script."""

    def __init__(self, place):
        self.place = place
        for name in ("upper", "work", "root"):
            os.makedirs(f"{place}/{name}")
        self.path = f"{place}/root"
        try:
            mount("overlay", self.path, "overlay", 0, f"lowerdir=/,upperdir={place}/upper,workdir={place}/work")
        except OSError as error:
            raise Skipped(f"no overlay of this machine's files can be made: {error}") from error
        mount("proc", f"{self.path}/proc", "proc", NO_SUID | NO_DEVICES | NO_EXECUTION)
        for folder in ("/dev", "/sys"):
            mount(folder, f"{self.path}{folder}", None, BIND | RECURSIVE)
        self.tmpfs("/run", "mode=755")

    def tmpfs(self, path, options):
        os.makedirs(self.path + path, exist_ok=True)
        mount("tmpfs", self.path + path, "tmpfs", NO_SUID | NO_DEVICES, options)

    def bind(self, source, path, read_only=False):
        target = self.path + path
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        else:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            open(target, "a").close()
        mount(source, target, None, BIND)
        if read_only:
            self.seal(path)

    def seal(self, path="/"):
        """From here on nothing changes over this mount."""
        target = self.path if path == "/" else self.path + path
        mount("none", target, None, REMOUNT | BIND | READ_ONLY)

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.path + path), exist_ok=True)
        with open(self.path + path, "w") as file:
            file.write(text)


class CoreLimit:
    """A control group that may keep so many cores busy, as container engines make one of a limit."""

    PERIOD = 100000

    def __init__(self, cores):
        name = os.environ["SNAS_CONFINED"]
        first, second = f"/sys/fs/cgroup/cpu/{name}", f"/sys/fs/cgroup/{name}"
        self.folder = first if os.path.exists("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") else second
        quota = int(cores * self.PERIOD)
        try:
            os.makedirs(self.folder, exist_ok=True)
            if self.folder == first:
                self.put("cpu.cfs_period_us", self.PERIOD)
                self.put("cpu.cfs_quota_us", quota)
            else:
                self.put("cpu.max", f"{quota} {self.PERIOD}")
        except OSError as error:
            raise Skipped(f"no control group can be made here: {error}") from error

    def put(self, name, value):
        with open(f"{self.folder}/{name}", "w") as file:
            file.write(str(value))

    def enter(self):
        self.put("cgroup.procs", 0)

    @staticmethod
    def remove(name):
        for folder in (f"/sys/fs/cgroup/cpu/{name}", f"/sys/fs/cgroup/{name}"):
            if os.path.isdir(folder):
                os.rmdir(folder)


def start(
        root, words, user, groups=(), environment=None, filters=None, umask=0o022, files=None, limit=None, **streams):
    """Starts a program in a root as a user without rights.

    groups: of the process, the first as its own. files: how many it may have open. limit: a CoreLimit.
    """

    def confine():
        if limit:
            limit.enter()
        os.chroot(root.path)
        os.chdir("/")
        os.umask(umask)
        if files:
            # Root in a container may not raise it.
            allowed = min(files, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
        own, *others = groups or (user,)
        for number in range(64):
            libc.prctl(DROP_FROM_BOUNDING_SET, number, 0, 0, 0)
        os.setgroups(others)
        os.setresgid(own, own, own)
        os.setresuid(user, user, user)
        libc.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if filters:
            filters.load()

    child = subprocess.Popen(
        words, preexec_fn=confine, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(environment or {})},
        stdin=subprocess.DEVNULL, **streams)
    STARTED.append(child)
    return child


STARTED = []


def end_all():
    """What a check left behind must not meet the next one."""
    while STARTED:
        child = STARTED.pop()
        child.kill()
        child.wait()


def raise_loopback():
    """A new network namespace has only this device, and it is down."""
    set_flags, up, running = 0x8914, 0x1, 0x40
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, set_flags, struct.pack("16sh14x", b"lo", up | running))


def main(body, file):
    """Runs `body(report, place)` in namespaces of its own, with an empty folder that is gone afterwards; where this machine gives
    none, `place` is None."""
    if "SNAS_CONFINED" not in os.environ:
        name = f"snas-test-{os.getpid()}"
        command = ["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]
        can = os.geteuid() == 0 and shutil.which("unshare") and subprocess.run(
            command + ["true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
        if not can:
            report = Report(end_all)
            body(report, None)
            report.end()
        child = subprocess.Popen(command + [sys.executable, os.path.abspath(file)], env={**os.environ, "SNAS_CONFINED": name})
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: child.kill())
        code = child.wait()
        CoreLimit.remove(name)
        sys.exit(code)
    place = "/mnt"
    mount("tmpfs", place, "tmpfs", 0, "mode=755")
    raise_loopback()
    report = Report(end_all)
    body(report, place)
    report.end()
