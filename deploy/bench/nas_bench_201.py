"""The super-network of NAS-Bench-201's space in PyTorch (Dong and Yang 2020), searched as SNAS does: dense 1 x 1 and 3 x 3 convolutions."""

from torch import nn
from torch.nn import functional as F

from modules import alpha_table, average_pool, gumbel_softmax, relu_convolution_norm, total

NODES = 4
STAGES = 3


def operations(channels):
    """Without `none`, which adds nothing. The pool has no batch norm."""
    return nn.ModuleList([
        nn.Identity(),
        relu_convolution_norm(channels, channels, 1),
        relu_convolution_norm(channels, channels, 3),
        average_pool(1),
    ])


class Cell(nn.Module):
    """Every node reads all nodes before it; the last is the output."""

    def __init__(self, channels):
        super().__init__()
        self.edges = nn.ModuleList(operations(channels) for node in range(1, NODES) for _ in range(node))

    def forward(self, x, z):
        states = [x]
        offset = 0
        for node in range(1, NODES):
            # Column 0 of z is `none`.
            states.append(total(
                total(z[offset + source, 1 + column] * operation(state)
                      for column, operation in enumerate(self.edges[offset + source]))
                for source, state in enumerate(states)))
            offset += node
        return states[-1]


class ResidualBlock(nn.Module):
    """Halves the map and doubles the channels between two stages."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = relu_convolution_norm(inputs, outputs, 3, stride=2, affine=True)
        self.second = relu_convolution_norm(outputs, outputs, 3, affine=True)
        self.shortcut = nn.Sequential(nn.AvgPool2d(2, stride=2), nn.Conv2d(inputs, outputs, 1, bias=False))

    def forward(self, x):
        return self.shortcut(x) + self.second(self.first(x))


class StagedNetwork(nn.Module):
    DEFAULTS = {"init_channels": 16, "layers": 15, "batch_size": 64, "shards": 8}

    def __init__(self, channels, layers):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        self.cells = nn.ModuleList()
        for stage in range(STAGES):
            if stage > 0:
                self.cells.append(ResidualBlock(channels, 2 * channels))
                channels *= 2
            self.cells.extend(Cell(channels) for _ in range(layers // STAGES))
        self.tail = nn.BatchNorm2d(channels)
        self.classifier = nn.Linear(channels, 10)
        self.alphas = nn.ParameterList([alpha_table(NODES * (NODES - 1) // 2, 5)])

    def forward(self, x):
        z = gumbel_softmax(self.alphas[0])
        x = self.stem(x)
        for block in self.cells:
            x = block(x, z) if isinstance(block, Cell) else block(x)
        return self.classifier(F.relu(self.tail(x)).mean((2, 3)))

    def loss(self, criterion, images, labels):
        return criterion(self(images), labels)
