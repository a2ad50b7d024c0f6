"""Tests the units: what systemd's own tools say of them, that their exit codes are those that snas documents, and the real programs
started by the units' own words, rights and filters, with this script in the service manager's place."""
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.dirname(HERE))
sys.path.insert(0, HERE)
import confined  # noqa: E402
from checks import Skipped, programs, text  # noqa: E402
from service import COORDINATOR, NAME, USER, WORKER, Host, Manager, filters, unit, wait_until  # noqa: E402
from unit import seconds  # noqa: E402

UNITS = (COORDINATOR, WORKER)
# Codes that say what would be so next time too, and those after which another try may fare better.
PERMANENT = {64, 65, 66, 70, 76, 77, 78}
PASSING = {69, 71, 73, 74, 75, 130, 143}
# As systemd-analyze counts it, ten times what it prints: what is left are the network and this machine's files, read-only.
EXPOSURE = 16
# A worker computes this for seconds before there is anything to say.
LONG_ROUNDS = "--init_channels 32 --layers 3 --batch_size 720 --shards 1 --epochs 1 --max_steps 3 --warmup 0"
SMALL = ("--init_channels 4 --layers 3 --batch_size 40 --shards 5 --warmup 0 --seed 5 --every_epochs 100 --networks derived "
         "--recalibration_images 64")
STEPS = 60
FEW = f"{SMALL} --epochs 2 --max_steps {STEPS}"
ENDLESS = f"{SMALL} --epochs 100000 --max_steps 100000"


# What is read.


def verified():
    if not shutil.which("systemd-analyze"):
        raise Skipped("no systemd-analyze")
    # Its exit code is 0 for settings that it does not know; it says so.
    outcome = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(f"{HERE}/{name}" for name in UNITS)], capture_output=True, text=True,
        check=False)
    assert outcome.returncode == 0 and not outcome.stdout and not outcome.stderr, outcome.stdout + outcome.stderr


def exposure(name):
    if not shutil.which("systemd-analyze"):
        raise Skipped("no systemd-analyze")
    outcome = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={EXPOSURE}", "--no-pager", f"{HERE}/{name}"],
        capture_output=True, text=True, check=False, env={**os.environ, "SYSTEMD_EMOJI": "0"})
    last = (outcome.stdout.strip().splitlines() or [""])[-1]
    assert outcome.returncode == 0 and "exposure level" in last, outcome.stdout + outcome.stderr
    return last.split(": ")[-1]


def documented_codes():
    page = subprocess.run([f"{PROGRAMS}/snas", "man"], capture_output=True, text=True, check=True).stdout
    section = page.split(".SH EXIT STATUS\n")[1].split(".SH ")[0]
    return {int(code) for code in re.findall(r"^\.TP\n(\d+)$", section, re.MULTILINE)}


def codes():
    known = documented_codes()
    assert known == PERMANENT | PASSING | {0}, f"snas documents {sorted(known)}"
    for name in UNITS:
        of = unit(name)
        assert of.codes("RestartPreventExitStatus") == PERMANENT, name
        # 75 is no failure when systemd was asked to stop it, and begins again when it was not.
        assert of.codes("SuccessExitStatus") == of.codes("RestartForceExitStatus") == {75}, name
        assert of["Restart"] == "on-failure", name


def setting(name):
    lines = subprocess.run([f"{PROGRAMS}/snas", "settings"], capture_output=True, text=True, check=True).stdout
    return float(re.search(rf"^cluster\.{name} = ([\d.]+)", lines, re.MULTILINE)[1])


def stop_time():
    drain = setting("drain_limit_s")
    for name in UNITS:
        assert seconds(unit(name)["TimeoutStopSec"]) >= (drain + 20 if name == COORDINATOR else 20), name
    return f"{drain:.0f} s for the step, {seconds(unit(COORDINATOR)['TimeoutStopSec'])} s in all"


# What is run.


