"""check.py F.safetensors...: computes with PyTorch, in Double, what the shards in files of `snas trace` gave, and compares.

Compared are the mixture with alpha, noise and temperature; logits, loss and hits with images and weights; gradients of the weights, credits
and alpha's gradient; batch statistics. A difference is the largest one of a tensor over the tensor's largest entry. Where rounding decides
which way a ReLU or a maximum goes, both ways are right: what depends on them may lie anywhere between. Ends with 0 where all agrees, with 1
where something does not, with 2 where a file cannot be read. Needs PyTorch and NumPy (Debian: python3-torch).
"""

import argparse
import json
import math
import sys

import torch
import torch.nn.functional as F

from draws import Draw
from networks import Pass
from tensors import Trace, Unreadable

# Where nothing else is said: 32-bit kernels against Double come to a few millionths, in networks of 20 cells to some hundred.
TOLERANCE = 1e-4
# Tosses of the branches that rounding decides.
TOSSES = 8
# Differences of a tensor that is all but zero are measured by the largest entry of its kind, times this.
SMALLEST = 1e-5


class Computed:
    """What PyTorch makes of a trace's inputs, by the names of its outputs."""

    def __init__(self, trace, generator=None):
        self.trace, self.outputs = trace, {}
        self.draw = Draw(trace)
        self.weights = {name: tensor.clone().requires_grad_(True) for name, tensor in trace.below("weights").items()}
        mixture = self.draw.leaves()
        network = Pass(trace, self.weights, mixture, generator)
        logits, auxiliary = network.logits(trace["images"])
        self.undecided = network.undecided
        labels = trace["labels"].long()
        for name, value in (("logits", logits), ("auxiliary_logits", auxiliary)):
            if value is not None and (name in trace or name == "auxiliary_logits"):
                self.outputs[name] = value.detach()
        if "hits" in trace:
            self.outputs["hits"] = (logits.argmax(1) == labels).sum().double()
        loss = self.loss(logits, auxiliary, labels)
        if "loss" in trace:
            self.outputs["loss"] = loss.detach()
        self.factor = self.loss_factor(mixture)
        if self.factor is not None:
            self.outputs["loss_factor"] = torch.tensor(self.factor)
        self.differentiate(loss * (self.factor or 1), mixture, (logits.argmax(1) == labels).double().mean().item())
        for name, pair in network.batch.items():
            for part, value in zip(("mean", "variance"), pair):
                if f"batch.{name}.{part}" in trace:
                    self.outputs[f"batch.{name}.{part}"] = value
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

    def loss_factor(self, mixture):
        """FBNet's a (ln S)^b of the network's expected size (Wu et al. 2019, formula 2)."""
        if "cost" not in self.trace.texts:
            return None
        cost, sizes = json.loads(self.trace.texts["cost"]), self.trace.tables("cost_sizes")
        shares = mixture
        if cost["of"] == "probabilities":
            shares = {kind: self.draw.by_edge(kind, self.draw.alpha[kind], torch.softmax) for kind in self.trace.kinds}
        size = cost["fixed"] + sum((shares[kind] * sizes[kind]).sum().item() for kind in self.trace.kinds)
        return cost["coefficient"] * math.log(size) ** cost["power"]

    def differentiate(self, loss, mixture, accuracy):
        names = [name[len("gradients.") :] for name in self.trace.tensors if name.startswith("gradients.")]
        has_credits = self.trace.tables("credits") is not None
        inputs = [self.weights[name] for name in names] + (list(mixture.values()) if has_credits else [])
        slopes = torch.autograd.grad(loss, inputs, allow_unused=True) if inputs else []
        slopes = [torch.zeros_like(wanted) if slope is None else slope for slope, wanted in zip(slopes, inputs)]
        for name, slope in zip(names, slopes):
            self.outputs[f"gradients.{name}"] = slope
        credits = dict(zip(self.trace.kinds, slopes[len(names) :])) if has_credits else None
        if credits and self.draw.kept is not None:
            credits = {kind: table * self.draw.kept[kind] for kind, table in credits.items()}
        self.add("credits", credits)
        if self.trace.tables("alpha_gradient") is not None:
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
        self.scale = {
            name: max(value.abs().max().item(), SMALLEST * largest[group(name)]) or 1.0 for name, value in self.low.items()
        }

    def widen(self):
        """Takes branches that rounding decides the one way and the other."""
        for seed in range(TOSSES):
            tossed = Computed(self.trace, torch.Generator().manual_seed(seed)).outputs
            for name, value in tossed.items():
                self.low[name] = torch.minimum(self.low[name], value.reshape(-1))
                self.high[name] = torch.maximum(self.high[name], value.reshape(-1))

    def difference(self, name):
        told = self.trace[name].reshape(-1)
        if told.shape != self.low[name].shape:
            return math.inf
        outside = torch.maximum(self.low[name] - told, told - self.high[name]).clamp(min=0)
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


def masks_fit(trace):
    """Whether drop path's masks are 0, or 1 over the kept share."""
    if "drop_path" not in trace:
        return True
    masks = trace["drop_path"] * (1 - float(trace.texts["drop_path_probability"]))
    return bool(((masks == 0) | ((masks - 1).abs() < 1e-6)).all())


def check(path, tolerance, is_quiet):
    trace = Trace(path)
    texts = trace.texts
    comparison = Comparison(trace)
    differences = comparison.differences()
    note = ""
    if max(differences.values()) > tolerance and comparison.computed.undecided:
        comparison.widen()
        differences = comparison.differences()
        note = f", of {comparison.computed.undecided} branches that rounding decides both ways"
    faults = [f"{name}: {value:.2g}" for name, value in differences.items() if not value <= tolerance]
    faults += [f"{name}: computed by nothing" for name in comparison.missing()]
    faults += [] if masks_fit(trace) else ["drop_path: neither 0 nor 1 over the kept share"]
    print(
        f"{path}: {texts['method']}, step {texts['step']}, round {texts['round']} ({texts['round_is']}), shard {texts['shard']},"
        f" {texts['images']} images, {texts['kernels']}{note}"
    )
    if not is_quiet:
        for kind in dict.fromkeys(group(name) for name in differences):
            own = {name: value for name, value in differences.items() if group(name) == kind}
            worst = max(own, key=own.get)
            print(f"  {kind:17} {len(own):5} tensors   largest difference {own[worst]:.1e}" + (f"   {worst}" if len(own) > 1 else ""))
    for fault in faults:
        print(f"  WRONG {fault}")
    return not faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+", metavar="F.safetensors")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="largest difference (default %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="no tables")
    arguments = parser.parse_args()
    torch.set_default_dtype(torch.float64)
    try:
        verdicts = [check(path, arguments.tolerance, arguments.quiet) for path in arguments.files]
    except (Unreadable, OSError) as error:
        print(f"check.py: {error}", file=sys.stderr)
        return 2
    print(f"{sum(verdicts)} of {len(verdicts)} agree")
    return 0 if all(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
