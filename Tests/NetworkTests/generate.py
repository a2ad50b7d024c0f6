"""Golden numbers for NetworkTests, from PyTorch in Double.

Usage: python3 generate.py Fixtures/network.safetensors      (needs torch, any version)

The network is the super-network of 4 channels and 3 cells on 8 x 8 images of one channel and 10 classes, written down here
once more from the papers' description, functionally, with weights by name. Weights, images and labels come from closed
formulas that the test repeats, so the file holds results only.

Each case is a mixture: one-hot on one operation for all edges (which shows that operation at stride 1 and 2), and one soft
mixture of everything. The images' phase is searched until no input of a ReLU lies within 1e-6 of 0 and no two values of a
max-pool window that compete for the maximum within 1e-6 of each other, so that rounding cannot choose another branch.
"""
import json
import struct
import sys

import torch
import torch.nn.functional as F

OPERATIONS = 8
CHANNELS, LAYERS, NODES, CLASSES, IMAGES, SIDE = 4, 3, 4, 10, 6, 8
EDGES = [(source, node) for node in range(2, 2 + NODES) for source in range(node)]
GAP = 1e-6


def formula(count, phase):
    index = torch.arange(count, dtype=torch.float64)
    return torch.sin(index * 0.7 + phase * 1.3) * torch.cos(index * 0.31 + phase * 0.17)


class Weights:
    def __init__(self):
        self.tensors = {}

    def __call__(self, name, shape):
        if name not in self.tensors:
            count = 1
            for side in shape:
                count *= side
            scale = 1.0 if len(shape) == 1 else (count / shape[0]) ** -0.5
            values = (formula(count, float(len(self.tensors))) * scale).float().double()
            self.tensors[name] = values.reshape(shape).requires_grad_(True)
        return self.tensors[name]


