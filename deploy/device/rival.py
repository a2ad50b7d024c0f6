"""Times steps of deploy/bench's networks in PyTorch on a device, deterministic settings on; prints one line of JSON."""

import argparse
import json
import os
import pathlib
import statistics
import sys
import time

os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))

import torch  # noqa: E402
from training import NETWORKS, Training  # noqa: E402


def parsed():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=sorted(NETWORKS))
    parser.add_argument("--device", required=True)
    parser.add_argument("--batch_size", type=int, required=True)
    parser.add_argument("--parts", type=int, required=True, help="of the batch, whose gradients add up")
    parser.add_argument("--init_channels", type=int, required=True)
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--steps", type=int, required=True)
    return parser.parse_args()


def be_deterministic():
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def on_device(training, device):
    """Weights are moved in place, so the optimisers go on with them; images and labels are copied once, before the clock starts."""
    training.network.to(device)
    training.parts = [(images.to(device), labels.to(device)) for images, labels in training.parts]
    return training


def main():
    options = parsed()
    be_deterministic()
    torch.manual_seed(0)
    network = NETWORKS[options.workload](options.init_channels, options.layers)
    images = options.batch_size // options.parts
    training = on_device(Training(network, "contiguous", options.parts, images), options.device)
    is_cuda = options.device.startswith("cuda")

    def wait():
        if is_cuda:
            torch.cuda.synchronize()

    def step():
        wait()
        start = time.monotonic()
        training.step()
        wait()
        return time.monotonic() - start

    for _ in range(3):
        step()
    rates = [options.batch_size / step() for _ in range(options.steps)]
    print(json.dumps({
        "images_per_second": statistics.median(rates), "images_per_second_min": min(rates),
        "images_per_second_max": max(rates), "steps": options.steps, "torch": torch.__version__,
        "device_name": torch.cuda.get_device_name() if is_cuda else "processor",
    }))


if __name__ == "__main__":
    main()
