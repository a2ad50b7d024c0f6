"""Golden numbers of derived networks for NetworkTests, from PyTorch in Double.

Usage: python3 generate_derived.py Fixtures/derived.safetensors      (needs torch, any version)

Three small networks of 4 channels and 4 cells (normal, reduction, reduction, normal), written down from the papers'
description, with weights, images and labels by the closed formulas of generate.py. Between them: every operation that a
genotype may name, at both strides where it has them; two edges from one node; nodes that are not concatenated; `none` and
dead nodes; pools with and without batch norm; drop path; the auxiliary head's loss; label smoothing; both forms, odd sides.

Of tensors with more than 512 values every n-th is kept, n the least that leaves 512 or fewer.
"""
import sys

import torch
import torch.nn.functional as F

from generate import GAP, Net, formula, write

CHANNELS, LAYERS, CLASSES, IMAGES = 4, 4, 10, 5
KEPT = 0.8

# (operation, source, target) of each edge, and what is concatenated, by hand and not from the project's own tables.
OLD = dict(
    normal=[('avg_pool_3x3', 0, 2), ('max_pool_3x3', 1, 2), ('sep_conv_3x3', 0, 3), ('sep_conv_7x7', 2, 3),
            ('sep_conv_5x5', 0, 4), ('skip_connect', 0, 4), ('conv_7x1_1x7', 1, 5), ('skip_connect', 3, 5),
            ('dil_conv_5x5', 0, 6), ('dil_conv_3x3', 4, 6)],
    normal_concat=[4, 5, 6],
    reduce=[('avg_pool_3x3', 0, 2), ('sep_conv_3x3', 1, 2), ('max_pool_3x3', 0, 3), ('sep_conv_7x7', 1, 3),
            ('skip_connect', 0, 4), ('avg_pool_3x3', 2, 4), ('dil_conv_3x3', 0, 5), ('sep_conv_5x5', 1, 5),
            ('conv_7x1_1x7', 0, 6), ('max_pool_3x3', 5, 6)],
    reduce_concat=[3, 4, 6])


def full(codes):
    names = ['none', 'max_pool_3x3', 'avg_pool_3x3', 'skip_connect', 'sep_conv_3x3', 'sep_conv_5x5', 'dil_conv_3x3',
             'dil_conv_5x5']
    edges = [(source, node) for node in range(2, 6) for source in range(node)]
    return [(names[code], source, node) for code, (source, node) in zip(codes, edges)]


# Node 4 of the normal cell and nodes 3 and 5 of the reduction cell are dead, but node 5 reads node 4.
ALL_EDGES = dict(
    normal=full([1, 2, 3, 6, 0, 0, 0, 0, 0, 3, 4, 0, 0, 2]), normal_concat=[2, 3, 4, 5],
    reduce=full([1, 4, 0, 0, 0, 7, 2, 3, 0, 0, 0, 0, 0, 0]), reduce_concat=[2, 3, 4, 5])

CASES = [
    dict(genotype=OLD, form='cifar', side=16, pool_norm=False, smoothing=0.0),
    dict(genotype=ALL_EDGES, form='cifar', side=16, pool_norm=True, smoothing=0.0),
    dict(genotype=OLD, form='imagenet', side=72, pool_norm=False, smoothing=0.1),
]


