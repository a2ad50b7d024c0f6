"""Times steps of one form of a rival in PyTorch and prints one line of JSON; when it cannot be had, why.

A form is a memory layout, how the processor is used (threads of one process, or processes side by side, whose rates add up), and how
the batch is cut: as ours into parts, whose gradients add up and whose batch norms see one part each, or not at all."""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
import warnings


def parsed(words):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=["step", "retrain", "space"])
    parser.add_argument("--layout", choices=["contiguous", "channels_last"], default="contiguous")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of all processes together")
    parser.add_argument("--processes", type=int, default=1, help="side by side, which share threads and batch")
    parser.add_argument("--batch_size", type=int, help="images of a step; as ours where nothing is said")
    parser.add_argument("--parts", type=int, default=1, help="of the batch")
    parser.add_argument("--init_channels", type=int)
    parser.add_argument("--layers", type=int)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--compile", choices=["no", "cells", "whole"], default="no")
    parser.add_argument("--multiply_adds", type=float, help="of one image forward; counted here where nothing is said")
    parser.add_argument("--peak_gflops_per_thread", type=float, help="of this machine, all threads at work: gives floor_share")
    parser.add_argument("--one_of_several", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    # A process for each part at most; with more threads than parts every process has one part.
    options.parts_each = max(1, options.parts // options.processes)
    options.threads_each = max(1, options.threads // options.processes)
    return options


def measured(options):
    """Rates and facts of one process. As one of several it says when it is ready and waits until all are."""
    import torch
    from training import NETWORKS, Training, multiply_adds

    torch.set_num_threads(options.threads_each)
    torch.manual_seed(0)
    kind = NETWORKS[options.workload]
    default = kind.DEFAULTS
    batch = options.batch_size or default["batch_size"]
    channels = options.init_channels or default["init_channels"]
    layers = options.layers or default["layers"]
    network = kind(channels, layers)
    counted = multiply_adds(network)
    if options.compile != "no" and not hasattr(torch, "compile"):
        raise RuntimeError("this version has no torch.compile")
    training = Training(network, options.layout, options.parts_each, max(1, batch // options.parts), options.compile)
    warm_up_seconds = training.warm_up()
    if options.one_of_several:
        print("ready", flush=True)
        sys.stdin.readline()
    images = sum(len(labels) for _, labels in training.parts)
    if options.compile == "no":
        rates, beside = [images / training.step() for _ in range(options.steps)], {}
    else:
        rates, beside = beside_eager(training, images, options.steps)
    return beside | {
        "images_per_second": statistics.median(rates), "images_per_second_min": min(rates),
        "images_per_second_max": max(rates),
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "steps": options.steps,
        "threads": options.threads, "processes": options.processes, "batch_size": batch, "parts": options.parts,
        "images_each_part": max(1, batch // options.parts),
        "layout": options.layout, "compile": options.compile, "warm_up_seconds": warm_up_seconds,
        "init_channels": channels, "layers": layers, "multiply_adds": counted,
        "weights": sum(parameter.numel() for parameter in training.weights), "torch": torch.__version__,
        "processor_capability": capability(torch), "mkldnn": torch.backends.mkldnn.is_available(),
    }


def beside_eager(training, images, steps):
    """Rates of a compiled network, and how they compare with steps of the same network that is not compiled, in turns with its own."""
    import torch

    rates, ratios = [], []
    with torch.compiler.set_stance("force_eager"):
        training.warm_up()
    for _ in range(steps):
        with torch.compiler.set_stance("force_eager"):
            eager = training.step()
        compiled = training.step()
        rates.append(images / compiled)
        ratios.append(eager / compiled)
    return rates, {"times_eager": statistics.median(ratios), "times_eager_min": min(ratios), "times_eager_max": max(ratios)}


def capability(torch):
    """What the library itself uses of the processor; oneDNN chooses by itself."""
    if hasattr(torch.backends, "cpu"):
        return torch.backends.cpu.get_cpu_capability()
    return next((line.split(": ")[1] for line in torch.__config__.show().splitlines() if "CPU capability" in line), "unknown")


def side_by_side(words, options):
    """Each process has its own weights and waits for none, which is better than a rival that shares them could do."""
    environment = dict(os.environ, OMP_NUM_THREADS=str(options.threads_each))
    children = [
        subprocess.Popen([sys.executable, __file__, *words, "--one_of_several"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                         text=True, env=environment)
        for _ in range(options.processes)
    ]
    try:
        for child in children:
            word = child.stdout.readline().strip()
            if word != "ready":
                raise RuntimeError(json.loads(word)["failure"] if word.startswith("{") else "a process ended before its first step")
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        results = [json.loads(child.stdout.readline()) for child in children]
    finally:
        for child in children:
            if child.poll() is None:
                child.stdin.close()
                try:
                    child.wait(timeout=20)
                except subprocess.TimeoutExpired:
                    child.kill()
    sums = ["images_per_second", "images_per_second_min", "images_per_second_max", "peak_rss_mb"]
    return {**results[0], **{key: sum(result[key] for result in results) for key in sums}}


def with_floor(result, options):
    """The share of a step that its arithmetic would take at the peak: forward, and backward as two forwards."""
    if not options.peak_gflops_per_thread:
        return result
    work = 2 * 3 * (options.multiply_adds or result["multiply_adds"])
    peak = options.peak_gflops_per_thread * 1e9 * options.threads
    for end in ["", "_min", "_max"]:
        result[f"floor_share{end}"] = result[f"images_per_second{end}"] * work / peak
    return result


def main(words):
    options = parsed(words)
    warnings.filterwarnings("ignore")
    begun = time.monotonic()
    try:
        result = side_by_side(words, options) if options.processes > 1 and not options.one_of_several else measured(options)
    except Exception as error:  # A form that fails is a result too, and the others go on.
        said = str(error).strip().splitlines() or [type(error).__name__]
        result = {"failure": said[0][:300], "failed_after_seconds": time.monotonic() - begun, "layout": options.layout, "compile": options.compile, "threads": options.threads,
                  "processes": options.processes, "parts": options.parts}
        print(json.dumps(result), flush=True)
        return 1
    print(json.dumps(result if options.one_of_several else with_floor(result, options)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
