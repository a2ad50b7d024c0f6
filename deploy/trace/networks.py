"""Networks as the papers describe them, as functions of images and weights by name, in PyTorch and in Double.

The super-network and the derived network of DARTS and SNAS (Liu et al. 2019; Xie et al. 2019), those of NAS-Bench-201 (Dong and Yang 2020),
RobustDARTS' operations (Zela et al. 2020), the auxiliary skip of DARTS- (Chu et al. 2021). Weights have the names that the authors' modules
give them. Nothing here is translated from the program whose traces it checks.
"""

import torch
import torch.nn.functional as F

EPSILON = 1e-5
# What is smaller may have become 0 on its way through products of 32 bits, whose least number is 1e-38.
VANISHING = 1e-30


class Branches:
    """Ways of ReLUs and maxima where rounding may decide them: all closed (way 0), all open (way 1), or tossed one by one.

    near: of a tensor's largest entry; what lies nearer to zero, or to what it competes with, may go either way.
    """

    def __init__(self, near, way):
        self.near, self.way, self.count = near, way, 0
        self.generator = torch.Generator().manual_seed(way)

    def relu(self, x):
        values = x.detach()
        undecided = values.abs() <= max(self.near * values.abs().max().item(), VANISHING)
        undecided &= values != 0
        self.count += int(undecided.sum())
        tossed = torch.rand(x.shape, generator=self.generator, dtype=x.dtype) < 0.5
        open_ways = tossed if self.way > 1 else torch.full_like(tossed, self.way == 1)
        return x * torch.where(undecided, open_ways, values > 0)

    def max_pool(self, x, stride):
        """Of two values that are as good as equal a toss says which is the larger."""
        values = x.detach()
        shift = torch.rand(x.shape, generator=self.generator, dtype=x.dtype) * self.near * values.abs().max()
        _, places = F.max_pool2d(values + shift, 3, stride, 1, return_indices=True)
        _, plain = F.max_pool2d(values, 3, stride, 1, return_indices=True)
        self.count += int((places != plain).sum())
        return x.flatten(2).gather(2, places.flatten(2)).reshape(places.shape)


