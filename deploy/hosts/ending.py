"""How a search ends before it is over, and goes on."""

import re
import time

from checks import expect, expect_no_keys, expect_nothing_left
from scenario import begin, begun, finish, scenario
from search import HOSTS, RUN, Search


@scenario
def resumed_elsewhere(make, quiet):
    """The program is killed, its address vanishes, and the same command goes on at another one."""
    rig = make(["alpha", "beta"])
    search = begun(rig, "--advertise", "10.19.0.1")
    search.wait_share(0.6, quiet)
    search.kill()
    steps = search.steps()
    rig.user.in_network("ip", "addr", "flush", "dev", "eth0")
    rig.user.in_network("ip", "addr", "add", "10.19.0.2/24", "dev", "eth0")
    search = Search(rig, "--start_or_resume", "--hosts", HOSTS, "--advertise", "10.19.0.2")
    finish(rig, search, quiet)
    return f"killed after step {steps} of {quiet.steps} at 10.19.0.1, resumed at 10.19.0.2"


@scenario
def killed_for_good(make, quiet):
    """The program is killed and nobody resumes it: workers end by themselves."""
    rig = make(["alpha", "beta"])
    search = begun(rig)
    search.kill()
    killed = time.monotonic()
    expect(search.steps() < quiet.steps, "the search was over before it was killed")
    expect_nothing_left(rig, seconds=60)
    expect_no_keys(rig)
    return f"no process left {time.monotonic() - killed:.0f} s after the program was killed"


@scenario
def control_c(make, quiet):
    """Ctrl-C on a terminal: a checkpoint, 75, no worker left; then the search goes on."""
    rig = make(["alpha", "beta"])
    search = begin(rig, on_terminal=True)
    search.wait_share(0.6, quiet)
    search.press_control_c()
    code = search.code()
    expect(code == 75, f"Ctrl-C ended it with {code}\n{search.tail()}")
    expect_nothing_left(rig)
    expect_no_keys(rig)
    for name in rig.hosts:
        expect(re.search(rf"{name} \| ", search.err), f"no line of {name}'s worker on the terminal\n{search.tail()}")
    kept = [path.name for path in rig.user.path(f"{RUN}/checkpoints").iterdir() if not path.name.startswith(".")]
    expect(kept, "no checkpoint was left")
    steps = search.steps()
    search = Search(rig, "--start_or_resume", "--hosts", HOSTS)
    finish(rig, search, quiet)
    return f"stopped after step {steps} of {quiet.steps} with {len(kept)} checkpoints, then resumed"
