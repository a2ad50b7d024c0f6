"""test.py FOLDER: a search by FOLDER's programs is killed twice and goes on; what the tensorboard package then reads is what an undisturbed
search wrote and what metrics.jsonl says. Prints a line for each thing that was shown; ends with 1 where one is not so."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import numpy
from tensorboard.backend.event_processing.event_accumulator import HISTOGRAMS, SCALARS, EventAccumulator

PROGRAM = f"{sys.argv[1]}/snas"
SETTINGS = (
    "--init_channels 4 --layers 3 --batch_size 40 --shards 5 --epochs 4 --train_portion 0.5 --recalibration_images 64"
    " --evaluation_images 64 --evaluation_draws 1 --arch_learning_rate 0.05 --warmup 0.25 --checkpoint_interval_s 0.2"
).split()
WORKERS = ["--workers", "1", "--threads", "1"]
PATIENCE_S = 300


def shown(sentence):
    print(sentence, flush=True)


def wrong(sentence):
    sys.exit(f"wrong: {sentence}")


def start(words):
    # A group of its own: what it starts dies with it.
    return subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(words):
    child = start(words)
    out, notes = child.communicate(timeout=PATIENCE_S)
    if child.returncode != 0:
        wrong(f"{words[0]} ended with {child.returncode}: {notes}")
    return next(line for line in out.splitlines() if line.startswith("fingerprint"))


def lines(run):
    """Of the metrics, those that are whole."""
    told = []
    for line in (run / "metrics.jsonl").read_text().splitlines() if (run / "metrics.jsonl").exists() else []:
        try:
            told.append(json.loads(line))
        except json.JSONDecodeError:
            pass
    return told


def kill_at(child, run, kind, count):
    """Kills a search, workers and all, when its metrics have so many lines of a kind."""
    end = time.monotonic() + PATIENCE_S
    while sum(line["kind"] == kind for line in lines(run)) < count:
        if child.poll() is not None or time.monotonic() > end:
            wrong(f"the search ended before its {count}. {kind}: {child.stderr.read()}")
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()


def reader(run):
    read = EventAccumulator(str(run / "tensorboard"), size_guidance={SCALARS: 0, HISTOGRAMS: 0})
    read.Reload()
    return read


def points(read):
    told = {tag: [(event.step, event.value) for event in read.Scalars(tag)] for tag in read.Tags()["scalars"]}
    told |= {
        tag: [(event.step, tuple(event.histogram_value.bucket_limit), tuple(event.histogram_value.bucket)) for event in read.Histograms(tag)]
        for tag in read.Tags()["histograms"]
    }
    for tag, values in told.items():
        steps = [value[0] for value in values]
        if steps != sorted(set(steps)):
            wrong(f"{tag} has points twice or out of order: {steps}")
    return told


def single(value):
    return float(numpy.float32(value))


def compare(told, metrics):
    steps = [line for line in metrics if line["kind"] == "step"]
    epochs = [line for line in metrics if line["kind"] == "epoch"]
    expected = {
        "iter_train_loss": [(line["step"], single(line["loss"])) for line in steps],
        "iter_train_top1_acc": [(line["step"], single(100 * line["accuracy"])) for line in steps],
        "iter_learning_rate": [(line["step"], single(line["learning_rate"])) for line in steps],
        "iter_temp": [(line["step"], single(line["temperature"])) for line in steps],
        "epoch_train_acc": [(line["epoch"], single(100 * line["train_accuracy"])) for line in epochs],
        "epoch_valid_acc": [(line["epoch"], single(100 * line["soft"]["accuracy"])) for line in epochs],
        "epoch_valid_acc_argmax_alpha": [(line["epoch"], single(100 * line["derived"]["accuracy"])) for line in epochs],
    }
    last = [max(line["step"] for line in steps if line["epoch"] == epoch["epoch"]) for epoch in epochs]
    expected["total_arch_entropy"] = [(step, single(line["entropy"])) for step, line in zip(last, epochs)]
    expected["iter_valid_loss"] = [(step, single(line["soft"]["loss"])) for step, line in zip(last, epochs)]
    for tag, values in expected.items():
        if told.get(tag) != values:
            wrong(f"{tag} is {told.get(tag)}, metrics.jsonl has {values}")
    shown(f"{len(expected)} tags have metrics.jsonl's figures: {len(steps)} steps, {len(epochs)} epochs")
    if not (numpy.isclose(told["normal_arch_entropy"][0][1] + told["reduce_arch_entropy"][0][1], told["total_arch_entropy"][0][1])):
        wrong("the cells' entropies are not the whole one")
    return epochs


def compare_histograms(read, epochs):
    for kind in ("normal", "reduce"):
        events = read.Histograms(f"{kind}_probabilities")
        for event, epoch in zip(events, epochs, strict=True):
            values = [value for edge in epoch["probabilities"][kind] for value in edge.values()]
            spread = event.histogram_value
            if (event.step, spread.num, sum(spread.bucket)) != (epoch["epoch"], len(values), len(values)):
                wrong(f"the histogram of {kind} has {spread.num} values at epoch {event.step}")
            if not numpy.allclose([spread.min, spread.max, spread.sum], [min(values), max(values), sum(values)], atol=1e-4):
                wrong(f"the histogram of {kind} at epoch {event.step} is not of alpha's probabilities")
    shown("each epoch has a histogram a cell, of all its edges' probabilities")


with tempfile.TemporaryDirectory(prefix="snas-tensorboard-") as folder:
    quiet, run, branch = (pathlib.Path(folder) / name for name in ("quiet", "run", "branch"))
    fingerprint = finish(["local", *WORKERS, "--run", str(quiet), *SETTINGS])
    read = reader(quiet)
    undisturbed = points(read)
    compare_histograms(read, compare(undisturbed, lines(quiet)))

    child = start(["local", *WORKERS, "--run", str(run), *SETTINGS])
    kill_at(child, run, "step", 8)
    child = start(["resume", str(run), *WORKERS])
    kill_at(child, run, "epoch", 2)
    watching = reader(run)
    points(watching)
    if finish(["resume", str(run), *WORKERS]) != fingerprint:
        wrong("the search that was killed has other bits")
    told = points(reader(run))
    if told != undisturbed:
        wrong(f"the search that was killed twice has other points: {told} instead of {undisturbed}")
    shown(f"killed twice, a search has each of its {sum(map(len, told.values()))} points once, as if it had not been")
    watching.Reload()
    if points(watching) != undisturbed:
        wrong("who watched from before the resume sees other points")
    shown("whoever watched all the time sees the same")

    finish(["resume", str(quiet), "--from_epoch", "2", "--run", str(branch), *WORKERS, "--arch_learning_rate", "0.01"])
    told = points(reader(branch))
    compare(told, lines(branch))
    shared = {tag: [value for value in values if tag.startswith("epoch_") and value[0] < 2] for tag, values in told.items()}
    if any(value not in undisturbed[tag] for tag, values in shared.items() for value in values):
        wrong("a run that goes on from another one's epoch has other points before it")
    shown("a run that begins at another one's epoch has that one's points before it")

    sizes = sum(file.stat().st_size for file in (quiet / "tensorboard").iterdir())
    count = len([line for line in lines(quiet) if line["kind"] == "step"])
    shown(f"{sizes} bytes for {count} steps and 4 epochs; metrics.jsonl has {(quiet / 'metrics.jsonl').stat().st_size}")
