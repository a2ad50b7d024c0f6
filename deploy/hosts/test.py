"""Runs the scenarios of starting.py, failing.py and ending.py, inside namespaces that test-hosts.sh makes.

    test.py PROGRAMS SERVER PROJECT [quick | NAME...]

PROGRAMS: the folder with snas and snas-worker; SERVER: a folder whose usr/ has sshd where the machine has none.
"""

import pathlib
import shutil
import signal
import subprocess
import sys
import time
import traceback

from checks import Failed
from rig import MEMORY, Rig, done
from scenario import SCENARIOS
from search import Quiet

# Each puts its scenarios on the list.
import starting  # noqa: F401, I001
import failing  # noqa: F401
import ending  # noqa: F401

# Long enough to be disturbed, and as short as that allows.
EPOCHS, QUICK_EPOCHS = 12, 6
QUICK = ["mistakes", "ssh_cut"]


def swift_libraries(program):
    """The libraries of the Swift runtime that a program needs, and the folder of the toolchain that they come from."""
    found = {}
    for line in done("ldd", program, capture_output=True).stdout.splitlines():
        words = line.split()
        if len(words) > 2 and "/lib/swift/" in words[2]:
            found[pathlib.Path(words[2])] = words[2].split("/usr/lib/swift/")[0]
    return found


def lay_out(programs, server):
    """Puts the programs with their runtime, and the server, into layers for hosts. The answer: layers, and the toolchain's folders."""
    folder = MEMORY / "programs/usr/local/bin"
    folder.mkdir(parents=True)
    toolchains = set()
    for name in ("snas", "snas-worker"):
        shutil.copy2(programs / name, folder)
        for library, toolchain in swift_libraries(programs / name).items():
            shutil.copy2(library, folder)
            toolchains.add(toolchain)
    shutil.copytree(server, MEMORY / "server", symlinks=True)
    return {"programs": str(MEMORY / "programs"), "server": str(MEMORY / "server")}, sorted(toolchains)


def main():
    programs, server, project = (pathlib.Path(word) for word in sys.argv[1:4])
    chosen = sys.argv[4:]
    is_quick = chosen == ["quick"]
    names = QUICK if is_quick else chosen or list(SCENARIOS)
    for name in names:
        if name not in SCENARIOS:
            sys.exit(f"there is no scenario {name}; there are {', '.join(SCENARIOS)}")
    # What is told to end ends with all that it started; children take signals as they find them.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    done("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", MEMORY)
    layers, toolchains = lay_out(programs, server)
    hidden = [str(project), *toolchains]
    settings = ["--epochs", str(QUICK_EPOCHS if is_quick else EPOCHS)]
    quiet = Quiet(programs, project / "configs/quick.yaml", settings)
    failed = 0
    for name in names:
        failed += not passes(name, layers, hidden, quiet)
    print(f"passed {len(names) - failed}, failed {failed}, skipped 0")
    sys.exit(1 if failed else 0)


def passes(name, layers, hidden, quiet):
    begin = time.monotonic()
    with Rig(layers, hidden) as rig:
        def make(names, lacking=(), sizes=None, wrong_keys=()):
            rig.add(names, lacking, sizes)
            rig.add_user(quiet.configuration, quiet.settings, wrong_keys)
            return rig
        try:
            seen = SCENARIOS[name](make, quiet)
            print(f"passed {name} ({time.monotonic() - begin:.1f} s): {seen}", flush=True)
            return True
        except (Failed, OSError, subprocess.CalledProcessError) as problem:
            print(f"FAILED {name} ({time.monotonic() - begin:.1f} s): {problem}", flush=True)
            if not isinstance(problem, Failed):
                traceback.print_exc()
            return False


main()
