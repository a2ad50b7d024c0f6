"""The super-network's training step in PyTorch, as `snas bench step` measures it: forward, backward, SGD and Adam.

usage: rival.py [--layout channels_last|contiguous] [--batch_size B] [--threads T] [--steps N]
prints one line of JSON with images_per_second (median) and peak_rss_mb.
"""
import argparse
import json
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F


def norm(channels, affine=False):
    return nn.BatchNorm2d(channels, affine=affine)


class FactorizedReduce(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.second = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.norm = norm(outputs)

    def forward(self, x):
        x = F.relu(x)
        return self.norm(torch.cat([self.first(x), self.second(x[:, :, 1:, 1:])], dim=1))


def block(channels, kernel, stride, dilation=1):
    padding = dilation * (kernel - 1) // 2
    return [
        nn.ReLU(),
        nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        norm(channels),
    ]


def operations(channels, stride):
    return nn.ModuleList([
        nn.Sequential(nn.MaxPool2d(3, stride, 1), norm(channels)),
        nn.Sequential(nn.AvgPool2d(3, stride, 1, count_include_pad=False), norm(channels)),
        nn.Identity() if stride == 1 else FactorizedReduce(channels, channels),
        nn.Sequential(*block(channels, 3, stride), *block(channels, 3, 1)),
        nn.Sequential(*block(channels, 5, stride), *block(channels, 5, 1)),
        nn.Sequential(*block(channels, 3, stride, 2)),
        nn.Sequential(*block(channels, 5, stride, 2)),
    ])


class Cell(nn.Module):
    def __init__(self, before, previous, channels, reduces, after_reduction):
        super().__init__()
        self.input0 = (FactorizedReduce(before, channels) if after_reduction else
                       nn.Sequential(nn.ReLU(), nn.Conv2d(before, channels, 1, bias=False), norm(channels)))
        self.input1 = nn.Sequential(nn.ReLU(), nn.Conv2d(previous, channels, 1, bias=False), norm(channels))
        self.edges = nn.ModuleList(
            operations(channels, 2 if reduces and source < 2 else 1) for node in range(4) for source in range(node + 2))

    def forward(self, before, previous, z):
        states = [self.input0(before), self.input1(previous)]
        offset = 0
        for node in range(4):
            # Column 0 is `none`: it adds nothing.
            states.append(sum(
                sum(z[offset + j, 1 + k] * operation(state) for k, operation in enumerate(self.edges[offset + j]))
                for j, state in enumerate(states)))
            offset += node + 2
        return torch.cat(states[2:], dim=1)


class SuperNetwork(nn.Module):
    def __init__(self, channels, layers):
        super().__init__()
        before = previous = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, previous, 3, padding=1, bias=False), norm(previous, affine=True))
        self.cells = nn.ModuleList()
        self.reduces = []
        after_reduction = False
        for index in range(layers):
            reduces = index in (layers // 3, 2 * layers // 3)
            if reduces:
                channels *= 2
            self.cells.append(Cell(before, previous, channels, reduces, after_reduction))
            self.reduces.append(reduces)
            before, previous, after_reduction = previous, 4 * channels, reduces
        self.classifier = nn.Linear(previous, 10)
        self.alphas = nn.ParameterList(nn.Parameter(1 + 0.01 * torch.randn(14, 8)) for _ in range(2))

    def forward(self, x):
        tables = []
        for alpha in self.alphas:
            noise = -torch.log(-torch.log(torch.rand_like(alpha).clamp(1e-9, 1 - 1e-7)))
            tables.append(F.softmax(alpha + noise, dim=1))
        before = previous = self.stem(x)
        for cell, reduces in zip(self.cells, self.reduces):
            before, previous = previous, cell(before, previous, tables[int(reduces)])
        return self.classifier(previous.mean((2, 3)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--layout", choices=["channels_last", "contiguous"], default="channels_last")
    parser.add_argument("--batch_size", type=int, default=64)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--init_channels", type=int, default=16)
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    network = SuperNetwork(options.init_channels, options.layers).to(memory_format=layout)
    alphas = list(network.alphas.parameters())
    weights = [parameter for name, parameter in network.named_parameters() if not name.startswith("alphas")]
    for_weights = torch.optim.SGD(weights, 0.025, momentum=0.9, weight_decay=3e-4)
    for_alpha = torch.optim.Adam(alphas, 3e-4, betas=(0.5, 0.999), weight_decay=1e-3)
    images = torch.randn(options.batch_size, 3, 32, 32).to(memory_format=layout)
    labels = torch.randint(0, 10, (options.batch_size,))
    seconds = []
    for step in range(options.steps + 1):
        start = time.monotonic()
        for_weights.zero_grad()
        for_alpha.zero_grad()
        F.cross_entropy(network(images), labels).backward()
        nn.utils.clip_grad_norm_(weights, 5)
        nn.utils.clip_grad_norm_(alphas, 10)
        for_weights.step()
        for_alpha.step()
        if step > 0:
            seconds.append(time.monotonic() - start)
    seconds.sort()
    print(json.dumps({
        "images_per_second": options.batch_size / seconds[len(seconds) // 2],
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "threads": options.threads, "batch_size": options.batch_size, "layout": options.layout,
        "torch": torch.__version__,
    }))


main()
