// Feature maps as tensors of libtorch.
//
// In one piece they are images x channels x height x width, channels last. As a cell's nodes they are nodes x images x height x width
// x channels, with the strides of the kernels' planes: the memory is the pool's, and what pads a pixel lies between its channels and
// the next pixel's.
#pragma once
#include <ATen/ATen.h>

#include "Memory/FeatureMaps.h"

namespace ct {

/// Of four or five dimensions, as above.
bool areMaps(const at::Tensor &tensor);

/// Whether they are a cell's nodes.
bool arePlanes(const at::Tensor &maps);

/// The same values as the passes read them: copied where they lie in another way. Not a part of the graph.
at::Tensor readableMaps(const at::Tensor &maps);

/// Where a tensor lies that `readableMaps` or `planesTensor` gave.
FeatureMaps mapsOf(const at::Tensor &readable);

/// Planes that nothing was written to.
at::Tensor planesTensor(int planes, int images, int height, int width, int channels);

/// Nothing written to it, in the form of readable ones.
at::Tensor alikeMaps(const at::Tensor &readable);

}  // namespace ct
