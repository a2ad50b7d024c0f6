"""What the batch scripts decide by exit codes, tried without Slurm: programs of the same names stand in for srun, scontrol, snas and
snas-worker, and write down what they were called with."""

import concurrent.futures
import os
import pathlib
import signal
import subprocess
import tempfile

from cluster import until

HERE = pathlib.Path(__file__).resolve().parent

# Codes come from a file, a line for each call; where none is left it runs until it is asked to end.
SRUN = """\
#!/bin/sh
case "$*" in *snas-worker*) who=worker ;; *) who=coordinator ;; esac
echo "$who $*" >>"$FAKES/calls"
code=$(sed -n 1p "$FAKES/$who.codes")
sed -i 1d "$FAKES/$who.codes"
if [ -n "$code" ]; then exit "$code"; fi
trap 'kill $!; exit 75' USR1
sleep 30 &
echo $$ >"$FAKES/$who.runs"
wait $!
exit 99
"""
SCONTROL = """\
#!/bin/sh
case "$1" in
hostnames) ;;
show) echo "$FAKE_NODES" | tr ' ' '\\n' ;;
requeue) echo "requeue $2" >>"$FAKES/calls"; kill -TERM "$PPID" ;;
esac
"""
SNAS = """\
#!/bin/sh
mkdir -p "$3/coordinator" && touch "$3/coordinator/secret.key"
echo "keygen $*" >>"$FAKES/calls"
"""


class Fakes:
    """A folder with the stand-ins, and the calls that they saw."""

    def __init__(self, folder, coordinator=(), worker=()):
        self.folder = pathlib.Path(folder)
        for name, text in {"srun": SRUN, "scontrol": SCONTROL, "snas": SNAS, "snas-worker": "#!/bin/sh\n"}.items():
            (self.folder / name).write_text(text)
            (self.folder / name).chmod(0o755)
        (self.folder / "calls").write_text("")
        (self.folder / "coordinator.codes").write_text("".join(f"{code}\n" for code in coordinator))
        (self.folder / "worker.codes").write_text("".join(f"{code}\n" for code in worker))

    def begin(self, script, *words, nodes="n1", **environment):
        """The script as Slurm starts it."""
        return subprocess.Popen(
            ["sh", HERE / script, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=open(self.folder / "output", "w"),
            stderr=subprocess.STDOUT, env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "FAKES": str(self.folder), "SNAS": str(self.folder),
                            "SLURM_JOB_ID": "7", "SLURM_JOB_NODELIST": nodes, "SLURM_JOB_NUM_NODES": str(len(nodes.split())),
                            "SLURMD_NODENAME": "n1", "FAKE_NODES": nodes, "SNAS_RESTARTS": "2", **environment})

    def calls(self, what):
        """What begins with this word."""
        return [line for line in (self.folder / "calls").read_text().splitlines() if line.split()[0] == what]


def ended(process):
    """Its exit code; it is ended where it does not end by itself."""
    try:
        return process.wait(120)
    finally:
        process.kill()


def ends(script, code, *words, requeues, coordinator=(), worker=(), calls=None, **environment):
    """The script ends with a code after so many requeues, and after so many calls of coordinator or worker where that is asked."""
    with tempfile.TemporaryDirectory(prefix="snas-decisions-") as folder:
        fakes = Fakes(folder, coordinator, worker)
        process = fakes.begin(script, *words, **environment)
        ended(process)
        output = (fakes.folder / "output").read_text()
        told = f"{script} {words} {coordinator} {worker}: {process.returncode}: {output} {(fakes.folder / 'calls').read_text()}"
        assert process.returncode == code, told
        assert len(fakes.calls("requeue")) == requeues, told
        for name, count in (calls or {}).items():
            assert len(fakes.calls(name)) == count, told


def asked_to_end(script, who, words, number, requeues):
    """A signal in mid-run: Slurm's warning requeues the job, the end of the job does not."""
    with tempfile.TemporaryDirectory(prefix="snas-decisions-") as folder:
        fakes = Fakes(folder)
        process = fakes.begin(script, *words)
        runs = until(f"a {who}", lambda: (fakes.folder / f"{who}.runs").exists() and (fakes.folder / f"{who}.runs").read_text())
        # A cancelled job's steps are told by Slurm, a warned one's by the script.
        process.send_signal(number)
        if number == signal.SIGTERM:
            os.kill(int(runs), signal.SIGUSR1)
        told = f"{script} {number}: {ended(process)}: {(fakes.folder / 'output').read_text()}"
        assert process.returncode == 75 and len(fakes.calls("requeue")) == requeues, told


def decisions(*_):
    """each exit code of coordinator and worker: done, requeued, started again, a node left out"""
    search, late = "search.sbatch", "workers.sbatch"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        tries = []

        def check(*words, **named):
            tries.append(pool.submit(ends, *words, **named))

        # Killed, lost, or another one has the lease for a moment: again within the job.
        check(search, 0, coordinator=[137, 0], requeues=0, calls={"coordinator": 2})
        check(search, 0, coordinator=[73, 0], requeues=0, calls={"coordinator": 2})
        check(search, 137, coordinator=[137, 137], requeues=0, calls={"coordinator": 2}, SNAS_RESTARTS="1")
        check(late, 0, "run", worker=[75, 0], requeues=0, calls={"worker": 2})
        for code in (0, 64, 65, 66, 70, 71, 74, 76, 77, 78):
            check(search, code, coordinator=[code], requeues=0, calls={"coordinator": 1})
        check(search, 75, coordinator=[75], requeues=1, calls={"coordinator": 1})
        check(search, 75, coordinator=[75], requeues=0, SNAS_REQUEUES="3", SLURM_RESTART_COUNT="3")
        for code in (64, 65, 66, 70, 76, 77, 78):
            # The only node is left out: the coordinator is asked to end, and the reason is the job's.
            check(search, code, worker=[code], requeues=0, calls={"coordinator": 1, "worker": 1})
            check(late, code, "run", worker=[code], requeues=0, calls={"worker": 1})
        check(late, 69, "run", worker=[69], requeues=0, calls={"worker": 1})
        check(late, 64, requeues=0, calls={"worker": 0})
        for script, who, words in ((search, "coordinator", ()), (late, "worker", ("run",))):
            for number, requeues in ((signal.SIGUSR1, 1), (signal.SIGTERM, 0)):
                tries.append(pool.submit(asked_to_end, script, who, words, number, requeues))
        for each in tries:
            each.result()
