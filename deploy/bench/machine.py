"""What a figure depends on beside the program: the machine, the versions, the day."""

import datetime
import os
import re
import subprocess
import time


def said(words):
    """The output of a command, or nothing where it cannot be run."""
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


def found(pattern, text, missing="unknown"):
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(1).strip() if match else missing


def instruction_set(processor):
    flags = found(r"^flags\s*:(.*)$", processor, "").split()
    return next((name for flag, name in [("avx512f", "AVX-512"), ("avx2", "AVX2")] if flag in flags), "neither AVX2 nor AVX-512")


def busy_share(seconds=1.0):
    """Of all cores, while nothing is measured: what others take. The load average would still count a build that has ended."""
    def ticks():
        with open("/proc/stat") as file:
            values = [int(word) for word in file.readline().split()[1:9]]
        return sum(values), values[3] + values[4]

    all_before, idle_before = ticks()
    time.sleep(seconds)
    all_after, idle_after = ticks()
    return 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def facts(snas):
    with open("/proc/cpuinfo") as file:
        processor = file.read()
    with open("/proc/meminfo") as file:
        memory_kb = int(found(r"^MemTotal:\s*(\d+)", file.read(), "0"))
    return {
        "processor": found(r"^model name\s*:(.*)$", processor), "instruction_set": instruction_set(processor),
        "cores": len(os.sched_getaffinity(0)), "memory_gb": round(memory_kb / 1048576),
        "swift": found(r"Swift version (\S+)", said(["swift", "--version"])),
        "snas": found(r"^snas (\S+)", said([snas, "--version"])),
        "commit": said(["git", "rev-parse", "--short", "HEAD"]).strip() or "unknown",
        "changed": bool(said(["git", "status", "--porcelain", "--", "Sources", "Package.swift"]).strip()),
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "busy_before": round(busy_share(), 2),
    }
