"""counts.py PROGRAM: the rivals are the networks that snas trains: weights, shapes and multiply-adds are those that it tells."""

import json
import subprocess
import sys

import torch

from derived_network import DerivedNetwork
from nas_bench_201 import StagedNetwork
from super_network import SuperNetwork
from training import IMAGE, multiply_adds, weights_and_alphas

PROGRAM = sys.argv[1]


def described(*words):
    return json.loads(subprocess.run([PROGRAM, "describe", *words, "--json"], capture_output=True, text=True, check=True).stdout)


def same(what, ours, theirs):
    if ours != theirs:
        sys.exit(f"wrong: {what}: {ours} of snas, {theirs} of the rival")
    print(f"{what}: {ours}")


def weights(network):
    return sum(parameter.numel() for parameter in weights_and_alphas(network)[0])


def output_shapes(network):
    """Of the stem and of every cell, of one image."""
    shapes = []
    parts = [network.stem, *network.cells]
    hooks = [part.register_forward_hook(lambda module, inputs, output: shapes.append(list(output.shape[1:]))) for part in parts]
    with torch.no_grad():
        network.eval()(torch.zeros(1, *IMAGE))
    for hook in hooks:
        hook.remove()
    return shapes


def derived():
    ours = described("--genotype", "DARTS_V2")
    network = DerivedNetwork(ours["init_channels"], ours["layers"])
    head = weights(network.auxiliary_head)
    same("weights of DARTS_V2", ours["parameters"], weights(network) - head)
    same("weights of its auxiliary head", ours["auxiliary_parameters"], head)
    same("multiply-adds of DARTS_V2", ours["macs"], multiply_adds(network))
    shapes = output_shapes(network)
    same("shapes of its stem and cells", [part["output"] for part in ours["parts"][:-1]], shapes)


def of_all_edges(operation):
    """A cell with one operation on every edge."""
    edges = ", ".join(f"('{operation}', {source})" for node in range(4) for source in range(node + 2))
    return f"Genotype(normal=[{edges}], normal_concat=range(2, 6), reduce=[{edges}], reduce_concat=range(2, 6))"


def searched():
    ours = described("--space", "darts")
    sizes = ["--init_channels", str(ours["init_channels"]), "--layers", str(ours["layers"])]
    network = SuperNetwork(ours["init_channels"], ours["layers"])
    same("weights of the super-network", ours["super_network_parameters"], weights(network))
    # A network with pools alone is what all have in common.
    common = described("--genotype", of_all_edges("max_pool_3x3"), *sizes)["macs"]
    operations = ["skip_connect", "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5"]
    each = [described("--genotype", of_all_edges(operation), *sizes)["macs"] - common for operation in operations]
    same("multiply-adds of the super-network", common + sum(each), multiply_adds(network))


def staged():
    ours = described("--space", "nas_bench_201")
    sizes = ["--init_channels", str(ours["init_channels"]), "--layers", str(ours["layers"])]
    network = StagedNetwork(ours["init_channels"], ours["layers"])
    same("weights of NAS-Bench-201's super-network", ours["super_network_parameters"], weights(network))

    def of_all(operation):
        nodes = ["|" + "".join(f"{operation}~{source}|" for source in range(node)) for node in range(1, 4)]
        return described("--genotype", "+".join(nodes), *sizes)["macs"]

    common = of_all("skip_connect")
    same("multiply-adds of NAS-Bench-201's super-network",
         common + of_all("nor_conv_1x1") - common + of_all("nor_conv_3x3") - common, multiply_adds(network))


searched()
derived()
staged()
