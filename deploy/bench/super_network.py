"""The super-network of DARTS' space in PyTorch, as SNAS searches it: every edge carries all operations, weighted by a soft sample."""

import torch
from torch import nn

from modules import (FactorizedReduce, alpha_table, average_pool, dilated, gumbel_softmax, max_pool, relu_convolution_norm,
                     separable, skip, total)

NODES = 4


def operations(channels, stride):
    """Without `none`, which adds nothing and which nobody need compute."""
    return nn.ModuleList([
        nn.Sequential(max_pool(stride), nn.BatchNorm2d(channels, affine=False)),
        nn.Sequential(average_pool(stride), nn.BatchNorm2d(channels, affine=False)),
        skip(channels, stride),
        separable(channels, 3, stride),
        separable(channels, 5, stride),
        dilated(channels, 3, stride),
        dilated(channels, 5, stride),
    ])


class Cell(nn.Module):
    def __init__(self, before, previous, channels, reduces, after_reduction):
        super().__init__()
        self.input0 = (FactorizedReduce(before, channels) if after_reduction else relu_convolution_norm(before, channels))
        self.input1 = relu_convolution_norm(previous, channels)
        self.edges = nn.ModuleList(
            operations(channels, 2 if reduces and source < 2 else 1) for node in range(NODES) for source in range(node + 2))

    def forward(self, before, previous, z):
        states = [self.input0(before), self.input1(previous)]
        offset = 0
        for node in range(NODES):
            # Column 0 of z is `none`.
            states.append(total(
                total(z[offset + source, 1 + column] * operation(state)
                      for column, operation in enumerate(self.edges[offset + source]))
                for source, state in enumerate(states)))
            offset += node + 2
        return torch.cat(states[2:], dim=1)


class SuperNetwork(nn.Module):
    DEFAULTS = {"init_channels": 16, "layers": 8, "batch_size": 64, "shards": 8}

    def __init__(self, channels, layers):
        super().__init__()
        before = previous = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, previous, 3, padding=1, bias=False), nn.BatchNorm2d(previous))
        self.cells = nn.ModuleList()
        self.reduces = []
        after_reduction = False
        for index in range(layers):
            reduces = index in (layers // 3, 2 * layers // 3)
            if reduces:
                channels *= 2
            self.cells.append(Cell(before, previous, channels, reduces, after_reduction))
            self.reduces.append(reduces)
            before, previous, after_reduction = previous, NODES * channels, reduces
        self.classifier = nn.Linear(previous, 10)
        edges = sum(node + 2 for node in range(NODES))
        self.alphas = nn.ParameterList(alpha_table(edges, 8) for _ in range(2))

    def forward(self, x):
        tables = [gumbel_softmax(alpha) for alpha in self.alphas]
        before = previous = self.stem(x)
        for cell, reduces in zip(self.cells, self.reduces):
            before, previous = previous, cell(before, previous, tables[int(reduces)])
        return self.classifier(previous.mean((2, 3)))

    def loss(self, criterion, images, labels):
        return criterion(self(images), labels)
