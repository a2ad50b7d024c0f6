"""test.py FOLDER quick|full: runs of seconds by FOLDER's programs, a shard or several of each traced and checked with PyTorch; then damaged
traces, which the check has to refuse. Prints a line for each; ends with 1 where one is not so."""

import concurrent.futures
import contextlib
import io
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy

import check as checker

HERE = pathlib.Path(__file__).parent
PROGRAM = f"{sys.argv[1]}/snas"
PATIENCE_S = 600

# Of all runs: two shards of six images, nothing is held out unless a case says so.
SMALL = {
    "data": "digits", "workers": 1, "threads": 1, "seed": 2, "init_channels": 4, "layers": 3, "batch_size": 12, "shards": 2, "max_steps": 2,
    "train_portion": 1,
}
# Alpha moves from the first step on.
SEARCH = SMALL | {"epochs": 2, "warmup": 0, "recalibration_images": 64}
BILEVEL = SEARCH | {"train_portion": 0.6, "search_portion": 0.4}
POLICY = SEARCH | {"search": "enas", "train_portion": 0.5, "choosing_portion": 0.02}
# Drop path begins in the second epoch: an epoch is one batch of a tenth of the 1,500 images.
RETRAIN = SMALL | {"epochs": 2, "drop_path_prob": 0.4, "train_portion": 0.1, "batch_size": 150, "shards": 15}

RAGGED = """
nodes: 2
normal: {0-2: [none, skip_connect, conv_7x1_1x7], 1-2: [sep_conv_7x7, nor_conv_3x3], 0-3: [none], others: [noise, max_pool_3x3, nor_conv_1x1]}
reduce: {0-2: [max_pool_3x3, skip_connect], others: [skip_connect, dil_conv_3x3, noise]}
output: {normal: last_node, reduce: concatenation}
"""
OLD_CELL = (
    "Genotype(normal=[('conv_7x1_1x7', 0), ('max_pool_3x3', 1), ('sep_conv_7x7', 0), ('skip_connect', 2), ('none', 0), ('avg_pool_3x3', 1)],"
    " normal_concat=[2, 3, 4], reduce=[('conv_7x1_1x7', 0), ('sep_conv_7x7', 1), ('noise', 0), ('skip_connect', 1)], reduce_concat=[2, 3])"
)
STAGED_CELL = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|nor_conv_3x3~2|"

# Name: settings, and of which step, round (None: the one that steps the weights) and shard traces are taken. With a genotype it is a
# retraining.
QUICK = {
    "snas": (SEARCH | {"parameterless_dropout": 0.5}, [(1, None, 1)]),
    "darts-unrolled": (BILEVEL | {"search": "darts", "unrolled": "true"}, [(1, 1, 0)]),
    "gdas": (BILEVEL | {"search": "gdas"}, [(1, 0, 1)]),
    "dsnas": (SEARCH | {"search": "dsnas"}, [(1, None, 1)]),
    "enas": (POLICY, [(1, 0, 3)]),
    "retraining": (RETRAIN | {"genotype": "DARTS_V2", "cutout": "true", "cutout_length": 4}, [(1, None, 7)]),
}
MORE = {
    "darts": (BILEVEL | {"search": "darts"}, [(0, 0, 0), (1, 0, 1), (1, 1, 0)]),
    "darts-five-rounds": (BILEVEL | {"search": "darts", "unrolled": "true"}, [(1, round, 1) for round in range(5)]),
    "gdas-weights": (BILEVEL | {"search": "gdas"}, [(1, 1, 0)]),
    "enas-weights": (POLICY, [(1, 1, 1)]),
    "dsnas-fixed": (SEARCH | {"search": "dsnas", "early_fixing": 0.01}, [(0, 0, 0), (1, 0, 1)]),
    "snas-cold": (SEARCH | {"temp": 0.03}, [(0, 0, 0), (1, 0, 1)]),
    "snas-floored": (SEARCH | {"temp": 0.3, "skip_below": 0.02}, [(0, 0, 0), (1, 0, 1)]),
    "snas-evaluated": (SEARCH | {"train_portion": 0.9, "evaluation_draws": 1, "max_steps": 1}, [(0, round, 0) for round in range(1, 9)]),
    "fbnet": (
        BILEVEL | {"level": "bilevel", "resource": "flops", "resource_form": "product", "resource_lambda": 0.2},
        [(0, 0, 0), (1, 1, 1)],
    ),
    "mnasnet": (POLICY | {"reward": "soft", "target_flops": "20M"}, [(1, 0, 1), (1, 1, 0)]),
    "nas-bench-201": (SEARCH | {"space": "nas_bench_201"}, [(1, 0, 0)]),
    "nas-bench-201-gdas": (BILEVEL | {"space": "nas_bench_201", "search": "gdas"}, [(1, 0, 0), (1, 1, 1)]),
    "s1": (SEARCH | {"space": "s1"}, [(1, 0, 1)]),
    "s4": (SEARCH | {"space": "s4"}, [(1, 0, 1)]),
    "ragged": (SEARCH | {"space": "ragged.yaml"}, [(1, 0, 1)]),
    "auxiliary-skip": (SEARCH | {"auxiliary_skip": "true", "operations": "none,sep_conv_3x3,max_pool_3x3"}, [(1, 0, 0)]),
    "retraining-smooth": (
        RETRAIN | {"genotype": "SNAS_moderate_edge_all", "label_smoothing": 0.1, "pool_batch_norm": "true", "auxiliary": "false"},
        [(0, 0, 0), (1, 0, 1)],
    ),
    "retraining-old": (RETRAIN | {"genotype": OLD_CELL, "cutout": "false"}, [(1, 0, 1)]),
    "retraining-staged": (RETRAIN | {"genotype": STAGED_CELL, "cutout": "false"}, [(1, 0, 1)]),
    "retraining-evaluated": (
        RETRAIN | {"genotype": "DARTS_V1", "train_portion": 0.9, "max_steps": 10}, [(8, 1, 0), (8, 1, 2)],
    ),
}


