"""What may be wrong before a search's workers run: hosts, keys, programs, disks and the list of hosts."""

import re
import shutil
import subprocess

from checks import expect, expect_nothing_left, files_with_keys
from scenario import begin, finish, has_worker, scenario, told, write_hosts
from search import HOSTS, RUN, Search, workers

RECORDING_SSH = """\
#!/bin/sh
# ssh whose standard input is kept in a file, so that what was handed over is known.
pipe=/root/handed/$$.pipe
mkfifo "$pipe"
exec 3<&0
tee "/root/handed/$$" <&3 >"$pipe" &
exec ssh "$@" <"$pipe" 3<&-
"""


@scenario
def three_hosts(make, quiet):
    """Three hosts, four workers, an ssh that remembers the keys which it was handed, and an agent that the user's ssh forwards."""
    rig = make(["alpha", "beta", "gamma"])
    write_hosts(rig, "# three hosts", "alpha threads=1", "", "beta slots=2 threads=1   # two workers", "gamma threads=1")
    handed = rig.user.path("/root/handed")
    handed.mkdir()
    recording = rig.user.path("/root/recording-ssh")
    recording.write_text(RECORDING_SSH)
    recording.chmod(0o755)
    forwarded = subprocess.run(rig.user.inside("ssh-agent", "ssh", "alpha", "printenv SSH_AUTH_SOCK"), capture_output=True)
    expect(forwarded.stdout, "the user's own ssh does not forward the agent")
    search = Search(rig, "--hosts", HOSTS, "--ssh", "/root/recording-ssh", under=["ssh-agent"])
    search.wait_until(has_worker(rig, *rig.hosts), "a worker on each host")
    search.wait_steps(5)
    texts = [path.read_text() for path in handed.iterdir() if path.is_file()]
    shutil.rmtree(handed)
    secrets = {secret.encode() for text in texts for secret in re.findall(r'secret-key = "(.{40})"', text)}
    expect(len(secrets) >= 3, f"{len(secrets)} secret keys were handed over to three hosts")
    for host in rig.hosts.values():
        for process in workers(host):
            seen = open(f"/proc/{process}/environ", "rb").read() + open(f"/proc/{process}/cmdline", "rb").read()
            expect(not any(secret in seen for secret in secrets), f"a key in arguments or environment on {host.name}")
            expect(b"SSH_AUTH_SOCK" not in seen, f"the user's agent is forwarded to {host.name}")
    finish(rig, search, quiet, secrets, most={"alpha": 1, "beta": 2, "gamma": 1})
    for name in ("alpha", "beta", "beta-2", "gamma"):
        expect(search.worker_log(name), f"no log of {name} in the run's folder")
    # The look for keys sees one where there is one.
    rig.hosts["beta"].path("/var/planted").write_bytes(b"x" * 5000 + min(secrets))
    expect(len(files_with_keys(rig, secrets)) == 1, "a key that was planted is not found")
    return f"four workers, {len(secrets)} keys handed over, none on a disk, in arguments or in an environment"


@scenario
def unreachable(make, quiet):
    """A host whose link is down from the start does not stop the others."""
    rig = make(["alpha", "beta", "gamma"])
    rig.hosts["gamma"].link(False)
    search = begin(rig)
    finish(rig, search, quiet, most={"alpha": 1, "beta": 1, "gamma": 0})
    return told(search, "gamma", "no route to host")


@scenario
def wrong_host_key(make, quiet):
    """A host with another key than the known one is left out, and nobody is asked."""
    rig = make(["alpha", "beta", "gamma"], wrong_keys=["gamma"])
    known = rig.user.path("/root/.ssh/known_hosts").read_text()
    search = begin(rig, on_terminal=True)
    finish(rig, search, quiet, most={"alpha": 1, "beta": 1, "gamma": 0})
    expect(rig.user.path("/root/.ssh/known_hosts").read_text() == known, "the known host keys were changed")
    return told(search, "gamma is left out", "host key")


@scenario
def program_missing(make, quiet):
    """A host without the program is named and left out."""
    rig = make(["alpha", "beta"], lacking=["beta"])
    search = begin(rig)
    finish(rig, search, quiet, most={"alpha": 1, "beta": 0})
    return told(search, "beta is left out", "snas-worker")


