"""The network of a cell in the DARTS space, with modules and names as in DARTS and SNAS."""
from collections import OrderedDict

import torch
from torch import nn


def conv(inputs, outputs, kernel, stride=1, dilation=1, groups=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, [dilation * (side // 2) for side in kernel], dilation, groups, bias=False)


def op(*modules):
    return nn.Sequential(OrderedDict(op=nn.Sequential(*modules)))


class FactorizedReduce(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv_1 = conv(inputs, outputs // 2, [1, 1], 2)
        self.conv_2 = conv(inputs, outputs - outputs // 2, [1, 1], 2)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x):
        # Beyond an odd side lie zeros, so that both halves round up.
        shifted = nn.functional.pad(x.relu(), (0, x.shape[3] % 2, 0, x.shape[2] % 2))[:, :, 1:, 1:]
        return self.bn(torch.cat([self.conv_1(x.relu()), self.conv_2(shifted)], 1))


def operation(name, c, stride, pool_norm):
    def separable(stride, dilation):
        return [nn.ReLU(), conv(c, c, [int(name[-1])] * 2, stride, dilation, c), conv(c, c, [1, 1]), nn.BatchNorm2d(c)]
    if name == 'none':
        # Nothing is above infinity: the map at its size, all zero.
        return nn.Sequential(nn.MaxPool2d(1, stride), nn.Threshold(float('inf'), 0))
    if name == 'skip_connect':
        return nn.Identity() if stride == 1 else FactorizedReduce(c, c)
    if name in ('max_pool_3x3', 'avg_pool_3x3'):
        pool = nn.MaxPool2d(3, stride, 1) if name[0] == 'm' else nn.AvgPool2d(3, stride, 1, count_include_pad=False)
        return op(pool, *[nn.BatchNorm2d(c)] * pool_norm)
    if name in ('sep_conv_3x3', 'sep_conv_5x5', 'sep_conv_7x7'):
        return op(*separable(stride, 1), *separable(1, 1))
    if name in ('dil_conv_3x3', 'dil_conv_5x5'):
        return op(*separable(stride, 2))
    if name == 'conv_7x1_1x7':
        return nn.Sequential(nn.ReLU(), conv(c, c, [1, 7], (1, stride)), conv(c, c, [7, 1], (stride, 1)), nn.BatchNorm2d(c))
    raise ValueError(f"operation '{name}' is none of the DARTS space, whose networks alone are built here")


class Cell(nn.Module):
    def __init__(self, edges, concat, before, previous, c, reduces, reduces_before, pool_norm):
        super().__init__()
        self.edges, self.concat = edges, concat
        plain = [op(nn.ReLU(), conv(inputs, c, [1, 1]), nn.BatchNorm2d(c)) for inputs in (before, previous)]
        self.preprocess0, self.preprocess1 = FactorizedReduce(before, c) if reduces_before else plain[0], plain[1]
        self._ops = nn.ModuleList(operation(name, c, 1 + (reduces and origin < 2), pool_norm) for name, origin, _ in edges)

    def forward(self, before, previous):
        nodes = [self.preprocess0(before), self.preprocess1(previous)]
        for node in range(2, self.edges[-1][2] + 1):
            nodes.append(sum(module(nodes[origin]) for module, (_, origin, to) in zip(self._ops, self.edges) if to == node))
        return torch.cat([nodes[node] for node in self.concat], 1)


def auxiliary_head(channels, sides, classes):
    kernel = [min(side - 1, (side + 3) // 2) for side in sides]
    return nn.Sequential(OrderedDict(features=nn.Sequential(
        nn.ReLU(), nn.AvgPool2d(kernel, [side - own for side, own in zip(sides, kernel)]), conv(channels, 128, [1, 1]),
        nn.BatchNorm2d(128), nn.ReLU(), nn.Conv2d(128, 768, 2, bias=False), nn.BatchNorm2d(768), nn.ReLU(), nn.Flatten()),
        classifier=nn.Linear(768, classes)))


class Network(nn.Module):
    """Logits of normalised images; while it trains, those of its auxiliary head as well."""
    def __init__(self, genotype, init_channels, layers, classes, channels=3, height=32, width=32, auxiliary=False,
                 pool_batch_norm=False, mean=(0.0,), deviation=(1.0,)):
        super().__init__()
        for name, values in (('mean', mean), ('deviation', deviation)):
            self.register_buffer(name, torch.tensor(values).reshape(-1, 1, 1), persistent=False)
        c, before, previous, reduces = init_channels, *[3 * init_channels] * 2, False
        self.stem = nn.Sequential(conv(channels, previous, [3, 3]), nn.BatchNorm2d(previous))
        self.cells, self.auxiliary_head, self.auxiliary_index = nn.ModuleList(), None, 2 * layers // 3
        for index in range(layers):
            reduces_before, reduces = reduces, index in (layers // 3, 2 * layers // 3)
            if reduces:
                c, height, width = 2 * c, (height + 1) // 2, (width + 1) // 2
            edges, concat = genotype[2:] if reduces else genotype[:2]
            self.cells.append(Cell(edges, concat, before, previous, c, reduces, reduces_before, pool_batch_norm))
            before, previous = previous, len(concat) * c
            if auxiliary and index == self.auxiliary_index:
                self.auxiliary_head = auxiliary_head(previous, (height, width), classes)
        self.classifier = nn.Linear(previous, classes)

    def normalised(self, images):
        """Of bytes, images x channels x height x width."""
        return (images.to(self.mean) / 255 - self.mean) / self.deviation

    def forward(self, images):
        before, previous, auxiliary = *[self.stem(images)] * 2, []
        for index, cell in enumerate(self.cells):
            before, previous = previous, cell(before, previous)
            if self.training and self.auxiliary_head and index == self.auxiliary_index:
                auxiliary = [self.auxiliary_head(previous)]
        logits = self.classifier(previous.mean((2, 3)))
        return (logits, *auxiliary) if auxiliary else logits