def directories():
    """Where the programs may write is what systemd makes for them."""
    assert unit(COORDINATOR).named(unit(COORDINATOR)["StateDirectory"]) == f"snas/{NAME}"
    assert unit(WORKER).named(unit(WORKER)["CacheDirectory"]) == f"snas/{NAME}"
    for name in UNITS:
        assert unit(name)["DynamicUser"] == "yes" and unit(name)["ProtectSystem"] == "strict", name


def lives(host):
    """From the first start to the end of a search, with a stop between."""
    worker = host.worker(abstract=True)
    worker.says("READY=1")
    worker.says("WATCHDOG=1")
    assert any(line.startswith("STATUS=dialling tcp://127.0.0.1:5577") for _, line in worker.manager.listen())
    coordinator = host.coordinator(FEW)
    for service in (coordinator, worker):
        service.says("READY=1")
        service.says("WATCHDOG=1")
        assert service.manager.first("READY=1") == 0, service.manager.heard
    wait_until(lambda: host.steps() >= 3, lambda: coordinator.notes() + worker.notes())
    coordinator.process.send_signal(signal.SIGTERM)
    coordinator.says("STOPPING=1")
    assert coordinator.end() == 75, coordinator.notes()
    worker.says("STOPPING=1")
    assert worker.end() == 75, worker.notes()
    done = host.steps()
    assert done < STEPS, "it was stopped in the middle"
    # Both codes begin the services again.
    coordinator, worker = host.coordinator(FEW), host.worker()
    assert coordinator.end() == 0 and worker.end() == 0, coordinator.notes() + worker.notes()
    assert "goes on with run" in coordinator.notes() and host.steps() == STEPS, coordinator.notes()
    fingerprint = re.search("^fingerprint = ([0-9a-f]{64})$", coordinator.output(), re.MULTILINE)[1]
    # A machine that starts again, with its units enabled.
    again = host.coordinator(FEW)
    assert again.end() == 0 and fingerprint in again.output(), again.notes()
    assert again.manager.count("READY=1") == 1, "systemd takes a start without this word for failed"
    quiet = subprocess.run(
        [f"{PROGRAMS}/snas", "local", "--config", f"{PROJECT}/configs/quick.yaml", "--workers", "1", "--threads", "1",
         "--run", f"{host.place}/quiet", *FEW.split()], capture_output=True, text=True, check=True).stdout
    assert f"fingerprint = {fingerprint}" in quiet, "as of a search that nothing interrupts"
    cached = os.listdir(f"{host.root.path}/var/cache/snas/{NAME}")
    assert len(cached) == 1, cached
    return f"stopped after {done} of {STEPS} steps, fingerprint {fingerprint[:8]}"


def beats(host):
    """A round takes far longer than the time between two beats."""
    host.clear()
    coordinator, worker = host.coordinator(LONG_ROUNDS), host.worker()
    wait_until(lambda: "is ready" in coordinator.notes(), coordinator.notes)
    before = worker.manager.count("WATCHDOG=1")
    wait_until(lambda: host.steps() >= 1, lambda: coordinator.notes() + worker.notes())
    during = worker.manager.count("WATCHDOG=1") - before
    assert during >= 3, f"{during} beats in a round"
    silences = [silence(service) for service in (worker, coordinator)]
    worker.process.send_signal(signal.SIGTERM)
    worker.says("STOPPING=1")
    assert worker.end() == 75, worker.notes()
    coordinator.process.send_signal(signal.SIGTERM)
    coordinator.says("STOPPING=1")
    assert coordinator.end() == 75, coordinator.notes()
    return f"{during} in a round, {' and '.join(silences)}"


def silence(service):
    """Holds up the thread of a process that its loop runs on, and no other."""
    seize, interrupt, let_go, stopped = 0x4206, 0x4207, 17, 0x40000000
    ptrace = confined.libc.ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    process = service.process.pid
    if ptrace(seize, process, None, None) != 0:
        raise Skipped("no thread can be held up here")
    assert ptrace(interrupt, process, None, None) == 0
    os.waitpid(process, stopped)
    threads = len(os.listdir(f"/proc/{process}/task"))
    service.manager.listen()
    before = service.manager.count("WATCHDOG=1")
    time.sleep(0.5)
    during = service.manager.count("WATCHDOG=1") - before
    ptrace(let_go, process, None, None)
    assert during == 0, f"{during} beats of {service.name} while its loop hung"
    wait_until(lambda: service.manager.count("WATCHDOG=1") > before, "beats again")
    return f"none while one thread of {threads} hung"