class Pass:
    """One pass of images through a network; what is measured on the way stands in `batch`."""

    def __init__(self, trace, weights, mixture, branches=None):
        """mixture: a flat table for each kind of cell, None for a derived network. branches: None goes by the numbers themselves."""
        self.trace, self.network, self.weights, self.mixture = trace, trace.network, weights, mixture
        self.branches, self.batch = branches, {}
        self.is_super = self.network["network"] == "super"
        self.trains = trace.texts["pass"] == "training"
        self.leaves_out = trace.texts["mixing"] in ("floored", "one-hot", "categorical") or not self.trains
        self.running = trace.below("running")
        self.drop_path = trace["drop_path"] if "drop_path" in trace else None
        self.edges_before = 0

    # Layers

    def relu(self, x):
        # What 32 bits cannot hold is 0 there.
        return self.branches.relu(x) if self.branches else x * (x.detach().float() > 0)

    def max_pool(self, x, stride):
        return self.branches.max_pool(x, stride) if self.branches else F.max_pool2d(x, 3, stride, 1)

    def norm(self, x, name):
        if self.running:
            mean, variance = self.running[f"{name}.mean"], self.running[f"{name}.variance"]
        else:
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            count = x.numel() // x.shape[1]
            self.batch[name] = (mean.detach(), variance.detach() * count / max(1, count - 1))
        shape = (1, -1, 1, 1)
        x = (x - mean.reshape(shape)) / torch.sqrt(variance.reshape(shape) + EPSILON)
        if f"{name}.weight" not in self.weights:
            return x
        return x * self.weights[f"{name}.weight"].reshape(shape) + self.weights[f"{name}.bias"].reshape(shape)

    def convolution(self, x, name, stride=1, dilation=1, depthwise=False):
        weight = self.weights[f"{name}.weight"]
        padding = tuple(dilation * (side // 2) for side in weight.shape[2:])
        return F.conv2d(x, weight, None, stride, padding, dilation, x.shape[1] if depthwise else 1)

    def relu_conv_norm(self, x, name, stride=1):
        return self.norm(self.convolution(self.relu(x), f"{name}.op.1", stride), f"{name}.op.2")

    def factorized_reduce(self, x, name):
        x = self.relu(x)
        shifted = F.pad(x, (0, x.shape[3] % 2, 0, x.shape[2] % 2))[:, :, 1:, 1:]
        halves = [self.convolution(x, f"{name}.conv_1", 2), self.convolution(shifted, f"{name}.conv_2", 2)]
        return self.norm(torch.cat(halves, 1), f"{name}.bn")

    def depthwise_pointwise(self, x, name, at, stride, dilation=1):
        x = self.convolution(self.relu(x), f"{name}.op.{at}", stride, dilation, depthwise=True)
        return self.norm(self.convolution(x, f"{name}.op.{at + 1}"), f"{name}.op.{at + 2}")

    def pool(self, operation, x, name, stride):
        is_max = operation.startswith("max")
        x = self.max_pool(x, stride) if is_max else F.avg_pool2d(x, 3, stride, 1, count_include_pad=False)
        if self.is_super:
            return self.norm(x, f"{name}.1") if self.network["skeleton"] == "reductions" else x
        return self.norm(x, f"{name}.op.1") if self.network["pool_batch_norm"] else x

    def operation(self, operation, x, name, stride, edge):
        """None for `none`, which is zero."""
        if operation == "none":
            return None
        if operation == "noise":
            return self.trace[f"noise_operation.{edge}"]
        if operation == "skip_connect":
            return x if stride == 1 else self.factorized_reduce(x, name)
        if operation.endswith("_pool_3x3"):
            return self.pool(operation, x, name, stride)
        if operation.startswith("sep_conv"):
            return self.depthwise_pointwise(self.depthwise_pointwise(x, name, 1, stride), name, 5, 1)
        if operation.startswith("dil_conv"):
            return self.depthwise_pointwise(x, name, 1, stride, dilation=2)
        if operation.startswith("nor_conv"):
            return self.relu_conv_norm(x, name, stride)
        if operation == "conv_7x1_1x7":
            x = self.convolution(self.relu(x), f"{name}.1", (1, stride))
            return self.norm(self.convolution(x, f"{name}.2", (stride, 1)), f"{name}.3")
        raise ValueError(f"unknown operation {operation}")

    # Edges and cells

    def mixed(self, kind, number, candidates, x, names, stride):
        """SNAS 2.2: Z times output, summed. names: of a candidate by its column, and of the auxiliary skip."""
        start = self.trace.rows(kind)[number].start
        total, computed = None, 0
        for column, operation in enumerate(candidates):
            z = self.mixture[kind][start + column]
            if operation == "none" or (self.leaves_out and z.item() == 0):
                continue
            computed += 1
            part = z * self.operation(operation, x, names[0](column), stride, self.edges_before + number)
            total = part if total is None else total + part
        has_skip = self.network["auxiliary_skip"] and candidates != ["none"]
        if has_skip and (self.trains or computed > 1):
            beside = self.operation("skip_connect", x, names[1], stride, None)
            total = beside if total is None else total + beside
        return total

    def edge(self, cell, kind, number, what, x, stride, target, source):
        """What an edge brings to its node, drop path on it: a mask an image."""
        is_staged = self.network["skeleton"] == "stages"
        if self.is_super:
            stem = f"{cell}.edges.{target}<-{source}" if is_staged else f"{cell}._ops.{number}._ops"
            names = (lambda column: f"{stem}.{column}", f"{cell}.auxiliary_skips.{number}")
            out, spared = self.mixed(kind, number, what, x, names, stride), False
        else:
            name = f"{cell}.{'layers' if is_staged else '_ops'}.{number}"
            out = self.operation(what, x, name, stride, self.edges_before + number)
            spared = what == "skip_connect" and stride == 1
        if out is None or self.drop_path is None or not self.trains or spared:
            return out
        return out * self.drop_path[self.edges_before + number].reshape(-1, 1, 1, 1)

    def cell(self, name, kind, nodes, channels):
        """nodes: the inputs as the edges read them. Gives on what the cell's graph says."""
        plan, inputs, reduces = self.network["cells"][kind], len(nodes), kind == "reduce"
        sides = [(side + 1) // 2 if reduces else side for side in nodes[-1].shape[2:]]
        for node in range(inputs, inputs + plan["nodes"]):
            total = torch.zeros(nodes[0].shape[0], channels, *sides, dtype=torch.float64)
            for number, (source, target, what) in enumerate(plan["edges"]):
                if target == node:
                    stride = 2 if reduces and source < 2 else 1
                    out = self.edge(name, kind, number, what, nodes[source], stride, target, source)
                    total = total if out is None else total + out
            nodes.append(total)
        self.edges_before += len(plan["edges"])
        return torch.cat([nodes[node] for node in plan["outputs"]], 1)

    # Networks

    def classifier(self, x, name="classifier"):
        return F.linear(x.mean((2, 3)), self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def auxiliary(self, x):
        """DARTS' `AuxiliaryHeadCIFAR`, whose mean leaves 2 x 2 of maps of any side."""
        name = "auxiliary_head.features"
        kernel = [min(side - 1, (side + 3) // 2) for side in x.shape[2:]]
        x = F.avg_pool2d(self.relu(x), kernel, [side - own for side, own in zip(x.shape[2:], kernel)])
        x = self.norm(self.convolution(x, f"{name}.2"), f"{name}.3")
        x = F.conv2d(self.relu(x), self.weights[f"{name}.5.weight"])
        return self.classifier(self.relu(self.norm(x, f"{name}.6")), "auxiliary_head.classifier")

    def reductions(self, x):
        layers, channels, follows = self.network["layers"], self.network["channels"], False
        before = previous = x
        logits = None
        for index in range(layers):
            kind = "reduce" if index in (layers // 3, 2 * layers // 3) else "normal"
            channels *= 2 if kind == "reduce" else 1
            name = f"cells.{index}"
            first = (self.factorized_reduce if follows else self.relu_conv_norm)(before, f"{name}.preprocess0")
            nodes = [first, self.relu_conv_norm(previous, f"{name}.preprocess1")]
            before, previous = previous, self.cell(name, kind, nodes, channels)
            follows = kind == "reduce"
            if index == 2 * layers // 3 and self.trains and self.network.get("auxiliary_head"):
                logits = self.auxiliary(previous)
        return self.classifier(previous), logits

    def stages(self, x):
        each, position = self.network["layers"] // 3, 0
        for stage in range(3):
            if stage > 0:
                x, position = self.residual(f"cells.{position}", x), position + 1
            for _ in range(each):
                x, position = self.cell(f"cells.{position}", "normal", [x], x.shape[1]), position + 1
        return self.classifier(self.relu(self.norm(x, "lastact.0"))), None

    def residual(self, name, x):
        main = self.relu_conv_norm(self.relu_conv_norm(x, f"{name}.conv_a", 2), f"{name}.conv_b")
        return main + self.convolution(F.avg_pool2d(x, 2, 2), f"{name}.downsample.1")

    def logits(self, images):
        """Of the classifier and, in training, of an auxiliary head: images x classes."""
        x = self.norm(self.convolution(images, "stem.0"), "stem.1")
        return self.reductions(x) if self.network["skeleton"] == "reductions" else self.stages(x)
