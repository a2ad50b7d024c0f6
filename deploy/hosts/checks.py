"""What a search across hosts must come to: the bits of a quiet one, no process left, no key on a disk."""

import re
import time

# Longer than anything takes that works, on a machine that is busy with other things.
PATIENCE_S = 240


# As a key's file has it.
SECRET = re.compile(rb'secret-key\s*=\s*".{40}"')


class Failed(Exception):
    """What a scenario showed to be wrong."""


def expect(condition, sentence):
    if not condition:
        raise Failed(sentence)


def wait_until(condition, what, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, f"{what}: not within {seconds} s")
        time.sleep(0.05)


def fingerprint(text):
    found = re.search(r"^fingerprint = ([0-9a-f]{64})\s*$", text, re.MULTILINE)
    return found.group(1) if found else None


def expect_same_bits(search, quiet):
    """The three lines of the result are those of the search that nobody disturbed."""
    code = search.code()
    expect(code == 0, f"the search ended with {code}\n{search.tail()}")
    expect(fingerprint(search.out), f"no fingerprint in the result:\n{search.out}")
    expect(search.out == quiet.result, f"another result than the quiet search's:\n{search.out}\nagainst\n{quiet.result}")


def expect_nothing_left(rig, seconds=120):
    """Of everything that was started no process is left, on no host and not on the user's side."""
    def left():
        return {host.name: lines for host in [*rig.hosts.values(), rig.user] if host.is_up and (lines := host.processes())}
    try:
        wait_until(lambda: not left(), "no process left", seconds)
    except Failed as late:
        raise Failed(f"{late}: {left()}") from None


def files_with_keys(rig, secrets=()):
    """Files on hosts and on the user's side that hold one of the secrets or any secret key, or are called as key files are."""
    found = []
    for host in [*rig.hosts.values(), rig.user]:
        for path in host.written() if host.is_up else ():
            content = path.read_bytes()
            if path.suffix == ".key" or SECRET.search(content) or any(secret in content for secret in secrets):
                found.append(f"{host.name}: {path}")
    return found


def expect_no_keys(rig, secrets=()):
    found = files_with_keys(rig, secrets)
    expect(not found, f"keys on disks: {found}")
