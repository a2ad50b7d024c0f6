"""The networks that snas retrains, as PyTorch modules: `load(run)` is one with its weights, `Network(genotype(run), ...)` a new one."""
import json
import pathlib

from .files import genotype as genotype, read as read, write as write
from .network import Network as Network


def load(run, weights=None):
    """Of a retraining's folder, with the weights that it left or those of a safetensors file, ready to predict."""
    run = pathlib.Path(run)
    if not (run / 'network.json').exists():
        raise ValueError(f"'{run}' has no network.json, so it is no retraining's folder. A search's weights are shared by all "
                         f"operations; a new network of its cell is Network(genotype('{run}'), ...)")
    form = json.loads((run / 'network.json').read_text())
    network = Network(genotype(form['genotype']), *(form[name] for name in (
        'init_channels', 'layers', 'classes', 'channels', 'height', 'width', 'auxiliary', 'pool_batch_norm', 'mean', 'deviation')))
    network.labels = form.get('file_labels') or list(range(form['classes']))
    network.load_state_dict(read(weights or run / 'weights.safetensors'), strict=True)
    return network.eval()
