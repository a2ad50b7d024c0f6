"""Images a second of a search and of a retraining on a device, by snas and by PyTorch, in turns; a line of JSON for each.

Ours are whole runs, a coordinator and one worker over a socket, on images of no meaning: what a step takes is in the run's metrics, and the
first steps do not count. PyTorch takes the batch at once (batch norms see all of it), which is the least work, and cut into the same
shards. --device cpu tries all of it at the size of toys."""

import argparse
import json
import pathlib
import random
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
BATCH_FILES = 5
WARM_UP_STEPS = 3
# Settings of snas, and what of them the rivals take. As deploy/bench/turns.py has them.
WORKLOADS = {
    "step": {"batch_size": 64, "shards": 8, "init_channels": 16, "layers": 8},
    "retrain": {"batch_size": 96, "shards": 8, "init_channels": 36, "layers": 20},
}
TINY = {"batch_size": 16, "shards": 4, "init_channels": 4, "layers": 3}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snas", required=True, help="the programs' folder")
    parser.add_argument("--device", required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="for data and runs")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    if options.device == "cpu":
        options.steps, options.turns = 5, 1
    return options


def write_images(folder, count):
    """CIFAR-10's binary layout; a label and the pixels of each image, drawn."""
    folder.mkdir()
    generator = random.Random(1)
    for name in [f"data_batch_{number + 1}.bin" for number in range(BATCH_FILES)] + ["test_batch.bin"]:
        records = (bytes([place % 10]) + generator.randbytes(3 * 32 * 32) for place in range(count))
        (folder / name).write_bytes(b"".join(records))


def ours(options, workload, group, number):
    """Medians over the steps of a run. `group`: shards that are computed as one batch."""
    sizes = TINY if options.device == "cpu" else WORKLOADS[workload]
    run = options.folder / f"run-{number}"
    endpoint = f"ipc://{options.folder}/{number}"
    words = [f"{options.snas}/snas"]
    words += ["coordinator", "--warmup", "0"] if workload == "step" else ["retrain", "--genotype", "DARTS_V2"]
    words += ["--bind", endpoint, "--data", str(options.folder / "images"), "--run", str(run), "--epochs", "2",
              "--max_steps", str(WARM_UP_STEPS + options.steps), "--every_epochs", "1000", "--device_shards", str(group)]
    words += [word for name, value in sizes.items() for word in (f"--{name}", str(value))]
    # On the processor a group is computed as a device does where it is asked for.
    place = ["--device", options.device] if options.device != "cpu" else ["--kernels", "operators", "--grouped"]
    with open(options.folder / f"{number}.log", "w", encoding="utf8") as log:
        coordinator = subprocess.Popen(words, stdout=log, stderr=log)
        worker = subprocess.Popen([f"{options.snas}/snas-worker", "--connect", endpoint, *place], stdout=log, stderr=log)
        try:
            ended = coordinator.wait(timeout=3600)
            worker.wait(timeout=60)
        finally:
            for child in (coordinator, worker):
                if child.poll() is None:
                    child.kill()
    if ended != 0:
        lines = (options.folder / f"{number}.log").read_text(encoding="utf8").splitlines()
        return {"failure": next((line for line in reversed(lines) if line.strip()), f"ended with {ended}")[:300]}
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf8").splitlines()]
    seconds = [line["seconds"] for line in lines if line["kind"] == "step"][WARM_UP_STEPS:]
    return {"images_per_second": sizes["batch_size"] / statistics.median(seconds), "steps": len(seconds)}


def rival(options, workload, parts):
    sizes = TINY if options.device == "cpu" else WORKLOADS[workload]
    words = [sys.executable, str(HERE / "rival.py"), workload, "--device", options.device, "--parts", str(parts),
             "--steps", str(options.steps)]
    words += [word for name in ["batch_size", "init_channels", "layers"] for word in (f"--{name}", str(sizes[name]))]
    told = subprocess.run(words, capture_output=True, text=True, timeout=3600, check=False)
    lines = [line for line in told.stdout.splitlines() if line.startswith("{")]
    notes = told.stderr.strip().splitlines() or [f"ended with {told.returncode}"]
    return json.loads(lines[-1]) if lines else {"failure": notes[-1][:300]}


def main():
    options = parsed()
    write_images(options.folder / "images", 200)
    failures = number = 0
    for workload, full in WORKLOADS.items():
        shards = (TINY if options.device == "cpu" else full)["shards"]
        for turn in range(options.turns):
            forms = [("snas", {"device_shards": group}) for group in (1, shards)]
            forms += [("PyTorch", {"parts": parts}) for parts in (1, shards)]
            for who, form in forms:
                number += 1
                if who == "snas":
                    result = ours(options, workload, form["device_shards"], number)
                else:
                    result = rival(options, workload, form["parts"])
                failures += "failure" in result
                line = {"workload": workload, "device": options.device, "turn": turn, "by": who, **form, **result}
                print(json.dumps(line), flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
