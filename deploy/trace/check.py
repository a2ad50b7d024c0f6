"""check.py F.safetensors...: computes with PyTorch, in Double, what the shards in files of `snas trace` gave, and compares.

Compared are the mixture with alpha, noise and temperature; logits, loss and hits with images and weights; gradients of the weights, credits
and alpha's gradient; batch statistics. A difference is the largest one of a tensor over the tensor's largest entry (a batch's means: over a
standard deviation). Where rounding decides which way a ReLU or a maximum goes, both ways are right: what depends on them may lie between.
Ends with 0 where all agrees, with 1 where something does not, with 2 where a file cannot be read. Needs PyTorch and NumPy (Debian:
python3-torch).
"""

import argparse
import json
import math
import sys

import torch
import torch.nn.functional as F

from draws import Draw
from networks import Branches, Pass
from tensors import Trace, Unreadable

# Where nothing else is said: 32-bit kernels against Double come to some millionths.
TOLERANCE = 1e-4
# How near to a branch rounding may decide it: first the least that explains a difference.
NEAR = (2.5e-7, 1e-6, 4e-6)
# In which such branches are taken: closed, open, and tossed twice.
WAYS = 4
# Differences of a tensor that is all but zero are measured by the largest entry of its kind, times this.
SMALLEST = 1e-5
# Of a file, before their number is told.
FAULTS_TOLD = 10


class Computed:
    """What PyTorch makes of a trace's inputs, by the names of its outputs."""

    def __init__(self, trace, branches=None):
        self.trace, self.outputs = trace, {}
        self.draw = Draw(trace)
        self.weights = {name: tensor.clone().requires_grad_(True) for name, tensor in trace.below("weights").items()}
        mixture = self.draw.leaves()
        network = Pass(trace, self.weights, mixture, branches)
        logits, auxiliary = network.logits(trace["images"])
        labels = trace["labels"].long()
        yields = trace.texts["yields"].split(",")
        loss = self.loss(logits, auxiliary, labels)
        # A round that measures batch statistics tells of nothing else.
        if yields != ["statistics"]:
            self.outputs["logits"] = logits.detach()
            self.outputs["hits"] = self.hits(logits.detach(), labels)
            if auxiliary is not None:
                self.outputs["auxiliary_logits"] = auxiliary.detach()
            if "policy_gradient" not in yields:
                self.outputs["loss"] = loss.detach()
        self.factor = self.loss_factor()
        if self.factor is not None:
            self.outputs["loss_factor"] = torch.tensor(self.factor)
        self.differentiate(loss * (self.factor or 1), mixture, yields)
        if "statistics" in yields:
            for name, pair in network.batch.items():
                self.outputs |= {f"batch.{name}.{part}": value for part, value in zip(("mean", "variance"), pair)}
        self.add("mixture", self.draw.mixture)

    def add(self, name, tables):
        for kind, table in (tables or {}).items():
            self.outputs[f"{name}.{kind}"] = table.detach()

    def loss(self, logits, auxiliary, labels):
        if self.trace.texts["pass"] != "training":
            return F.cross_entropy(logits, labels, reduction="sum")
        smoothing, classes = self.trace.network.get("label_smoothing", 0), logits.shape[1]
        target = (1 - smoothing) * F.one_hot(labels, classes) + smoothing / classes

        def mean(scores):
            return -(target * F.log_softmax(scores, 1)).sum(1).mean()

        return mean(logits) if auxiliary is None else mean(logits) + self.trace.network["auxiliary_weight"] * mean(auxiliary)

    def loss_factor(self):
        """FBNet's a (ln S)^b of the network's expected size (Wu et al. 2019, formula 2)."""
        if "cost" not in self.trace.texts:
            return None
        cost, sizes = json.loads(self.trace.texts["cost"]), self.trace.tables("cost_sizes")
        shares = self.draw.soft
        if cost["of"] == "probabilities":
            shares = {kind: self.draw.by_edge(kind, self.draw.alpha[kind], torch.softmax) for kind in self.trace.kinds}
        size = cost["fixed"] + sum((shares[kind] * sizes[kind]).sum().item() for kind in self.trace.kinds)
        return cost["coefficient"] * math.log(size) ** cost["power"]

    def hits(self, logits, labels):
        """Images whose label has the largest logit: as the file has them where two logits are too near to tell."""
        own = logits.gather(1, labels[:, None])[:, 0]
        others = logits.scatter(1, labels[:, None], -math.inf).max(1).values
        margin = TOLERANCE * logits.abs().max()
        told = self.trace["hits"]
        is_possible = (own > others + margin).sum() <= told <= (own > others - margin).sum()
        return told if is_possible else (own > others).sum().double()

    def differentiate(self, loss, mixture, yields):
        names = list(self.weights) if "weight_gradient" in yields else []
        has_credits = "alpha_gradient" in yields
        inputs = [self.weights[name] for name in names] + (list(mixture.values()) if has_credits else [])
        slopes = torch.autograd.grad(loss, inputs, allow_unused=True) if inputs else []
        for name, slope, weight in zip(names, slopes, inputs):
            # What the loss does not depend on has a gradient of 0, or none where it was left out.
            if slope is not None or f"gradients.{name}" in self.trace:
                self.outputs[f"gradients.{name}"] = torch.zeros_like(weight) if slope is None else slope
        credits = None
        if has_credits:
            own = zip(self.trace.kinds, slopes[len(names) :], inputs[len(names) :])
            credits = {kind: torch.zeros_like(table) if slope is None else slope for kind, slope, table in own}
            if self.draw.kept is not None:
                credits = {kind: table * self.draw.kept[kind] for kind, table in credits.items()}
            self.add("credits", credits)
        if has_credits or "policy_gradient" in yields:
            accuracy = self.outputs["hits"].item() / len(self.trace["labels"])
            self.add("alpha_gradient", self.draw.alpha_gradient(credits, accuracy))


