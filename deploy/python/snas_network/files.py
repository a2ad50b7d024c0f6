"""What a run's folder has for others: its cell as a text, of which nothing is evaluated, and weights as safetensors."""
import ast
import json
import os
import pathlib

import torch

KINDS = {'F64': torch.float64, 'F32': torch.float32, 'F16': torch.float16, 'BF16': torch.bfloat16, 'I64': torch.int64}


def genotype(source):
    """Of a run's folder or a text `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6), reduce=...)`.

    Of each kind of cell its edges (operation, origin, target), in the order of the modules `_ops`, and the nodes that it gives on.
    """
    text = pathlib.Path(source, 'genotype.txt').read_text() if os.path.isdir(source) else source
    if text.lstrip().startswith('|'):
        raise ValueError('a cell of NAS-Bench-201; only networks of the DARTS space are built here')
    try:
        parts = {word.arg: _values(word.value) for word in ast.parse(text[:100_000].strip(), mode='eval').body.keywords}
        cells = [(_edges(parts[kind], parts[kind + '_concat']), parts[kind + '_concat']) for kind in ('normal', 'reduce')]
    except (SyntaxError, AttributeError, KeyError, TypeError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a genotype: '{text[:60]}' ({error})") from None
    return cells[0] + cells[1]


def _values(node):
    if isinstance(node, ast.Call) and getattr(node.func, 'id', None) == 'range':
        return list(range(*(ast.literal_eval(bound) for bound in node.args)))
    return list(ast.literal_eval(node))


def _edges(pairs, concat):
    """All edges of n nodes are n (n + 3) / 2, else each node has two; what can be both are all edges if no later node is named."""
    nodes = next(n for n in range(1, len(pairs) + 2) if n * (n + 3) >= 2 * len(pairs))
    whole = nodes * (nodes + 3) == 2 * len(pairs) and (len(pairs) % 2 == 1 or max(concat) < 2 + nodes)
    if not pairs or len(pairs) % 2 and not whole:
        raise TypeError(f'{len(pairs)} edges')
    targets = [node for node in range(2, 2 + nodes) for _ in range(node)] if whole else [2 + i // 2 for i in range(len(pairs))]
    edges = [(operation, origin, target) for (operation, origin), target in zip(pairs, targets)]
    return sorted(edges, key=lambda edge: (edge[2], edge[1])) if whole else edges


def read(path):
    """Tensors by name."""
    data = pathlib.Path(path).read_bytes()
    values = 8 + int.from_bytes(data[:8], 'little')
    return {name: torch.frombuffer(bytearray(data[values + entry['data_offsets'][0]:values + entry['data_offsets'][1]]),
                                   dtype=KINDS[entry['dtype']]).reshape(entry['shape'])
            for name, entry in json.loads(data[8:values]).items() if name != '__metadata__'}


def write(tensors, path):
    """Of a state dict: each tensor in its own kind of value, for `snas evaluate --weights`."""
    names, header, values = {kind: name for name, kind in KINDS.items()}, {}, bytearray()
    for name, tensor in tensors.items():
        start = len(values)
        values += tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {'dtype': names[tensor.dtype], 'shape': list(tensor.shape), 'data_offsets': [start, len(values)]}
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(len(text).to_bytes(8, 'little') + text + values)