@scenario
def program_copied(make, quiet):
    """A host without the program and without a Swift runtime gets both, in a folder that is closed to others."""
    rig = make(["alpha", "beta"], lacking=["beta"])
    finish(rig, begin(rig, "--copy"), quiet, most={"alpha": 1, "beta": 1})
    copies = [path for path in rig.hosts["beta"].written() if path.name == "snas-worker"]
    modes = [oct(path.parent.stat().st_mode & 0o777) for path in copies]
    expect(modes == ["0o700"], f"copies {copies} in folders of the modes {modes}")
    megabytes = sum(path.stat().st_size for path in copies[0].parent.iterdir()) / 1e6
    before = copies[0].stat().st_mtime_ns, copies[0].stat().st_ino
    rig.user.path(RUN).rename(rig.user.path(RUN + "-first"))
    finish(rig, begin(rig, "--copy"), quiet, most={"alpha": 1, "beta": 1})
    expect((copies[0].stat().st_mtime_ns, copies[0].stat().st_ino) == before, "what is there was copied once more")
    return f"{megabytes:.0f} MB in {copies[0].parent.name}, used again by a second search"


@scenario
def disk_full(make, quiet):
    """A host with no place for a copy says so in a sentence, and the others search on."""
    rig = make(["alpha", "beta"], lacking=["beta"], sizes={"beta": {"/home/searcher": 8}})
    search = begin(rig, "--copy")
    finish(rig, search, quiet, most={"alpha": 1, "beta": 0})
    kept = sum(path.stat().st_size for path in rig.hosts["beta"].written() if "/home/" in str(path))
    expect(kept < 65536, f"{kept} bytes of a copy that does not fit stay on the host")
    sentences = [line for line in search.err.splitlines() if "warning: beta" in line]
    expect(len(sentences) == 1, f"not one sentence of the full disk: {sentences}")
    return told(search, "beta", "are free there|no space left")


# What a file holds, and where its mistake is.
MISTAKES = [
    ("alpha slots=none\n", 1, 13),
    ("alpha\n\n  beta colour=red # no such word\n", 3, 8),
    ("alpha threads=1 threads=2\n", 1, 17),
    ("alpha\nalpha\n", 2, 1),
    ("# hosts\n-oProxyCommand=touch${IFS}/tmp/owned\n", 2, 1),
    ("alpha slots=0\n", 1, 13),
    ("alpha data=\n", 1, 12),
]
# One names a folder, and is taken for a file that is not there.
WRONG_LISTS = ["-oProxyCommand=touch${IFS}owned", "-oProxyCommand=touch${IFS}/tmp/owned", "alpha,-v", "alpha:0", "alpha:ssh", "alpha,,beta"]


@scenario
def mistakes(make, quiet):
    """Lists of hosts with mistakes are refused, a file's with line and column, before anyone is called."""
    rig = make(["alpha"])
    calls = rig.hosts["alpha"].path("/run/sshd.log").read_text()
    for text, line, column in MISTAKES:
        rig.user.path(HOSTS).write_text(text)
        search = Search(rig, "--hosts", HOSTS)
        code = search.code()
        expect(code in (65, 78), f"{text!r} ended with {code}\n{search.tail()}")
        place = re.search(rf"{HOSTS}:(\d+):(\d+): ", search.err)
        expect(place, f"{text!r} is refused without a place\n{search.tail()}")
        found = tuple(int(number) for number in place.groups())
        expect(found == (line, column), f"the mistake in {text!r} is said to be at {found}, not at {(line, column)}")
    for names in WRONG_LISTS:
        search = Search(rig, f"--hosts={names}")
        code = search.code()
        expect(code in (64, 66, 78), f"--hosts={names} ended with {code}\n{search.tail()}")
    expect(rig.hosts["alpha"].path("/run/sshd.log").read_text() == calls, "a host was called")
    expect(not any(path.name == "owned" for path in rig.user.written()), "a host's name was run as a command")
    expect(not rig.user.path(RUN).exists(), "a run's folder was made")
    expect_nothing_left(rig)
    return f"{len(MISTAKES)} files refused with line and column, {len(WRONG_LISTS)} lists refused, nobody called"
