"""Reads the files that `snas trace` writes: safetensors with numbers of 32 bits, read by the format's specification alone."""

import json
import math
import struct

import numpy
import torch

FORMAT = "snas-trace-1"
HEADER_BYTES_AT_MOST = 100_000_000


class Unreadable(Exception):
    """What keeps a file from being read, in a sentence."""


class Trace:
    """Tensors in Double by name, and the texts beside them."""

    def __init__(self, path):
        self.path = path
        self.tensors, self.texts = read(path)
        if self.texts.get("format") != FORMAT:
            raise Unreadable(f"'{path}' is no trace of a shard: its format is {self.texts.get('format')!r}, not '{FORMAT}'")
        try:
            self.network = json.loads(self.texts["network"])
            self.kinds = list(self.network["cells"])
        except (KeyError, ValueError) as error:
            raise Unreadable(f"'{path}' does not describe its network: {error}") from error

    def __contains__(self, name):
        return name in self.tensors

    def __getitem__(self, name):
        if name not in self.tensors:
            raise Unreadable(f"'{self.path}' lacks the tensor '{name}'")
        return self.tensors[name]

    def below(self, prefix):
        """Tensors whose names begin with a word and a point, by the rest of their names."""
        start = len(prefix) + 1
        return {name[start:]: tensor for name, tensor in self.tensors.items() if name.startswith(prefix + ".")}

    def tables(self, name):
        """What there is for each kind of cell, flat; None where there is nothing of that name."""
        if f"{name}.{self.kinds[0]}" not in self:
            return None
        return {kind: self[f"{name}.{kind}"].reshape(-1) for kind in self.kinds}

    def rows(self, kind):
        """Where the entries of each edge lie in a table of a kind."""
        rows, start = [], 0
        for _, _, operations in self.network["cells"][kind]["edges"]:
            rows.append(slice(start, start + len(operations)))
            start += len(operations)
        return rows


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise Unreadable(f"'{path}' has {len(data)} bytes and is no safetensors file")
    (length,) = struct.unpack("<Q", data[:8])
    if length > min(HEADER_BYTES_AT_MOST, len(data) - 8):
        raise Unreadable(f"'{path}' tells of a header of {length} bytes and has {len(data)} in all")
    try:
        header = json.loads(data[8 : 8 + length])
        body, texts, tensors, end = data[8 + length :], header.pop("__metadata__", {}), {}, 0
    except (ValueError, AttributeError, TypeError) as error:
        raise Unreadable(f"the header of '{path}' is no JSON object: {error}") from error
    for name, entry in header.items():
        try:
            kind, shape, (first, last) = entry["dtype"], entry["shape"], entry["data_offsets"]
            count = math.prod(side.__index__() for side in shape)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(f"the header of '{path}' does not describe the tensor '{name}'") from error
        if kind != "F32" or first != end or last != first + 4 * count or last > len(body):
            raise Unreadable(f"the tensor '{name}' of '{path}' does not lie where the header says")
        values = numpy.frombuffer(body, "<f4", count, first).astype(numpy.float64)
        tensors[name] = torch.from_numpy(values).reshape(shape)
        end = last
    if end != len(body):
        raise Unreadable(f"{len(body) - end} bytes of '{path}' belong to no tensor")
    return tensors, texts