# Of which cases what is damaged; nothing said: a tensor of each sort.
DAMAGED = {
    "dsnas": [], "snas": ["noise", "temperature", "operation_drop"], "fbnet": ["loss_factor"], "s4": ["noise_operation"],
    "retraining-evaluated": [],
}


def run(words):
    outcome = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if outcome.returncode != 0:
        sys.exit(f"wrong: {' '.join(map(str, words))} ended with {outcome.returncode}:\n{outcome.stdout}{outcome.stderr}")
    return outcome.stdout


def begins(settings, folder, name):
    """The command that makes a case's run."""
    words = ["retrain" if "genotype" in settings else "local", "--run", folder / name]
    for key, value in settings.items():
        words += [f"--{key}", str(folder / value if value == "ragged.yaml" else value)]
    return [PROGRAM, *words]


def traced(folder, name, settings, shards):
    """A case's run, and of it the files of its shards."""
    run(begins(settings, folder, name))
    files = []
    for step, number, shard in shards:
        files.append(folder / f"{name}.{step}.{number}.{shard}.safetensors")
        chosen = [] if number is None else ["--round", str(number)]
        words = ["trace", "--run", folder / name, "--step", str(step), "--shard", str(shard), "--threads", "1"]
        run([PROGRAM, *words, *chosen, "--out", files[-1]])
    return files


def traces(folder, cases):
    """The files of all cases, as many at once as there are processors."""
    (folder / "ragged.yaml").write_text(RAGGED)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = [pool.submit(traced, folder, name, *case) for name, case in cases.items()]
        return [file for one in asked for file in one.result()]


def damaged(file, name, target):
    """The file with the largest entry of one tensor made a tenth larger."""
    data = bytearray(file.read_bytes())
    (length,) = struct.unpack("<Q", data[:8])
    first, last = json.loads(data[8 : 8 + length])[name]["data_offsets"]
    values = numpy.frombuffer(bytes(data[8 + length + first : 8 + length + last]), "<f4").copy()
    place = numpy.abs(values).argmax()
    values[place] = values[place] * 1.1 + 0.01
    data[8 + length + first : 8 + length + last] = values.tobytes()
    target.write_bytes(data)
    return target


def names(file):
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return [name for name in json.loads(data[8 : 8 + length]) if name != "__metadata__"]


def refused(files, wanted, words=()):
    """What the check says of files that it ends with this code at."""
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        code = checker.main(["--quiet", *words, *map(str, files)])
    if code != wanted:
        sys.exit(f"wrong: the check ends with {code}, not {wanted}:\n{told.getvalue()}")
    return told.getvalue()


def refuse_damage(folder, file, sorts):
    """One tensor of each sort damaged: none of the files may pass."""
    first = {}
    for name in names(file):
        first.setdefault(name.split(".")[0], name)
    # A larger noise chooses what the largest has chosen, and what completes a sum to 48 bits is too small to show.
    wanted = sorts or [sort for sort in first if not sort.startswith("noise")]
    files = [damaged(file, first[sort], folder / f"damaged.{sort}.safetensors") for sort in wanted]
    told = refused(files, 1, ["--strict"])
    if f"\n0 of {len(files)} agree" not in told:
        sys.exit(f"wrong: a damaged trace passes:\n{told}")
    print(f"{file.stem}: refused with one damaged tensor of {', '.join(wanted)} each")


def refuse_unreadable(folder, file):
    data = file.read_bytes()
    short = folder / "short.safetensors"
    for cut in (data[:-4], data[:4], b"\xff" * 8 + data[8:], data[:8] + b"[" + data[9:], data.replace(b"snas-trace-1", b"snas-trace-0")):
        short.write_bytes(cut)
        refused([short], 2)
    print("a trace cut short, without a header, with a header that lies or is none, and of another format cannot be read")


def main():
    with tempfile.TemporaryDirectory(prefix="snas-trace-") as name:
        folder = pathlib.Path(name)
        files = traces(folder, QUICK if sys.argv[2] == "quick" else QUICK | MORE)
        told = run([sys.executable, HERE / "check.py", "--quiet", *files])
        sys.stdout.write(told.replace(f"{folder}/", ""))
        by_name = {file.name.split(".")[0]: file for file in reversed(files)}
        for name, sorts in DAMAGED.items():
            if name in by_name:
                refuse_damage(folder, by_name[name], sorts)
        refuse_unreadable(folder, by_name["dsnas"])


if __name__ == "__main__":
    main()
