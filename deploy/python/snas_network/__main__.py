"""python -m snas_network RUN IMAGES.npy [WEIGHTS]: the label of each image (bytes, images x channels x height x width), one a line."""
import sys

import numpy
import torch

from . import load

try:
    run, images, *weights = sys.argv[1:]
    network, images = load(run, *weights), torch.from_numpy(numpy.load(images))
except (OSError, KeyError, RuntimeError, ValueError) as error:
    sys.exit(f'{__doc__}\n{error}')
with torch.no_grad():
    for batch in images.split(100):
        print(*(network.labels[label] for label in network(network.normalised(batch)).argmax(1)), sep='\n')
