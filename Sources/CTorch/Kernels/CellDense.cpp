// Dense convolutions of an edge: ReLU, a convolution of all channels to all, batch norm. Forward and backward.
#include <algorithm>

#include "CellPass.h"

namespace ct {

/// Rows that are worked on together: enough pixels that the weights' gradients are seldom loaded and stored, and few enough
/// that the processor's first cache holds them.
int CellPass::denseRowsTogether() const {
  constexpr int groups = 4;
  return std::min(height, groups * rowsTogether(nodes.back()));
}

void CellPass::packDense(EdgePass &edge, int index) {
  for (int d = 0; d < denseCount; ++d) {
    const int place = firstDensePlace + d;
    if (!edge.isAlive[place]) continue;
    auto &dense = edge.dense[d];
    dense.kernel = cellOperations[place].kernel;
    dense.stride = edge.stride;
    dense.inputs = dense.outputs = channels;
    dense.pack(arguments.weights + arguments.shape.offsets(index, place)[0], arguments.keepsForBackward, pieces);
  }
}

void CellPass::unpackDense(const EdgePass &edge, int index) {
  for (int d = 0; d < denseCount; ++d)
    if (edge.isAlive[firstDensePlace + d])
      edge.dense[d].unpackGradient(weightGradient + arguments.shape.offsets(index, firstDensePlace + d)[0]);
}

/// One image, which has passed the ReLU, and into the batch norms' sums while it is at hand.
void CellPass::computeDense(EdgePass &edge, const PaddedImage &input, int image) {
  for (int d = 0; d < denseCount; ++d) {
    if (!edge.isAlive[firstDensePlace + d]) continue;
    auto &[raw, norm] = edge.denseOutput[d];
    const int together = denseRowsTogether();
    for (int top = 0; top < height; top += together) {
      const int rows = std::min(together, height - top);
      nextImage.step();
      edge.dense[d].forward(kernels, input, raw, image, top, rows);
      if (!arguments.givenStatistics) norm.add(kernels, raw.row(image, top), rows, width);
    }
  }
}

/// All dense convolutions of an edge, from the gradient of its node to that of its source behind the ReLU.
void CellPass::differentiateDense(EdgePass &edge, int index, const EdgeSums &sums, const Plane &active, bool &isWritten) {
  std::vector<std::pair<int, NormBackward>> convolutions;
  for (int d = 0; d < denseCount; ++d) {
    const int place = firstDensePlace + d;
    if (!edge.isAlive[place]) continue;
    const float z = edge.z[place];
    convolutions.emplace_back(d, throughNorm(slot(index, place, 0), edge.denseOutput[d].norm, scaled(sums.gradient, z),
                                             scaled(sums.product[place], z)));
  }
  if (convolutions.empty()) return;
  const auto &node = nodes[edge.from];
  auto &padded = activeSourceImage(node.height, node.width);
  for (int n = 0; n < arguments.images; ++n) {
    fillRelu(padded, node, n);
    fetchNextImage(node, n, static_cast<int>(convolutions.size()));
    bool adds = isWritten;
    for (auto &[d, through] : convolutions) {
      const auto &[raw, norm] = edge.denseOutput[d];
      through.scaleGradient(norm, edge.z[firstDensePlace + d] * mask(index, n));
      denseBackward(edge.dense[d], padded, gradients[edge.to], raw, through, n, active.image(n), adds);
      adds = true;
    }
  }
  isWritten = true;
}

/// Through batch norm and convolution of one image.
void CellPass::denseBackward(DenseConvolution &dense, const PaddedImage &input, const Plane &gradient, const Plane &raw,
                             const NormBackward &through, int image, float *inputGradient, bool add) {
  auto &inner = innerImage(dense.border());
  const int together = denseRowsTogether();
  for (int top = 0; top < height; top += together) {
    const int rows = std::min(together, height - top);
    for (int y = top; y < top + rows; ++y)
      kernels.normGradient(inner.at(y, 0), gradient.row(image, y), raw.row(image, y), through.onGradient.data(),
                           through.onRaw.data(), through.constant.data(), width, lanes);
    nextImage.step();
    dense.gradientByWeights(kernels, input, inner, top, rows);
  }
  dense.gradientByInput(kernels, inner, inputGradient, input.height, input.width, add);
}

}  // namespace ct