def group(name):
    return name.split(".")[0]


class Comparison:
    """Of each output of a trace, how far it lies from what PyTorch has."""

    def __init__(self, trace):
        self.trace = trace
        self.computed = Computed(trace)
        self.low = {name: value.reshape(-1) for name, value in self.computed.outputs.items()}
        self.high = dict(self.low)
        largest = {}
        for name, value in self.low.items():
            largest[group(name)] = max(largest.get(group(name), 0.0), value.abs().max().item())
        self.scale = {name: max(self.size(name), SMALLEST * largest[group(name)]) or 1.0 for name in self.low}

    def size(self, name):
        """What a difference is measured by: the largest entry, and of a batch's means no less than a standard deviation."""
        size = self.low[name].abs().max().item()
        if group(name) != "batch" or not name.endswith(".mean"):
            return size
        return max(size, self.low[name[: -len("mean")] + "variance"].max().item() ** 0.5)

    def widen(self, near):
        """Takes branches that rounding may decide the one way and the other: between what comes of it everything is right.

        Returns how many there are, and how far apart the ways lie at most, over a tensor's largest entry.
        """
        for way in range(WAYS):
            branches = Branches(near, way)
            for name, value in Computed(self.trace, branches).outputs.items():
                self.low[name] = torch.minimum(self.low[name], value.reshape(-1))
                self.high[name] = torch.maximum(self.high[name], value.reshape(-1))
        return branches.count, max((self.high[name] - self.low[name]).max().item() / self.scale[name] for name in self.low)

    def difference(self, name):
        if name not in self.trace:
            return math.inf
        told = self.trace[name].reshape(-1)
        if told.shape != self.low[name].shape:
            return math.inf
        # A few ways are not all of them: half as far again as they lie apart is right, too.
        more = (self.high[name] - self.low[name]) / 2
        outside = torch.maximum(self.low[name] - more - told, told - self.high[name] - more).clamp(min=0)
        # What is not a number agrees with nothing.
        worst = outside.max().item() if torch.isfinite(told).all() else math.inf
        return worst / self.scale[name]

    def differences(self):
        return {name: self.difference(name) for name in self.low}

    def missing(self):
        """Outputs of the trace that nothing was computed for: each is a fault of the trace or of this check."""
        known = {"images", "labels", "temperature", "drop_path"}
        inputs = {"weights", "running", "alpha", "noise", "noise_remainder", "operation_drop", "noise_operation", "cost_sizes"}
        return [name for name in self.trace.tensors if name not in self.low and name not in known and group(name) not in inputs]


def input_faults(trace):
    """What no output shows, or not clearly."""
    texts, faults = trace.texts, []
    if (trace["labels"] != trace["labels"].round()).any():
        faults.append("labels: no whole numbers")
    if "drop_path" in trace:
        masks = trace["drop_path"] * (1 - float(texts["drop_path_probability"]))
        if not ((masks == 0) | ((masks - 1).abs() < 1e-6)).all():
            faults.append("drop_path: neither 0 nor 1 over the kept share")
    if "temperature" in trace and abs(trace["temperature"].item() / float(texts["temperature"]) - 1) > 1e-6:
        faults.append("temperature: another one than the text beside the tensors says")
    return faults


def agreed(comparison, tolerance, is_strict):
    """The differences, and what is to be said of branches."""
    note, differences = "", comparison.differences()
    for near in () if is_strict else NEAR:
        if max(differences.values()) <= tolerance:
            break
        count, width = comparison.widen(near)
        note = f"; {count} branches that rounding may decide taken both ways, {width:.1e} apart at most"
        differences = comparison.differences()
    return differences, note


def check(path, arguments):
    trace = Trace(path)
    texts = trace.texts
    try:
        comparison = Comparison(trace)
        differences, note = agreed(comparison, arguments.tolerance, arguments.strict)
    except (KeyError, IndexError, RuntimeError, ValueError) as error:
        raise Unreadable(f"the tensors of '{path}' are none of the network that it describes: {error}") from error
    wrong = [name for name, value in differences.items() if not value <= arguments.tolerance]
    faults = [f"{name}: {differences[name]:.2g}" if name in trace else f"{name}: not in the file" for name in wrong]
    faults += [f"{name}: computed by nothing" for name in comparison.missing()]
    faults += input_faults(trace)
    print(
        f"{path}: {texts['method']}, step {texts['step']}, round {texts['round']} ({texts['round_is']}), shard {texts['shard']},"
        f" {texts['images']} images, {texts['kernels']}{note}"
    )
    if not arguments.quiet:
        for kind in dict.fromkeys(group(name) for name in differences):
            own = {name: value for name, value in differences.items() if group(name) == kind}
            worst = max(own, key=own.get)
            print(f"  {kind:17} {len(own):5} tensors   largest difference {own[worst]:.1e}" + (f"   {worst}" if len(own) > 1 else ""))
    for fault in faults[:FAULTS_TOLD]:
        print(f"  WRONG {fault}")
    if len(faults) > FAULTS_TOLD:
        print(f"  WRONG {len(faults) - FAULTS_TOLD} more")
    return not faults


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="F.safetensors")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="largest difference (default %(default)s)")
    parser.add_argument("--strict", action="store_true", help="branches go as Double has them, even where rounding may decide them")
    parser.add_argument("--quiet", action="store_true", help="no tables")
    arguments = parser.parse_args(words)
    torch.set_default_dtype(torch.float64)
    try:
        verdicts = [check(path, arguments) for path in arguments.files]
    except (Unreadable, OSError) as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 2
    print(f"{sum(verdicts)} of {len(verdicts)} agree")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
