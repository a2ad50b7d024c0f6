"""test.py FOLDER WORKER [quick]: runs of FOLDER's programs, and of the same with WORKER, which was built against another libtorch, have the same
bits. Prints a line for each; ends with 1 where one is not so."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

QUICK = "quick" in sys.argv[3:]
PATIENCE_S = 1800
SMALL = (
    "--init_channels 4 --layers 3 --batch_size 40 --shards 5 --epochs 2 --warmup 0.5 --arch_learning_rate 0.05"
    " --recalibration_images 64 --evaluation_images 64"
).split()
WORKERS = ["--workers", "1", "--threads", "1"]
DRAWS = ["--evaluation_draws", "2"]
SEARCHES = {
    "SNAS, drop path": ["--drop_path_prob", "0.3", *DRAWS],
    "SNAS, operations below a floor left out": ["--skip_below", "0.01", *DRAWS],
    "DARTS, second order": ["--search", "darts", "--unrolled", "true", "--train_portion", "0.5"],
    "GDAS": ["--search", "gdas", "--train_portion", "0.5", *DRAWS],
    "DSNAS": ["--search", "dsnas", "--early_fixing", "0.3", *DRAWS],
    "ENAS": ["--search", "enas", "--children", "3", "--train_portion", "0.5", *DRAWS],
    "NAS-Bench-201's space": ["--space", "nas_bench_201", *DRAWS],
}
RETRAININGS = {
    "DARTS_V2, auxiliary head, drop path, smoothed labels": [
        "--genotype", "DARTS_V2", "--auxiliary", "true", "--drop_path_prob", "0.2", "--label_smoothing", "0.1",
    ],
    "SNAS, all edges, batch norm behind pools": ["--genotype", "SNAS_mild_edge_all", "--pool_batch_norm", "true"],
    "a cell of NAS-Bench-201": [
        "--genotype", "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|skip_connect~2|",
        "--auxiliary", "false", "--label_smoothing", "0.1",
    ],
}
RETRAINING = (
    "--init_channels 6 --layers 3 --epochs 1 --batch_size 40 --shards 5 --train_portion 1 --cutout false"
).split()


class Wrong(Exception):
    pass


def finish(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise Wrong(f"{pathlib.Path(words[0]).name} {words[1]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def fingerprint(output):
    return next(line.split(" = ")[1] for line in output.splitlines() if line.startswith("fingerprint"))


def both(programs, make):
    """What each of the programs makes, side by side."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first, second = list(pool.map(make, programs))
    if first != second:
        raise Wrong(f"{first} and {second}")
    return first


def searched(programs, folder, words):
    def run(program):
        return fingerprint(finish(program / "snas", "local", *words, *WORKERS, "--run", folder / program.name))

    return f"fingerprint {both(programs, run)[:16]}"


def retrained(programs, folder, words):
    """Fingerprint, and everything that an evaluation says of the test images."""

    def run(program):
        place = folder / program.name
        found = fingerprint(finish(program / "snas", "retrain", *words, *RETRAINING, *WORKERS, "--run", place))
        told = json.loads(finish(program / "snas", "evaluate", "--run", place, *WORKERS, "--json"))
        told.pop("run", None)
        return found, told

    found, told = both(programs, run)
    return f"fingerprint {found[:16]}, test loss {told['loss']:.6f}, top-1 {100 * told['top1']['accuracy']:.2f} %"


def mixed(programs, folder, words):
    """A worker of each in one search: both are admitted, both compute, and the bits are those of either alone."""
    alone = fingerprint(finish(programs[0] / "snas", "local", *words, *WORKERS, "--run", folder / "alone"))
    place = f"ipc://{folder}/socket"
    workers = [
        subprocess.Popen([program / "snas-worker", "--connect", place, "--threads", "1"], stderr=subprocess.PIPE, text=True)
        for program in programs
    ]
    try:
        together = fingerprint(
            finish(programs[0] / "snas", "coordinator", *words, "--min_workers", "2", "--bind", place, "--run", folder / "both"))
        said = [worker.communicate(timeout=60)[1] for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
    codes = [worker.returncode for worker in workers]
    if codes != [0, 0]:
        raise Wrong(f"workers ended with {codes}: {said}")
    if together != alone:
        raise Wrong(f"{together}, alone {alone}")
    return f"fingerprint {together[:16]}"


def main():
    folder, worker = (pathlib.Path(word) for word in sys.argv[1:3])
    with tempfile.TemporaryDirectory(prefix="snas-libtorch.", dir="/tmp") as scratch:
        scratch = pathlib.Path(scratch)
        programs = []
        for name, source in (("one", folder / "snas-worker"), ("other", worker)):
            place = scratch / name
            place.mkdir()
            shutil.copy(folder / "snas", place / "snas")
            shutil.copy(source, place / "snas-worker")
            for library in folder.glob("libswift*.so"):
                os.symlink(library, place / library.name)
            programs.append(place)
        versions = [
            next(line for line in finish(program / "snas-worker", "version").splitlines() if "libtorch" in line) for program in programs
        ]
        if versions[0] == versions[1]:
            sys.exit(f"both workers have {versions[0]}")
        for version in versions:
            print(version)
        checks = [(name, searched, SMALL + words) for name, words in SEARCHES.items()]
        checks += [(name, retrained, words) for name, words in RETRAININGS.items()]
        checks.append(("a worker of each in one search", mixed, SMALL))
        if not QUICK:
            checks.insert(0, ("the quick search", searched, ["--config", "configs/quick.yaml"]))
        failures = 0
        for number, (name, check, words) in enumerate(checks):
            place = scratch / f"run-{number}"
            place.mkdir()
            try:
                print(f"{name}: {check(programs, place, words)}", flush=True)
            except (Wrong, subprocess.TimeoutExpired) as error:
                failures += 1
                print(f"{name}: DIFFERS: {error}", flush=True)
        print(f"{len(checks) - failures} of {len(checks)} have the same bits")
        return 1 if failures else 0


sys.exit(main())
