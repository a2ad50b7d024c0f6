"""The first process of a host made of namespaces: gives it a root of its own, a name and an sshd, and then only waits.

Started by rig.py inside new network, mount, UTS, IPC and PID namespaces. When it ends the kernel ends everything else on the host.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time


def done(*words):
    subprocess.run([str(word) for word in words], check=True)


def enter(plan):
    """The machine's own files, read through an overlay whose writes go to memory, and nothing of its users' folders.

    plan: folder (where the overlay keeps what is written), layers (folders laid over the machine's files, the first on top),
    hidden (paths that this host has empty), sizes (path to megabytes, of file systems of their own).
    """
    base = pathlib.Path(plan["folder"])
    for name in ("upper", "work", "root"):
        (base / name).mkdir(parents=True)
    root = base / "root"
    lower = ":".join([*plan["layers"], "/"])
    done("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={base}/upper,workdir={base}/work", root)
    done("mount", "--rbind", "/sys", root / "sys")
    done("mount", "--rbind", "/dev", root / "dev")
    done("mount", "-t", "proc", "proc", root / "proc")
    for path in plan["hidden"]:
        (root / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        mode = "1777" if path in ("/tmp", "/var/tmp", "/dev/shm") else "755"
        done("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", root / path.lstrip("/"))
    for path, megabytes in plan["sizes"].items():
        (root / path.lstrip("/")).mkdir(parents=True, exist_ok=True)
        done("mount", "-t", "tmpfs", "-o", f"mode=755,size={megabytes}m", "tmpfs", root / path.lstrip("/"))
    os.chdir(root)
    done("pivot_root", ".", "mnt")
    os.chroot(".")
    os.chdir("/")
    done("umount", "-l", "/mnt")


def write(files):
    """Files by path: text, mode, and the number of the user that owns it and the folders made for it below /home and /root."""
    for path, (text, mode, owner) in files.items():
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        os.chown(path, owner, owner)
        for folder in path.parents:
            if str(folder).startswith(("/home/", "/root/")):
                os.chown(folder, owner, owner)


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    # As the process is called outside, while /proc is still the one from outside.
    print(os.readlink("/proc/self"), flush=True)
    plan = json.loads(sys.stdin.readline())
    enter(plan)
    done("hostname", plan["name"])
    write(plan["files"])
    if plan["is_server"]:
        pathlib.Path("/run/sshd").mkdir(mode=0o755)
        subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", "/etc/ssh/sshd_config", "-E", "/run/sshd.log"],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
        while not pathlib.Path("/run/sshd.pid").exists():
            time.sleep(0.01)
    print("ready", flush=True)
    while True:
        # What has lost its parent becomes a child of this process, and would stay in the table of processes.
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(0.05)


main()
