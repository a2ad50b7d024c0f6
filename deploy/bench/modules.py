"""Modules that the rivals' networks share, in the papers' order of layers (DARTS `operations.py`)."""

import functools
import operator

import torch
from torch import nn
from torch.nn import functional as F


def relu_convolution_norm(inputs, outputs, kernel=1, stride=1, affine=False):
    return nn.Sequential(
        nn.ReLU(),
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs, affine=affine),
    )


class FactorizedReduce(nn.Module):
    """Halves a map: two pointwise convolutions of stride 2, the second on its input one pixel further."""

    def __init__(self, inputs, outputs, affine=False):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs // 2, 1, stride=2, bias=False)
        self.second = nn.Conv2d(inputs, outputs - outputs // 2, 1, stride=2, bias=False)
        self.norm = nn.BatchNorm2d(outputs, affine=affine)

    def forward(self, x):
        x = F.relu(x)
        return self.norm(torch.cat([self.first(x), self.second(x[:, :, 1:, 1:])], dim=1))


def depthwise_pointwise(channels, kernel, stride, dilation=1, affine=False):
    padding = dilation * (kernel - 1) // 2
    return [
        nn.ReLU(),
        nn.Conv2d(channels, channels, kernel, stride, padding, dilation, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1, bias=False),
        nn.BatchNorm2d(channels, affine=affine),
    ]


def separable(channels, kernel, stride, affine=False):
    first = depthwise_pointwise(channels, kernel, stride, affine=affine)
    return nn.Sequential(*first, *depthwise_pointwise(channels, kernel, 1, affine=affine))


def dilated(channels, kernel, stride, affine=False):
    return nn.Sequential(*depthwise_pointwise(channels, kernel, stride, 2, affine))


def skip(channels, stride, affine=False):
    return nn.Identity() if stride == 1 else FactorizedReduce(channels, channels, affine)


def max_pool(stride):
    return nn.MaxPool2d(3, stride, 1)


def average_pool(stride):
    return nn.AvgPool2d(3, stride, 1, count_include_pad=False)


def total(tensors):
    """Their sum. Python's `sum` begins with a zero, which is a pass over memory for nothing."""
    return functools.reduce(operator.add, tensors)


def gumbel_softmax(alpha, temperature=1.0):
    """A soft sample of every edge's operations (SNAS 2.2)."""
    noise = -torch.log(-torch.log(torch.rand_like(alpha).clamp(1e-9, 1 - 1e-7)))
    return F.softmax((alpha + noise) / temperature, dim=1)


def alpha_table(edges, operations):
    return nn.Parameter(1 + 0.01 * torch.randn(edges, operations))