class Derived(Net):
    def __init__(self, case, drop, given=None):
        super().__init__(drop)
        self.case, self.given = case, given

    def norm(self, x, name, affine=True):
        if self.given is None:
            return super().norm(x, name, affine=True)
        mean, variance = self.given[name]
        return F.batch_norm(x, mean, variance, self.w(name + '.weight', [x.shape[1]]),
                            self.w(name + '.bias', [x.shape[1]]), training=False, eps=1e-5)

    def reduce(self, x, name, channels):
        x = self.relu(x)
        a = F.conv2d(x, self.w(name + '.conv_1.weight', [channels // 2, x.shape[1], 1, 1]), stride=2)
        shifted = F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))[:, :, 1:, 1:]
        b = F.conv2d(shifted, self.w(name + '.conv_2.weight', [channels // 2, x.shape[1], 1, 1]), stride=2)
        return self.norm(torch.cat([a, b], 1), name + '.bn')

    def edge(self, operation, x, name, stride):
        if operation == 'none':
            return None
        if operation == 'skip_connect':
            return x if stride == 1 else self.reduce(x, name, x.shape[1])
        if operation.endswith('pool_3x3'):
            x = self.max_pool(x, stride) if operation.startswith('max') else F.avg_pool2d(
                x, 3, stride, 1, count_include_pad=False)
            return self.norm(x, name + '.op.1') if self.case['pool_norm'] else x
        if operation == 'conv_7x1_1x7':
            c = x.shape[1]
            x = F.conv2d(self.relu(x), self.w(name + '.1.weight', [c, c, 1, 7]), stride=(1, stride), padding=(0, 3))
            x = F.conv2d(x, self.w(name + '.2.weight', [c, c, 7, 1]), stride=(stride, 1), padding=(3, 0))
            return self.norm(x, name + '.3')
        kernel = int(operation[-1])
        if operation.startswith('sep'):
            return self.part(self.part(x, name, 1, kernel, stride, 1), name, 5, kernel, 1, 1)
        return self.part(x, name, 1, kernel, stride, 2)

    def derived_cell(self, index, s0, s1, channels, reduces, reduced_before):
        name, kind = f'cells.{index}', 'reduce' if reduces else 'normal'
        s0 = (self.reduce if reduced_before else self.relu_conv_norm)(s0, name + '.preprocess0', channels)
        states = [s0, self.relu_conv_norm(s1, name + '.preprocess1', channels)]
        edges = self.case['genotype'][kind]
        side = (states[1].shape[2] + 1) // 2 if reduces else states[1].shape[2]
        for node in range(2, max(target for _, _, target in edges) + 1):
            total = torch.zeros(IMAGES, channels, side, side, dtype=torch.float64)
            for number, (operation, source, target) in enumerate(edges):
                if target != node:
                    continue
                stride = 2 if reduces and source < 2 else 1
                out = self.edge(operation, states[source], f'{name}._ops.{number}', stride)
                if out is None:
                    continue
                if self.drop is not None and not (operation == 'skip_connect' and stride == 1):
                    out = out * self.drop[index, number].reshape(-1, 1, 1, 1)
                total = total + out
            states.append(total)
        return torch.cat([states[node] for node in self.case['genotype'][kind + '_concat']], 1)

    def stem(self, x):
        if self.case['form'] == 'cifar':
            x = F.conv2d(x, self.w('stem.0.weight', [3 * CHANNELS, x.shape[1], 3, 3]), padding=1)
            x = self.norm(x, 'stem.1')
            return x, x
        x = F.conv2d(x, self.w('stem0.0.weight', [CHANNELS // 2, x.shape[1], 3, 3]), stride=2, padding=1)
        x = self.relu(self.norm(x, 'stem0.1'))
        x = F.conv2d(x, self.w('stem0.3.weight', [CHANNELS, x.shape[1], 3, 3]), stride=2, padding=1)
        x = self.norm(x, 'stem0.4')
        y = F.conv2d(self.relu(x), self.w('stem1.1.weight', [CHANNELS, CHANNELS, 3, 3]), stride=2, padding=1)
        return x, self.norm(y, 'stem1.2')

    def linear(self, x, name):
        return F.linear(x, self.w(name + '.weight', [CLASSES, x.shape[1]]), self.w(name + '.bias', [CLASSES]))

    def auxiliary(self, x):
        name, side = 'auxiliary_head.features', x.shape[2]
        kernel = {4: 3, 3: 2}[side]
        x = F.avg_pool2d(self.relu(x), kernel, side - kernel)
        x = self.norm(F.conv2d(x, self.w(name + '.2.weight', [128, x.shape[1], 1, 1])), name + '.3')
        x = F.conv2d(self.relu(x), self.w(name + '.5.weight', [768, 128, 2, 2]))
        if self.case['form'] == 'cifar':
            x = self.norm(x, name + '.6')
        return self.linear(self.relu(x).reshape(IMAGES, 768), 'auxiliary_head.classifier')

    def forward(self, images):
        s0, s1 = self.stem(images)
        channels, before = CHANNELS, self.case['form'] == 'imagenet'
        for index in range(LAYERS):
            reduces = index in (LAYERS // 3, 2 * LAYERS // 3)
            channels *= 2 if reduces else 1
            s0, s1 = s1, self.derived_cell(index, s0, s1, channels, reduces, before)
            before = reduces
            if index == 2 * LAYERS // 3:
                tapped = s1
        auxiliary = self.auxiliary(tapped)
        return self.linear(s1.mean((2, 3)), 'classifier'), auxiliary


def loss_of(logits, labels, smoothing):
    target = (1 - smoothing) * F.one_hot(labels, CLASSES) + smoothing / CLASSES
    return -(target * F.log_softmax(logits, 1)).sum(1).mean()


def thinned(tensor):
    flat = tensor.reshape(-1)
    return flat[::-(-flat.numel() // 512)]


def main():
    out = {}
    labels = torch.tensor([(3 * i + 1) % CLASSES for i in range(IMAGES)])
    for number, case in enumerate(CASES):
        edges = len(case['genotype']['normal'])
        drop = torch.tensor([[[0.0 if (c + 2 * e + 3 * i) % 5 == 0 else 1 / KEPT for i in range(IMAGES)]
                              for e in range(edges)] for c in range(LAYERS)], dtype=torch.float64).float().double()
        side = case['side']
        for phase in range(100, 700):
            images = (2 * formula(IMAGES * 3 * side * side, float(phase))).float().double()
            images = images.reshape(IMAGES, 3, side, side)
            net = Derived(case, drop)
            logits, auxiliary = net.forward(images)
            if net.near > GAP:
                break
        else:
            sys.exit(f'case {number}: no phase keeps away from ties')
        loss = loss_of(logits, labels, case['smoothing']) + 0.4 * loss_of(auxiliary, labels, case['smoothing'])
        names = list(net.w.tensors)
        gradients = torch.autograd.grad(loss, [net.w.tensors[n] for n in names])
        # The evaluation normalises with the statistics of the pass without drop path.
        plain = Derived(case, None)
        plain.forward(images)
        tested = Derived(case, None, given=plain.statistics)
        scores, _ = tested.forward(images)
        print('case', number, 'phase', phase, 'loss', loss.item(), 'nearest', net.near, plain.near, tested.near)
        prefix = f'{number}.'
        out[prefix + 'phase'] = torch.tensor([float(phase)])
        out[prefix + 'loss'] = loss.reshape(1)
        out[prefix + 'hits'] = (logits.argmax(1) == labels).sum().reshape(1)
        out[prefix + 'evaluation.loss'] = F.cross_entropy(scores, labels, reduction='sum').reshape(1)
        out[prefix + 'evaluation.predictions'] = scores.argmax(1)
        out[prefix + 'evaluation.top5'] = sum(
            labels[i] in scores[i].topk(5).indices for i in range(IMAGES)) * torch.ones(1)
        for name, gradient in zip(names, gradients):
            out[prefix + 'gradient.' + name] = thinned(gradient)
        for name, (mean, variance) in net.statistics.items():
            out[prefix + 'mean.' + name], out[prefix + 'variance.' + name] = thinned(mean), thinned(variance)
    write(sys.argv[1], out)


if __name__ == '__main__':
    main()