def children(host):
    """snas local starts workers, which are not the service."""
    address = f"{host.place}/local"
    manager = Manager(address)
    search = subprocess.Popen(
        [f"{PROGRAMS}/snas", "local", "--workers", "2", "--threads", "1", "--run", f"{host.place}/many", *ENDLESS.split()],
        env={**os.environ, "NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    confined.STARTED.append(search)
    wait_until(lambda: text(f"{host.place}/many/journal.jsonl").count("\n") >= 3, "steps")
    workers = text(f"/proc/{search.pid}/task/{search.pid}/children").split()
    for process in workers:
        with open(f"/proc/{process}/environ") as file:
            variables = file.read().split("\0")
        assert not [name for name in variables if name.startswith(("NOTIFY_", "WATCHDOG_"))], variables
    search.send_signal(signal.SIGTERM)
    wait_until(lambda: search.poll() is not None, "the end of snas local")
    assert search.returncode == 75, search.returncode
    senders = {sender for sender, _ in manager.listen()}
    assert len(workers) == 2 and senders == {search.pid}, f"{senders}, {search.pid} and {workers}"
    counts = {word: manager.count(word) for word in ("READY=1", "STOPPING=1", "WATCHDOG=1")}
    assert counts["READY=1"] == counts["STOPPING=1"] == 1 < counts["WATCHDOG=1"], counts


def refused(host):
    """What the filters are for: a program that needs what they refuse fails here."""
    probe = (
        "import mmap, os, socket\n"
        "def refused(call, *words):\n"
        "    try: call(*words)\n"
        "    except OSError as error: return error.errno\n"
        "    return 0\n"
        "print(refused(open, '/etc/x', 'w'), refused(open, '/var/lib/snas/x', 'w'), refused(os.nice, 1),\n"
        "      refused(socket.socket, socket.AF_VSOCK), refused(os.chroot, '/tmp'),\n"
        "      refused(mmap.mmap, -1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC))\n")
    found = {}
    for name in UNITS:
        child = confined.start(
            host.root, ["python3", "-c", probe], user=USER, filters=filters(unit(name)), stdout=subprocess.PIPE, text=True)
        found[name] = child.communicate()[0].split()
    read_only, denied, family = "30", "1", "97"
    assert found[COORDINATOR] == [read_only, read_only, denied, family, denied, denied], found
    # libtorch writes machine code.
    assert found[WORKER] == [read_only, read_only, denied, family, denied, "0"], found


def body(report, place):
    report.check("systemd-analyze verify says nothing of the units", verified)
    for name in UNITS:
        report.check(f"{name} is exposed to {EXPOSURE / 10} at most", exposure, name)
    report.check("The units restart by the exit codes that snas documents", codes)
    report.check("A service is stopped with time for its step and its checkpoint", stop_time)
    report.check("What the programs write is in folders that systemd makes", directories)
    host = []

    def made(check):
        if place is None:
            raise Skipped("no namespaces here, or not root")
        if not shutil.which("systemd-analyze"):
            raise Skipped("no systemd-analyze, which knows the groups of system calls")
        if not host:
            host.append(Host(place, PROGRAMS, f"{PROJECT}/configs/quick.yaml"))
        return check(host[0])

    for sentence, check in (
        ("The filters refuse what the units say", refused),
        ("Started by its unit, confined as it says, each is ready, watched, stopped with 75, begun again and at its end", lives),
        ("Beats go on through long rounds, and stop when the loop hangs", beats),
        ("Workers that snas starts say nothing to its service manager", children),
    ):
        report.check(sentence, made, check)


PROGRAMS = programs(PROJECT)
confined.main(body, __file__)
