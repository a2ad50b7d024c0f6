"""Alpha's gradient by DARTS' second order, from PyTorch in Double.

Usage: python3 generate_unrolled.py Fixtures/unrolled.json      (needs torch, any version)

The network, its weights and its images are generate.py's; alpha, the velocity and the labels come from the same formula, which the
test repeats. The gradient is taken as the official code takes it, by a difference of two gradients at w + eps v and w - eps v. (What
differentiating twice gives is another number in so small a network: between the two places some ReLU and max-pool always change
branch, and what that adds does not shrink with eps.) As in generate.py the images' phase is searched until no pass comes near a tie.
"""
import json
import sys

import torch
import torch.nn.functional as F

from generate import CLASSES, EDGES, GAP, IMAGES, OPERATIONS, SIDE, Net, formula

RATE, MOMENTUM, DECAY, REACH = 0.025, 0.9, 3e-4, 0.01


def images(phase):
    return (2 * formula(IMAGES * SIDE * SIDE, phase)).float().double().reshape(IMAGES, 1, SIDE, SIDE)


def alpha(phase):
    return (2 * formula(len(EDGES) * OPERATIONS, phase)).float().double()


class Passes:
    """Loss and gradients at any weights; remembers how near any of them came to a tie."""

    def __init__(self):
        net = Net()
        net.forward(images(0.0), *self.mixture([alpha(5.0), alpha(9.0)]))
        self.names = list(net.w.tensors)
        self.first = [net.w.tensors[name].detach() for name in self.names]
        self.near = 1.0

    @staticmethod
    def mixture(alphas):
        return [torch.softmax(a.reshape(-1, OPERATIONS), 1).reshape(-1) for a in alphas]

    def __call__(self, weights, alphas, pixels, shift):
        net = Net()
        leaves = [w.clone().requires_grad_(True) for w in weights]
        alphas = [a.clone().requires_grad_(True) for a in alphas]
        net.w.tensors = dict(zip(self.names, leaves))
        labels = torch.tensor([(3 * i + shift) % CLASSES for i in range(IMAGES)])
        loss = F.cross_entropy(net.forward(pixels, *self.mixture(alphas)), labels)
        gradients = torch.autograd.grad(loss, leaves + alphas)
        self.near = min(self.near, net.near)
        return loss.item(), gradients[:len(leaves)], gradients[len(leaves):]


def unrolled(phase):
    passes, alphas = Passes(), [alpha(5.0), alpha(9.0)]
    train, search = images(phase), images(phase + 50)
    weights = passes.first
    count = sum(w.numel() for w in weights)
    velocity = (0.1 * formula(count, 77.0)).float().double().split([w.numel() for w in weights])
    _, slopes, _ = passes(weights, alphas, train, 1)
    ahead = [w - RATE * (MOMENTUM * u.reshape(w.shape) + g + DECAY * w) for w, u, g in zip(weights, velocity, slopes)]
    loss, direction, first = passes(ahead, alphas, search, 2)
    eps = REACH / torch.cat([v.reshape(-1) for v in direction]).norm()
    _, _, up = passes([w + eps * v for w, v in zip(weights, direction)], alphas, train, 1)
    _, _, down = passes([w - eps * v for w, v in zip(weights, direction)], alphas, train, 1)
    taken = [g - RATE * (u - d) / (2 * eps) for g, u, d in zip(first, up, down)]
    return passes.near, {
        'phase': phase, 'loss': loss, 'first': torch.cat(first).tolist(), 'gradient': torch.cat(taken).tolist()}


def main():
    for phase in range(100, 400):
        near, out = unrolled(float(phase))
        if near > GAP:
            break
    else:
        sys.exit('no phase keeps away from ties')
    print('phase', phase, 'loss', out['loss'], 'nearest', near)
    with open(sys.argv[1], 'w') as file:
        file.write(json.dumps(out, indent=0) + '\n')


if __name__ == '__main__':
    main()
