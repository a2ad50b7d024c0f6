"""How a shard makes its mixture of alpha, and how credits or rewards become alpha's gradient: by the papers' formulas, differentiated by
PyTorch.

SNAS (Xie et al. 2019, formula 3), DARTS (Liu et al. 2019, formula 2), GDAS (Dong and Yang 2019, formulas 4 to 7), DSNAS (Hu et al. 2020),
REINFORCE (Williams 1992) as ENAS (Pham et al. 2018) uses it.
"""

import torch


class Draw:
    """A shard's draw; of a round that draws nothing the mixture that it was given."""

    def __init__(self, trace):
        self.trace, self.mixing = trace, trace.texts["mixing"]
        self.alpha = trace.tables("alpha") if self.mixing not in ("none", "given") else None
        self.kept = trace.tables("operation_drop")
        if self.alpha is None:
            self.mixture = trace.tables("mixture")
            return
        self.alpha = {kind: table.clone().requires_grad_(True) for kind, table in self.alpha.items()}
        self.soft = {kind: self.by_edge(kind, self.scores(kind), torch.softmax) for kind in trace.kinds}
        hard = self.mixing in ("one-hot", "categorical")
        self.drawn = {kind: self.by_edge(kind, self.scores(kind), one_hot) if hard else self.soft[kind] for kind in trace.kinds}
        if self.mixing == "floored":
            self.drawn = {kind: self.soft[kind] * self.above_floor(kind) for kind in trace.kinds}
        self.mixture = {kind: self.with_dropout(kind, self.drawn[kind]) for kind in trace.kinds}

    def by_edge(self, kind, table, function):
        return torch.cat([function(table[row], 0) for row in self.trace.rows(kind)])

    def scores(self, kind):
        """What the largest of, or the softmax of, an edge's mixture is."""
        if self.mixing == "softmax":
            return self.alpha[kind]
        noise = self.trace[f"noise.{kind}"] + self.trace[f"noise_remainder.{kind}"]
        scores = self.alpha[kind] + noise.reshape(-1)
        return scores if self.mixing == "categorical" else scores / float(self.trace.texts["temperature"])

    def above_floor(self, kind):
        """Ones for what is computed: `none`, which is nothing to compute, and what has no less than the floor's share."""
        names = [name for _, _, operations in self.trace.network["cells"][kind]["edges"] for name in operations]
        is_none = torch.tensor([name == "none" for name in names])
        return (is_none | (self.soft[kind] >= float(self.trace.texts["floor"]))).double()

    def with_dropout(self, kind, table):
        return table if self.kept is None else table * self.kept[kind]

    def leaves(self):
        """The mixture as what the network is differentiated by: credits are the loss's slopes there.

        Rounded to 32 bits, as networks are given it: a cold draw's smallest shares are 0 then, and so is what they bring.
        """
        if self.mixture is None:
            return None
        return {kind: table.detach().float().double().requires_grad_(True) for kind, table in self.mixture.items()}

    def alpha_gradient(self, credits, accuracy):
        """credits: of the loss with its factor, one table a kind; accuracy: of the shard's child, for a policy."""
        return {kind: self.gradient(kind, credits and credits[kind], accuracy) for kind in self.trace.kinds}

    def gradient(self, kind, credits, accuracy):
        estimator, alpha = self.trace.texts["estimator"], self.alpha[kind]
        if estimator == "snas above a floor":
            # What was left out counts as its edge's mean over what was computed.
            kept, share = self.above_floor(kind), self.soft[kind].detach()
            known = self.by_edge(kind, share * kept, sums)
            mean = self.by_edge(kind, share * kept * credits, sums) / known
            return torch.autograd.grad((self.soft[kind] * torch.where(kept > 0, credits, mean)).sum(), alpha)[0]
        if estimator in ("snas", "darts", "gdas"):
            # GDAS computes what it draws alone, so that the credits of all others are 0; backward goes through the relaxed draw.
            outcome = (self.soft[kind] * credits).sum()
        else:
            # The drawn operations' logarithmic probabilities: weighed each with its own credit (DSNAS), or all with the reward.
            weight = credits if estimator == "dsnas" else -accuracy
            outcome = (self.by_edge(kind, alpha, torch.log_softmax) * self.drawn[kind] * weight).sum()
        return torch.autograd.grad(outcome, alpha)[0]


def sums(table, dimension):
    return table.sum(dimension, keepdim=True).expand(table.shape)


def one_hot(scores, dimension):
    return torch.nn.functional.one_hot(scores.argmax(dimension), scores.shape[0]).to(scores.dtype)
