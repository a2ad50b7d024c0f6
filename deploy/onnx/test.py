"""test.py FOLDER [quick]: networks that FOLDER's snas retrains and exports are what the onnx package calls a model, and give by onnxruntime what
snas says of every test image. Prints a line for each; ends with 1 where one is not so. CIFAR=FOLDER: CIFAR-10's files are tried, too."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from onnx import numpy_helper, shape_inference

PROGRAM = f"{sys.argv[1]}/snas"
QUICK = "quick" in sys.argv[2:]
SOURCES = pathlib.Path(__file__).parents[2] / "Sources"
# Every 37 steps an epoch of the digits.
TRAINING = (
    "--layers 3 --epochs 1 --batch_size 40 --shards 5 --train_portion 1 --cutout false --drop_path_prob 0.2"
    " --workers 1 --threads 1"
).split()
LARGEST_DIFFERENCE = 1e-4
PATIENCE_S = 600

# Node 2 is zero in both cells, and what reads it is a constant.
DEAD_NODE = "[('none', 0), ('none', 1), ('sep_conv_3x3', 0), ('avg_pool_3x3', 1), ('dil_conv_3x3', 2)]"
FAMILIES = {
    "all edges, batch norm behind pools, a dead node": (
        f"Genotype(normal={DEAD_NODE}, normal_concat=range(2, 4), reduce={DEAD_NODE}, reduce_concat=range(2, 4))",
        "digits",
        ["--pool_batch_norm", "true"],
    ),
    "odd sides, 7x1 and 1x7, sep_conv_7x7": (
        "Genotype(normal=[('conv_7x1_1x7', 0), ('avg_pool_3x3', 1), ('skip_connect', 0), ('sep_conv_7x7', 2)],"
        " normal_concat=[2, 3], reduce=[('conv_7x1_1x7', 0), ('avg_pool_3x3', 1), ('skip_connect', 0), ('dil_conv_5x5', 1)],"
        " reduce_concat=[3])",
        "idx",
        ["--auxiliary", "false"],
    ),
    "NAS-Bench-201": (
        "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_1x1~1|skip_connect~2|",
        "digits",
        ["--auxiliary", "false"],
    ),
    "SNAS, all edges": ("SNAS_mild_edge_all", "digits", []),
    "DARTS, two edges a node": ("DARTS_V2", "digits", []),
    "NASNet": ("NASNet", "digits", []),
    "AmoebaNet": ("AmoebaNet", "digits", []),
}


class Wrong(Exception):
    pass


def snas(*words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=PATIENCE_S)
    if done.returncode != 0:
        raise Wrong(f"snas {words[0]} ended with {done.returncode}: {done.stderr}")
    return done.stdout


def digits():
    """Labels and bytes of the embedded images, in their order: the last 297 are the test part."""
    rows = re.findall(r'"(\d)([A-Q]{64})"', next((SOURCES / "CDigits").glob("*.c")).read_text())
    labels = numpy.array([int(label) for label, _ in rows], dtype=numpy.uint8)
    pixels = numpy.array([[15 * (ord(letter) - ord("A")) for letter in image] for _, image in rows], dtype=numpy.uint8)
    return labels, pixels.reshape(-1, 1, 8, 8)


def idx(folder):
    """The digits in 9 x 13 pixels, as IDX files; a network's second reduction halves 5 x 7 of them."""
    labels, pixels = digits()
    pixels = pixels[:, 0][:, numpy.arange(9) * 8 // 9][:, :, numpy.arange(13) * 8 // 13]
    folder.mkdir()
    for name, part in (("train", slice(0, 1500)), ("t10k", slice(1500, None))):
        images = numpy.ascontiguousarray(pixels[part])
        (folder / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">4I", 0x803, *images.shape) + images.tobytes())
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, len(images)) + labels[part].tobytes())
    return pixels[1500:, None]


def cifar(folder):
    rows = numpy.frombuffer((pathlib.Path(folder) / "test_batch.bin").read_bytes(), dtype=numpy.uint8).reshape(-1, 3073)
    return rows[:, 1:].reshape(-1, 3, 32, 32)


