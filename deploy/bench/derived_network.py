"""The network of DARTS_V2 in PyTorch, as it is trained from scratch (DARTS `model.py`): affine norms, drop path, auxiliary head."""

import torch
from torch import nn

from modules import FactorizedReduce, average_pool, dilated, max_pool, relu_convolution_norm, separable, skip

# Of each of four nodes two edges: operation and the node that it reads (DARTS `genotypes.py`).
DARTS_V2 = {
    False: [("sep_conv_3x3", 0), ("sep_conv_3x3", 1), ("sep_conv_3x3", 0), ("sep_conv_3x3", 1),
            ("sep_conv_3x3", 1), ("skip_connect", 0), ("skip_connect", 0), ("dil_conv_3x3", 2)],
    True: [("max_pool_3x3", 0), ("max_pool_3x3", 1), ("skip_connect", 2), ("max_pool_3x3", 1),
           ("max_pool_3x3", 0), ("skip_connect", 2), ("skip_connect", 2), ("max_pool_3x3", 1)],
}
NODES = 4
DROP_PATH_PROBABILITY = 0.2
AUXILIARY_WEIGHT = 0.4


def operation(name, channels, stride):
    """Pools of a derived network have no batch norm."""
    return {
        "max_pool_3x3": lambda: max_pool(stride),
        "avg_pool_3x3": lambda: average_pool(stride),
        "skip_connect": lambda: skip(channels, stride, affine=True),
        "sep_conv_3x3": lambda: separable(channels, 3, stride, affine=True),
        "sep_conv_5x5": lambda: separable(channels, 5, stride, affine=True),
        "dil_conv_3x3": lambda: dilated(channels, 3, stride, affine=True),
        "dil_conv_5x5": lambda: dilated(channels, 5, stride, affine=True),
    }[name]()


def drop_path(x, probability):
    """Takes an image's whole edge away and makes up for it."""
    kept = 1 - probability
    return x * (torch.empty(x.shape[0], 1, 1, 1).bernoulli_(kept) / kept)


class Cell(nn.Module):
    def __init__(self, before, previous, channels, reduces, after_reduction):
        super().__init__()
        self.input0 = (FactorizedReduce(before, channels, affine=True) if after_reduction
                       else relu_convolution_norm(before, channels, affine=True))
        self.input1 = relu_convolution_norm(previous, channels, affine=True)
        self.sources = [source for _, source in DARTS_V2[reduces]]
        self.operations = nn.ModuleList(
            operation(name, channels, 2 if reduces and source < 2 else 1) for name, source in DARTS_V2[reduces])

    def edge(self, number, states):
        chosen = self.operations[number]
        output = chosen(states[self.sources[number]])
        if self.training and not isinstance(chosen, nn.Identity):
            output = drop_path(output, DROP_PATH_PROBABILITY)
        return output

    def forward(self, before, previous):
        states = [self.input0(before), self.input1(previous)]
        for node in range(NODES):
            states.append(self.edge(2 * node, states) + self.edge(2 * node + 1, states))
        return torch.cat(states[2:], dim=1)


class AuxiliaryHead(nn.Module):
    """On a map of 8 x 8, behind the second reduction."""

    def __init__(self, inputs):
        super().__init__()
        self.features = nn.Sequential(
            nn.ReLU(),
            nn.AvgPool2d(5, stride=3, padding=0, count_include_pad=False),
            nn.Conv2d(inputs, 128, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU(),
            nn.Conv2d(128, 768, 2, bias=False), nn.BatchNorm2d(768), nn.ReLU(),
        )
        self.classifier = nn.Linear(768, 10)

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class DerivedNetwork(nn.Module):
    DEFAULTS = {"init_channels": 36, "layers": 20, "batch_size": 96, "shards": 8}

    def __init__(self, channels, layers):
        super().__init__()
        before = previous = 3 * channels
        self.stem = nn.Sequential(nn.Conv2d(3, previous, 3, padding=1, bias=False), nn.BatchNorm2d(previous))
        self.cells = nn.ModuleList()
        self.auxiliary_index = 2 * layers // 3
        after_reduction = False
        for index in range(layers):
            reduces = index in (layers // 3, 2 * layers // 3)
            if reduces:
                channels *= 2
            self.cells.append(Cell(before, previous, channels, reduces, after_reduction))
            before, previous, after_reduction = previous, NODES * channels, reduces
            if index == self.auxiliary_index:
                self.auxiliary_head = AuxiliaryHead(previous)
        self.classifier = nn.Linear(previous, 10)

    def forward(self, x):
        """Logits of the classifier, and in training the auxiliary head's."""
        auxiliary = None
        before = previous = self.stem(x)
        for index, cell in enumerate(self.cells):
            before, previous = previous, cell(before, previous)
            if self.training and index == self.auxiliary_index:
                auxiliary = self.auxiliary_head(previous)
        return self.classifier(previous.mean((2, 3))), auxiliary

    def loss(self, criterion, images, labels):
        logits, auxiliary = self(images)
        return criterion(logits, labels) + AUXILIARY_WEIGHT * criterion(auxiliary, labels)
