"""Golden numbers of NAS-Bench-201's networks, from PyTorch in Double.

Usage: python3 generate_staged.py Fixtures/staged.safetensors      (needs torch, any version)

Three cells of 4, 8 and 16 channels, a residual block before the second and the third, on generate.py's images: the super-network with
a soft mixture, and the derived network of one cell, in which every operation occurs. Written down from the paper's description
(Dong and Yang 2020), without biases before batch norms. Weights, images and labels come from generate.py's formulas.
"""
import sys

import torch
import torch.nn.functional as F

from generate import CHANNELS, CLASSES, GAP, IMAGES, SIDE, Net, formula, write

OPERATIONS = 5
EDGES = [(source, node) for node in range(1, 4) for source in range(node)]
CELL = [3, 0, 1, 4, 2, 3]


class StagedNet(Net):
    def convolution(self, x, name, channels, kernel, stride, affine):
        weight = self.w(name + '.op.1.weight', [channels, x.shape[1], kernel, kernel])
        return self.norm(F.conv2d(self.relu(x), weight, stride=stride, padding=kernel // 2), name + '.op.2', affine)

    def operation(self, k, x, name, affine):
        if k == 0:
            return None
        if k == 1:
            return x
        if k == 4:
            return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return self.convolution(x, name, x.shape[1], 1 if k == 2 else 3, 1, affine)

    def cell(self, name, x, z):
        nodes = [x]
        for node in range(1, 4):
            total = torch.zeros_like(x)
            for edge, (source, target) in enumerate(EDGES):
                if target != node:
                    continue
                if z is None:
                    out = self.operation(CELL[edge], nodes[source], f'{name}.layers.{edge}', True)
                    total = total if out is None else total + out
                    continue
                for k in range(OPERATIONS):
                    out = self.operation(k, nodes[source], f'{name}.edges.{target}<-{source}.{k}', False)
                    if out is not None:
                        total = total + z[edge * OPERATIONS + k] * out
            nodes.append(total)
        return nodes[3]

    def residual(self, name, x):
        channels = 2 * x.shape[1]
        main = self.convolution(x, name + '.conv_a', channels, 3, 2, True)
        main = self.convolution(main, name + '.conv_b', channels, 3, 1, True)
        weight = self.w(name + '.downsample.1.weight', [channels, x.shape[1], 1, 1])
        return F.conv2d(F.avg_pool2d(x, 2, 2), weight) + main

    def forward(self, images, z):
        x = F.conv2d(images, self.w('stem.0.weight', [CHANNELS, 1, 3, 3]), padding=1)
        x = self.norm(x, 'stem.1', affine=True)
        for stage in range(3):
            if stage > 0:
                x = self.residual(f'cells.{2 * stage - 1}', x)
            x = self.cell(f'cells.{2 * stage}', x, z)
        features = self.relu(self.norm(x, 'lastact.0', affine=True)).mean((2, 3))
        weight = self.w('classifier.weight', [CLASSES, features.shape[1]])
        return F.linear(features, weight, self.w('classifier.bias', [CLASSES]))


def run(is_derived, phase):
    net = StagedNet()
    images = (2 * formula(IMAGES * SIDE * SIDE, phase)).float().double().reshape(IMAGES, 1, SIDE, SIDE)
    labels = torch.tensor([(3 * i + 1) % CLASSES for i in range(IMAGES)])
    z = torch.softmax(3 * formula(len(EDGES) * OPERATIONS, 5.0).reshape(-1, OPERATIONS), 1).reshape(-1).float().double()
    z.requires_grad_(True)
    loss = F.cross_entropy(net.forward(images, None if is_derived else z), labels)
    names = list(net.w.tensors)
    wanted = [net.w.tensors[name] for name in names] + ([] if is_derived else [z])
    gradients = torch.autograd.grad(loss, wanted)
    return net, loss, dict(zip(names + ['credits'], gradients))


def main():
    out = {}
    for case in ['super', 'derived']:
        for phase in range(100, 400):
            net, loss, gradients = run(case == 'derived', float(phase))
            if net.near > GAP:
                break
        else:
            sys.exit(f'{case}: no phase keeps away from ties')
        print(case, 'phase', phase, 'loss', loss.item(), 'nearest', net.near)
        out[case + '.phase'] = torch.tensor([float(phase)])
        out[case + '.loss'] = loss.reshape(1)
        for name, gradient in gradients.items():
            out[f'{case}.gradient.{name}'] = gradient
        for name, (mean, variance) in net.statistics.items():
            out[f'{case}.mean.{name}'], out[f'{case}.variance.{name}'] = mean, variance
    write(sys.argv[1], out)


if __name__ == '__main__':
    main()
