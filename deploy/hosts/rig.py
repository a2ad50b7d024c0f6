"""Hosts made of namespaces: each has a network, mounts, a name and processes of its own, and an sshd with keys of its own.

To be used inside network, mount and PID namespaces of the rig's own (test-hosts.sh makes them): nothing of the machine's network
is touched, and the kernel ends and unmounts everything when the rig's first process ends, however it ends.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess

# In the rig's own mount namespace: files in memory.
MEMORY = pathlib.Path("/mnt")
BRIDGE = "hosts"
# Whom ssh logs in as on a host, and who owns what is theirs.
ACCOUNT, ACCOUNT_NUMBER = "searcher", 2000
HOME = f"/home/{ACCOUNT}"
# What each host and the user's side have of their own, empty at the beginning.
OWN = ["/root", "/home", "/tmp", "/run", "/var/tmp", "/dev/shm"]
SERVER = """\
Port 22
HostKey /etc/ssh/rig_host_key
PidFile /run/sshd.pid
UsePAM no
AuthenticationMethods publickey
PermitRootLogin no
AllowAgentForwarding yes
ClientAliveInterval 5
ClientAliveCountMax 3
LogLevel VERBOSE
"""


def done(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, text=True, **options)


def key_pair(path):
    done("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", path)
    return path.read_text(), path.with_name(path.name + ".pub").read_text()


class Host:
    """One host; `number` is the last part of its address, its name that of its link outside."""

    def __init__(self, name, number, files, layers, hidden, sizes, is_server):
        self.is_up = True
        self.name, self.address = name, f"10.19.0.{number}"
        self.folder = MEMORY / "hosts" / name
        self.link_name = f"v{number}"
        self.process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--propagation", "private",
             "python3", str(pathlib.Path(__file__).with_name("host.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = int(self.process.stdout.readline())
        self.pid_namespace = os.readlink(f"/proc/{self.pid}/ns/pid")
        plan = {"name": name, "folder": str(self.folder), "layers": layers, "hidden": hidden, "sizes": sizes, "files": files,
                "is_server": is_server}
        self.process.stdin.write(json.dumps(plan) + "\n")
        self.process.stdin.flush()
        self.join_network()

    def join_network(self):
        done("ip", "link", "add", self.link_name, "type", "veth", "peer", "name", "eth0", "netns", self.pid)
        done("ip", "link", "set", self.link_name, "master", BRIDGE, "up")
        self.in_network("ip", "link", "set", "lo", "up")
        self.in_network("ip", "addr", "add", self.address + "/24", "dev", "eth0")
        self.in_network("ip", "link", "set", "eth0", "up")

    def wait_ready(self):
        if self.process.stdout.readline() != "ready\n":
            raise RuntimeError(f"the host {self.name} does not start")

    def in_network(self, *words):
        done("nsenter", f"--net=/proc/{self.pid}/ns/net", *words)

    def link(self, is_up):
        """Plugs the host's cable in, or pulls it."""
        done("ip", "link", "set", self.link_name, "up" if is_up else "down")

    def inside(self, *words):
        """The words of a command that runs on the host, as root, in a session of its own."""
        return ["nsenter", "--target", str(self.pid), "--all", "env", "-i", "HOME=/root", "LANG=C.UTF-8",
                "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "setsid", "--wait", *[str(word) for word in words]]

    def path(self, inside):
        """Where a file of the host is found from outside."""
        return pathlib.Path(f"/proc/{self.pid}/root{inside}")

    def processes(self):
        """Process numbers outside and command lines of what runs here beside the first process and the listening sshd."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == self.pid:
                continue
            with contextlib.suppress(OSError):
                if os.readlink(entry / "ns/pid") == self.pid_namespace:
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                    # A process that has ended and was not waited for yet has no command line.
                    if line and "[listener]" not in line:
                        found[int(entry.name)] = line
        return found

    def written(self):
        """Every file that was written on the host since it began: what lies over the machine's own files, and all in memory."""
        folders = {self.folder / "upper"}
        for line in pathlib.Path(f"/proc/{self.pid}/mountinfo").read_text().splitlines():
            place, kind = line.split()[4], line.split(" - ")[1].split()[0]
            if kind == "tmpfs" and not place.startswith("/sys"):
                folders.add(self.path(place))
        for folder in folders:
            for parent, _, names in os.walk(folder):
                for name in names:
                    path = pathlib.Path(parent) / name
                    if path.is_file() and not path.is_symlink():
                        yield path

    def end(self):
        """Cuts the host's power: its first process takes all others along."""
        if self.is_up:
            self.is_up = False
            os.kill(self.pid, signal.SIGTERM)
            self.process.wait()
            # The kernel removes it too, at a moment of its own.
            subprocess.run(["ip", "link", "del", self.link_name], stderr=subprocess.DEVNULL)


class Rig:
    """The user's side and hosts, on one network. Hosts do not see the folders of `hidden`; the user's side does."""

    def __init__(self, layers, hidden):
        self.layers, self.hidden, self.hosts = layers, hidden, {}
        self.keys = MEMORY / "keys"
        self.keys.mkdir()
        self.user_key = key_pair(self.keys / "user")
        self.user = None

    def __enter__(self):
        done("ip", "link", "add", BRIDGE, "type", "bridge")
        done("ip", "link", "set", BRIDGE, "up")
        return self

    def __exit__(self, *_):
        for host in [*self.hosts.values(), self.user]:
            if host:
                host.end()
        done("ip", "link", "del", BRIDGE)
        shutil.rmtree(MEMORY / "hosts", ignore_errors=True)
        shutil.rmtree(self.keys)

    def add(self, names, lacking=(), sizes=None):
        """Hosts of these names; those of `lacking` have no program of ours, `sizes` gives a host's small file systems."""
        passwd = pathlib.Path("/etc/passwd").read_text()
        if "\nsshd:" not in passwd:
            passwd += "sshd:x:2001:2001::/run/sshd:/usr/sbin/nologin\n"
        passwd += f"{ACCOUNT}:x:{ACCOUNT_NUMBER}:{ACCOUNT_NUMBER}::{HOME}:/bin/sh\n"
        for number, name in enumerate(names, len(self.hosts) + 11):
            secret, public = key_pair(self.keys / name)
            files = {"/etc/passwd": (passwd, 0o644, 0), "/etc/ssh/sshd_config": (SERVER, 0o644, 0),
                     "/etc/ssh/rig_host_key": (secret, 0o600, 0), "/etc/ssh/rig_host_key.pub": (public, 0o644, 0),
                     f"{HOME}/.ssh/authorized_keys": (self.user_key[1], 0o600, ACCOUNT_NUMBER)}
            layers = [self.layers["server"]] + ([] if name in lacking else [self.layers["programs"]])
            self.hosts[name] = Host(name, number, files, layers, [*OWN, *self.hidden], (sizes or {}).get(name, {}), True)
        for name in names:
            self.hosts[name].wait_ready()

    def add_user(self, configuration, settings, wrong_keys=()):
        """The user's side, with what ssh needs for every host there is; `wrong_keys` names hosts whose key it believes to be another."""
        self.settings = ["--config", "/root/search.yaml", *settings]
        known, names = [], ["127.0.0.1 localhost"]
        for name, host in self.hosts.items():
            public = self.user_key[1] if name in wrong_keys else (self.keys / f"{name}.pub").read_text()
            known.append(f"{name},{host.address} {' '.join(public.split()[:2])}")
            names.append(f"{host.address} {name}")
        files = {"/root/.ssh/id_ed25519": (self.user_key[0], 0o600, 0), "/root/.ssh/known_hosts": ("\n".join([*known, ""]), 0o644, 0),
                 "/root/.ssh/config": (f"User {ACCOUNT}\nForwardAgent yes\n", 0o600, 0),
                 "/etc/hosts": ("\n".join([*names, ""]), 0o644, 0), "/root/search.yaml": (configuration.read_text(), 0o644, 0)}
        self.user = Host("desk", 1, files, [self.layers["programs"]], OWN, {}, False)
        self.user.in_network("ip", "addr", "add", "10.19.0.2/24", "dev", "eth0")
        self.user.wait_ready()
