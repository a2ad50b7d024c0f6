"""A Slurm cluster of this machine alone: Debian's munged, slurmctld and a slurmd for each node, in a folder of their own.

Nothing of it outlives `stop`, and nothing outside the folder is read or written. As root, since slurmd wants to be."""

import ctypes
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

CONFIGURATION = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser=root
AuthType=auth/munge
# Without it a job that is requeued waits two minutes, until all that was signed for it has expired.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerParameters=sched_interval=1,sched_min_interval=100000,bf_interval=1
ReturnToService=2
KillWait=10
MinJobAge=600
SlurmdParameters=config_overrides
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def free_port():
    """A TCP port of the loopback that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(what, question, seconds=300, pause=0.05):
    """The first answer of `question` that means yes; it is asked again and again, for at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds} s")


def adopt():
    """Processes whose parents end become this one's children, and so can be reaped: PR_SET_CHILD_SUBREAPER."""
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)


class Cluster:
    """Nodes `n1`, `n2`, ... of this machine."""

    def __init__(self, nodes, cpus):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="snas-slurm-"))
        self.nodes = [f"n{number}" for number in range(1, nodes + 1)]
        self.daemons = []
        lines = [f"NodeName={node} NodeHostname={socket.gethostname()} NodeAddr=127.0.0.1 Port={free_port()} CPUs={cpus}"
                 for node in self.nodes]
        text = CONFIGURATION.format(host=socket.gethostname(), folder=self.folder, controller_port=free_port(),
                                    nodes="\n".join(lines))
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "state").mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        # slurmstepd and all that it starts have it too, which is how `left` knows them.
        self.environment = {**os.environ, "SLURM_CONF": f"{self.folder}/slurm.conf"}
        try:
            self.start()
        except BaseException:
            self.stop()
            raise

    def start(self):
        """Daemons in the foreground, so that each is a child that can be ended."""
        file = self.folder
        self.daemon("/usr/sbin/munged", "--force", "--foreground", f"--key-file={file}/munge.key", f"--socket={file}/munge.socket",
                    f"--pid-file={file}/munged.pid", f"--log-file={file}/munged.log", f"--seed-file={file}/munged.seed")
        until("munged's socket", (file / "munge.socket").exists)
        self.daemon("/usr/sbin/slurmctld", "-D", "-c")
        for node in self.nodes:
            self.daemon("/usr/sbin/slurmd", "-D", "-N", node)
        until("idle nodes", lambda: self.command("sinfo", "-h", "-N", "-o", "%t", check=False).split() == ["idle"] * len(self.nodes))

    def daemon(self, *words):
        output = open(self.folder / f"daemon-{len(self.daemons)}-{pathlib.Path(words[0]).name}.log", "wb")
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL, stdout=output,
                                             stderr=subprocess.STDOUT, start_new_session=True))
        output.close()

    def command(self, *words, check=True, **environment):
        """What one of Slurm's commands prints."""
        done = subprocess.run(words, env={**self.environment, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, cwd=self.folder)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, words))}: {done.returncode}: {done.stderr}")
        return done.stdout

    def job(self, number):
        """Slurm's fields of a job."""
        text = self.command("scontrol", "show", "job", "-o", str(number))
        return dict(field.split("=", 1) for field in text.split() if "=" in field)

    def steps(self, job, name):
        """The steps of a job that run a program, as `12.3`."""
        lines = self.command("squeue", "--steps", "-h", "-j", str(job), "-o", "%i %j").splitlines()
        return [line.split()[0] for line in lines if line.split()[1:] == [name]]

    def left(self):
        """Processes that are of this cluster or were started by it, with what they are; none of our own daemons."""
        own = {daemon.pid for daemon in self.daemons} | {os.getpid()}
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) in own:
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                if str(self.folder).encode() in command + (entry / "environ").read_bytes():
                    found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()
            except OSError:
                continue
        return found

    @staticmethod
    def reap():
        """What daemons that are gone have left to this process, where it adopts such (`adopt`)."""
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass

    def stop(self):
        """Ends everything.

        Returns what had to be killed."""
        if self.daemons:
            try:
                self.command("scancel", "--user=root", check=False)
                until("jobs' ends", lambda: not self.command("squeue", "-h", check=False).strip(), 30)
            except Exception:  # noqa: BLE001 - what is left is killed below
                pass
        # slurmd first: it would start anew what it is told to.
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(15)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        self.daemons = []
        killed = {}
        for _ in range(50):
            self.reap()
            if not self.left():
                break
            time.sleep(0.1)
        for process, command in self.left().items():
            killed[process] = command
            os.kill(process, signal.SIGKILL)
        self.reap()
        shutil.rmtree(self.folder, ignore_errors=True)
        return killed