class Net:
    def __init__(self, drop=None):
        self.w, self.statistics, self.near, self.drop = Weights(), {}, 1.0, drop

    def relu(self, x):
        self.near = min(self.near, x.detach().abs()[x.detach() != 0].min().item() if (x != 0).any() else 1.0)
        return F.relu(x)

    def norm(self, x, name, affine=False):
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=True)
        self.statistics[name] = (mean.detach(), variance.detach())
        scale = self.w(name + '.weight', [x.shape[1]]) if affine else None
        shift = self.w(name + '.bias', [x.shape[1]]) if affine else None
        return F.batch_norm(x, None, None, scale, shift, training=True, eps=1e-5)

    def max_pool(self, x, stride):
        windows = F.unfold(F.pad(x.detach(), (1, 1, 1, 1), value=-1e30), 3, stride=stride)
        top = windows.reshape(x.shape[0], x.shape[1], 9, -1).topk(2, dim=2).values
        gaps = (top[:, :, 0] - top[:, :, 1])
        self.near = min(self.near, gaps[gaps > 0].min().item() if (gaps > 0).any() else 1.0)
        return F.max_pool2d(x, 3, stride, 1)

    def relu_conv_norm(self, x, name, channels):
        return self.norm(F.conv2d(self.relu(x), self.w(name + '.op.1.weight', [channels, x.shape[1], 1, 1])), name + '.op.2')

    def reduce(self, x, name, channels):
        x = self.relu(x)
        a = F.conv2d(x, self.w(name + '.conv_1.weight', [channels // 2, x.shape[1], 1, 1]), stride=2)
        b = F.conv2d(x[:, :, 1:, 1:], self.w(name + '.conv_2.weight', [channels // 2, x.shape[1], 1, 1]), stride=2)
        return self.norm(torch.cat([a, b], 1), name + '.bn')

    def part(self, x, name, at, kernel, stride, dilation):
        c = x.shape[1]
        padding = dilation * (kernel - 1) // 2
        x = F.conv2d(self.relu(x), self.w(f'{name}.op.{at}.weight', [c, 1, kernel, kernel]), stride=stride,
                     padding=padding, dilation=dilation, groups=c)
        return self.norm(F.conv2d(x, self.w(f'{name}.op.{at + 1}.weight', [c, c, 1, 1])), f'{name}.op.{at + 2}')

    def operation(self, k, x, name, stride):
        if k == 0:
            return None
        if k == 1:
            return self.norm(self.max_pool(x, stride), name + '.1')
        if k == 2:
            return self.norm(F.avg_pool2d(x, 3, stride, 1, count_include_pad=False), name + '.1')
        if k == 3:
            return x if stride == 1 else self.reduce(x, name, x.shape[1])
        if k < 6:
            kernel = 3 if k == 4 else 5
            return self.part(self.part(x, name, 1, kernel, stride, 1), name, 5, kernel, 1, 1)
        return self.part(x, name, 1, 3 if k == 6 else 5, stride, 2)

    def cell(self, index, s0, s1, channels, reduces, reduced_before, z):
        name = f'cells.{index}'
        s0 = (self.reduce if reduced_before else self.relu_conv_norm)(s0, name + '.preprocess0', channels)
        s1 = self.relu_conv_norm(s1, name + '.preprocess1', channels)
        nodes = [s0, s1]
        for node in range(2, 2 + NODES):
            total = 0
            for edge, (source, target) in enumerate(EDGES):
                if target != node:
                    continue
                mixed = 0
                for k in range(OPERATIONS):
                    out = self.operation(k, nodes[source], f'{name}._ops.{edge}._ops.{k}', 2 if reduces and source < 2 else 1)
                    if out is not None:
                        mixed = mixed + z[edge * OPERATIONS + k] * out
                if self.drop is not None:
                    mixed = mixed * self.drop[index, edge].reshape(-1, 1, 1, 1)
                total = total + mixed
            nodes.append(total)
        return torch.cat(nodes[2:], 1)

    def forward(self, images, normal, reduce):
        x = F.conv2d(images, self.w('stem.0.weight', [3 * CHANNELS, 1, 3, 3]), padding=1)
        s0 = s1 = self.norm(x, 'stem.1', affine=True)
        channels, before = CHANNELS, False
        for index in range(LAYERS):
            reduces = index in (LAYERS // 3, 2 * LAYERS // 3)
            channels *= 2 if reduces else 1
            s0, s1 = s1, self.cell(index, s0, s1, channels, reduces, before, reduce if reduces else normal)
            before = reduces
        features = s1.mean((2, 3))
        weight = self.w('classifier.weight', [CLASSES, features.shape[1]])
        return F.linear(features, weight, self.w('classifier.bias', [CLASSES]))


def table(case, phase):
    if case == OPERATIONS:
        return torch.softmax(3 * formula(len(EDGES) * OPERATIONS, phase).reshape(-1, OPERATIONS), 1).reshape(-1).float().double()
    return F.one_hot(torch.full((len(EDGES),), case), OPERATIONS).double().reshape(-1)


def run(case, phase, drop=None):
    net = Net(drop)
    images = (2 * formula(IMAGES * SIDE * SIDE, phase)).float().double().reshape(IMAGES, 1, SIDE, SIDE)
    labels = torch.tensor([(3 * i + 1) % CLASSES for i in range(IMAGES)])
    normal, reduce = table(case, 5.0).requires_grad_(True), table(case, 9.0).requires_grad_(True)
    logits = net.forward(images, normal, reduce)
    loss = F.cross_entropy(logits, labels)
    names = list(net.w.tensors)
    gradients = torch.autograd.grad(loss, [net.w.tensors[n] for n in names] + [normal, reduce], allow_unused=True)
    return net, logits, loss, names, gradients, (logits.argmax(1) == labels).sum()


def write(path, out):
    """Writes tensors, as floats, to a safetensors file."""
    header, offset, body = {}, 0, b''
    for name, tensor in out.items():
        data = tensor.detach().float().reshape(-1).numpy().astype('<f4').tobytes()
        header[name] = {'dtype': 'F32', 'shape': [len(data) // 4], 'data_offsets': [offset, offset + len(data)]}
        offset, body = offset + len(data), body + data
    text = json.dumps(header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)
    with open(path, 'wb') as file:
        file.write(struct.pack('<Q', len(text)) + text + body)


def main():
    out = {}
    drop = torch.tensor([[[0.0 if (c + 2 * e + 3 * i) % 4 == 0 else 1 / 0.75 for i in range(IMAGES)]
                          for e in range(len(EDGES))] for c in range(LAYERS)], dtype=torch.float64)
    for case in range(OPERATIONS + 2):
        mask = drop if case == OPERATIONS + 1 else None
        kind = min(case, OPERATIONS)
        for phase in range(100, 400):
            net, logits, loss, names, gradients, hits = run(kind, float(phase), mask)
            if net.near > GAP:
                break
        else:
            sys.exit(f'case {case}: no phase keeps away from ties')
        print('case', case, 'phase', phase, 'loss', loss.item(), 'nearest', net.near)
        prefix = f'{case}.'
        out[prefix + 'phase'] = torch.tensor([float(phase)])
        out[prefix + 'loss'] = loss.reshape(1)
        out[prefix + 'hits'] = hits.reshape(1)
        for name, gradient in zip(names + ['credits.normal', 'credits.reduce'], gradients):
            if gradient is not None and gradient.abs().max() > 0:
                out[prefix + 'gradient.' + name] = gradient
        if case >= OPERATIONS:
            for name, (mean, variance) in net.statistics.items():
                out[prefix + 'mean.' + name], out[prefix + 'variance.' + name] = mean, variance
    write(sys.argv[1], out)


if __name__ == '__main__':
    main()
