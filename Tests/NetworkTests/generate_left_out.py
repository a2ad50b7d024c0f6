"""Two steps of weights and running statistics where shards leave out what they do not draw, from PyTorch in Double.

Usage: python3 generate_left_out.py Fixtures/left_out.json      (needs torch, any version)

The network is generate.py's; two shards see other images and keep one operation on each edge, others in each step. The mean of their
gradients goes to torch.optim.SGD, once as PyTorch has it after `zero_grad(set_to_none=True)` (a weight that no shard used has no
gradient, and is not stepped), and once with zeros in its place (it decays and keeps its momentum). Statistics are the mean over the
shards that computed them. Written are, for each weight, its norm and its product with generate.py's formula.
"""
import json
import sys

import torch
import torch.nn.functional as F

from generate import CLASSES, EDGES, GAP, IMAGES, OPERATIONS, SIDE, Net, formula

RATE, MOMENTUM, DECAY, STEPS, SHARDS = 0.05, 0.9, 3e-4, 2, 2


def kept(step, shard, kind):
    """The column that each edge keeps."""
    factor, offset = ((3, 0), (5, 1))[kind]
    return [(factor * edge + 2 * shard + step + offset) % OPERATIONS for edge in range(len(EDGES))]


class LeavingNet(Net):
    def operation(self, k, x, name, stride):
        """Only what the edge keeps; generate.py multiplies the rest by 0."""
        edge = int(name.split('._ops.')[1])
        return super().operation(k, x, name, stride) if self.columns[edge] == k else None

    def cell(self, index, s0, s1, channels, reduces, reduced_before, z):
        self.columns = self.both[1 if reduces else 0]
        return super().cell(index, s0, s1, channels, reduces, reduced_before, z)


def loss(net, step, shard, phase):
    net.both = [kept(step, shard, 0), kept(step, shard, 1)]
    one = [F.one_hot(torch.tensor(c), OPERATIONS).double().reshape(-1) for c in net.both]
    images = (2 * formula(IMAGES * SIDE * SIDE, phase + 7 * shard + step)).float().double().reshape(IMAGES, 1, SIDE, SIDE)
    labels = torch.tensor([(3 * i + 1 + shard) % CLASSES for i in range(IMAGES)])
    return F.cross_entropy(net.forward(images, *one), labels)


def first_weights():
    """All weights, by a pass that keeps everything."""
    net = Net()
    z = torch.full((len(EDGES) * OPERATIONS,), 0.125, dtype=torch.float64)
    net.forward(torch.zeros(IMAGES, 1, SIDE, SIDE, dtype=torch.float64) + 0.5, z, z)
    return {name: w.detach().clone().requires_grad_(True) for name, w in net.w.tensors.items()}, list(net.statistics)


def run(phase, zeros):
    weights, names = first_weights()
    optimiser = torch.optim.SGD(weights.values(), lr=RATE, momentum=MOMENTUM, weight_decay=DECAY)
    running = {name: None for name in names}
    unused, near = [], 1.0
    for step in range(STEPS):
        gradients, statistics = {}, {}
        for shard in range(SHARDS):
            net = LeavingNet()
            net.w.tensors = weights
            value = loss(net, step, shard, phase)
            near = min(near, net.near)
            for name, gradient in zip(weights, torch.autograd.grad(value, list(weights.values()), allow_unused=True)):
                if gradient is not None:
                    gradients[name] = gradients.get(name, 0) + gradient / SHARDS
            for name, own in net.statistics.items():
                statistics.setdefault(name, []).append(torch.cat(own))
        for name, weight in weights.items():
            weight.grad = gradients.get(name)
            if weight.grad is None and zeros:
                weight.grad = torch.zeros_like(weight)
        optimiser.step()
        unused.append([name for name in weights if name not in gradients])
        for name, own in statistics.items():
            mean = torch.stack(own).mean(0)
            half = len(mean) // 2
            before = running[name] if running[name] is not None else torch.cat([torch.zeros(half), torch.ones(half)]).double()
            running[name] = 0.9 * before + 0.1 * mean
    told = {name: [w.detach().norm().item(), (w.detach().reshape(-1) * formula(w.numel(), 3.0)).sum().item()]
            for name, w in weights.items()}
    return told, unused, running, near


def main():
    for phase in range(100, 800):
        stepped, unused, running, near = run(float(phase), False)
        if near > GAP:
            break
    else:
        sys.exit('no phase keeps away from ties')
    print('phase', phase, 'nearest', near, 'unused', [len(names) for names in unused])
    zeros = run(float(phase), True)[0]
    def short(value):
        return float(f'{value:.9g}')

    stepped, zeros = ({name: [short(v) for v in pair] for name, pair in told.items()} for told in (stepped, zeros))
    out = {'phase': phase, 'weights': stepped, 'weights_by_zeros': zeros, 'unused': unused,
           'statistics': {name: [short(v) for v in values.tolist()] for name, values in running.items() if values is not None},
           'never_computed': [name for name, values in running.items() if values is None]}
    with open(sys.argv[1], 'w') as file:
        json.dump(out, file)


if __name__ == '__main__':
    main()
