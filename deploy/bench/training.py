"""One training step of a rival's network, as ours does it: forward, backward, clipping, SGD, and Adam where there is an alpha."""

import time

import torch
from torch import nn
from torch.nn import functional as F

from derived_network import DerivedNetwork
from nas_bench_201 import StagedNetwork
from super_network import SuperNetwork

NETWORKS = {"step": SuperNetwork, "retrain": DerivedNetwork, "space": StagedNetwork}
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}
IMAGE = (3, 32, 32)
CLASSES = 10


def weights_and_alphas(network):
    named = list(network.named_parameters())
    return ([parameter for name, parameter in named if not name.startswith("alphas")],
            [parameter for name, parameter in named if name.startswith("alphas")])


def multiply_adds(network):
    """Of convolutions and linear layers, of one image forward, as the papers count: without auxiliary head."""
    counted = []

    def count(module, inputs, output):
        if isinstance(module, nn.Conv2d):
            kernel = module.kernel_size[0] * module.kernel_size[1]
            counted.append(output[0].numel() * kernel * module.in_channels // module.groups)
        else:
            counted.append(output[0].numel() * module.in_features)

    layers = [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
    hooks = [module.register_forward_hook(count) for module in layers]
    was_training = network.training
    network.eval()
    with torch.no_grad():
        network(torch.zeros(1, *IMAGE))
    network.train(was_training)
    for hook in hooks:
        hook.remove()
    return sum(counted)


class Training:
    """Steps on made-up images, which lie in memory as the layout says before the clock starts."""

    def __init__(self, network, layout, parts, part_size, compiled="no"):
        memory_format = LAYOUTS[layout]
        self.network = network.to(memory_format=memory_format).train()
        self.weights, self.alphas = weights_and_alphas(network)
        self.for_weights = torch.optim.SGD(self.weights, 0.025, momentum=0.9, weight_decay=3e-4)
        self.for_alphas = torch.optim.Adam(self.alphas, 3e-4, betas=(0.5, 0.999), weight_decay=1e-3) if self.alphas else None
        self.parts = [
            (torch.randn(part_size, *IMAGE).to(memory_format=memory_format), torch.randint(0, CLASSES, (part_size,)))
            for _ in range(parts)
        ]
        self.loss = network.loss
        if compiled == "whole":
            self.loss = torch.compile(network.loss)
        if compiled == "cells":
            # One compiled function for all cells of the same shape: otherwise compiling takes longer than a bench.
            torch._dynamo.config.recompile_limit = 64
            for cell in network.cells:
                cell.compile()

    def gradient(self, part):
        images, labels = part
        loss = self.loss(F.cross_entropy, images, labels) / len(self.parts)
        loss.backward()
        return loss

    def step(self):
        """The gradients of the parts add up; each part's batch norms see that part alone. Returns seconds."""
        start = time.monotonic()
        self.for_weights.zero_grad()
        if self.for_alphas:
            self.for_alphas.zero_grad()
        for part in self.parts:
            self.gradient(part)
        nn.utils.clip_grad_norm_(self.weights, 5)
        self.for_weights.step()
        if self.for_alphas:
            nn.utils.clip_grad_norm_(self.alphas, 10)
            self.for_alphas.step()
        return time.monotonic() - start

    def warm_up(self):
        """Pages are touched and the convolutions' forms are chosen by one part; a compiled network is compiled."""
        start = time.monotonic()
        self.gradient(self.parts[0])
        return time.monotonic() - start