def tensors(path):
    """A safetensors file's tensors of 32-bit floats, by their names."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        found[name] = numpy.frombuffer(data[8 + length + first : 8 + length + last], dtype="<f4").reshape(entry["shape"])
    return found


def check_model(path, run):
    """What the onnx package says of the file, and what the file says of the run."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    shapes = {value.name: value.type.tensor_type.shape for value in inferred.graph.value_info}
    unknown = [node.output[0] for node in model.graph.node[:-1] if not shapes[node.output[0]].dim]
    if unknown:
        raise Wrong(f"shapes are not known of {unknown}")
    told = {entry.key: entry.value for entry in model.metadata_props}
    cell = json.loads((run / "genotype.json").read_text())
    for key, value in {"genotype": cell["genotype"], "run": run.name, **{
        key: str(cell["provenance"][key]) for key in ("fingerprint", "seed", "steps", "data", "data_sha256")
    }}.items():
        if told.get(key) != value:
            raise Wrong(f"metadata's {key} is {told.get(key)} and not {value}")
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    for name, values in tensors(run / "weights.safetensors").items():
        if not name.startswith("auxiliary_head.") and not numpy.array_equal(constants.get(name), values):
            raise Wrong(f"{name} is another than in weights.safetensors")
    return len(model.graph.node)


def differences(path, bytes_of_images, logits):
    """The largest difference of any logit, in batches of 1, of 7 and of all images."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    images = bytes_of_images.astype(numpy.float32) / numpy.float32(255)
    count = len(images)
    largest = []
    # One by one a hundred images are enough.
    for size, some in ((1, min(100, count)), (7, count), (count, count)):
        parts = [session.run(["logits"], {"images": images[place : place + size]})[0] for place in range(0, some, size)]
        largest.append(float(numpy.abs(numpy.concatenate(parts) - logits[:some]).max()))
    return largest


def try_network(name, genotype, data, images, words, folder):
    run, model = folder / "run", folder / "model.onnx"
    folder.mkdir()
    place = [] if data == "digits" else ["--data", str(data)]
    snas("retrain", "--genotype", genotype, "--run", str(run), *place, *TRAINING, *words)
    said = json.loads(snas("evaluate", "--run", str(run), "--logits", str(folder / "logits"), "--json", "--workers", "1", "--threads", "1"))
    told = tensors(folder / "logits")
    hits = int((told["logits"].argmax(axis=1) == told["labels"]).sum())
    if hits != said["top1"]["hits"] or len(images) != len(told["logits"]):
        raise Wrong(f"{name}: {hits} hits in the logits, {said['top1']['hits']} were counted")
    digests = set()
    for _ in range(2):
        if snas("export", "--run", str(run), "--to", "onnx", "--out", str(model)) != f"{model}\n":
            raise Wrong(f"{name}: export did not say where the file is")
        digests.add(hashlib.sha256(model.read_bytes()).hexdigest())
    if len(digests) != 1:
        raise Wrong(f"{name}: two exports of one run differ")
    nodes = check_model(model, run)
    largest = differences(model, images, told["logits"])
    if not max(largest) <= LARGEST_DIFFERENCE:
        raise Wrong(f"{name}: logits differ by {largest}")
    span = float(numpy.abs(told["logits"]).max())
    return (
        f"{name}: {nodes} nodes pass the checker; of {len(images)} images ({hits} right) logits up to {span:.2f} differ by at most "
        + ", ".join(f"{value:.1e}" for value in largest) + " in batches of 1, 7 and all"
    )


def main():
    with tempfile.TemporaryDirectory(prefix="snas-onnx-") as name:
        folder = pathlib.Path(name)
        images = {"digits": ("digits", digits()[1][1500:]), "idx": (folder / "idx", idx(folder / "idx"))}
        networks = list(FAMILIES.items())[: 3 if QUICK else None]
        tasks = [(name, cell, *images[data], ["--init_channels", "4", *words]) for name, (cell, data, words) in networks]
        if "CIFAR" in os.environ:
            place = os.environ["CIFAR"]
            words = ["--max_steps", "100", "--init_channels", "8"]
            tasks.append(("CIFAR-10, all edges", "SNAS_moderate_edge_all", place, cifar(place), words))
            tasks.append(("CIFAR-10, two edges a node", "DARTS_V2", place, cifar(place), words))
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for sentence in pool.map(lambda task: try_network(*task[1], folder / str(task[0])), enumerate(tasks)):
                print(sentence, flush=True)


try:
    main()
except Wrong as fault:
    sys.exit(f"wrong: {fault}")
