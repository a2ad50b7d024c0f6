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
    dense.kernel = {cellOperations[place].kernel, cellOperations[place].kernel};
    dense.stride = {edge.stride, edge.stride};
    dense.inputs = dense.outputs = channels;
    dense.pack(arguments.weights + arguments.shape.offsets(index, place)[0], arguments.keepsForBackward, pieces);
    dense.follow(PaddedImage::rowStride(sourceWidth(edge), lanes, sourceBorder));
    dense.followGradient(PaddedImage::rowStride(width, lanes, dense.border()));
  }
}

/// One image, which has passed the ReLU, and into the batch norms' sums while it is at hand.
void CellPass::computeDense(EdgePass &edge, const PaddedImage &input, int image, const CellPart &part) {
  for (int d = 0; d < denseCount; ++d) {
    if (!edge.isAlive[firstDensePlace + d]) continue;
    auto &output = edge.denseOutput[d];
    const int together = denseRowsTogether();
    for (int top = 0; top < height; top += together) {
      const int rows = std::min(together, height - top);
      part.scratch.nextImage.step();
      edge.dense[d].forward(kernels, input, output.raw, image, top, rows);
      addMoments(output, part, image, top, rows);
    }
  }
}

std::vector<CellPass::DenseBackward> CellPass::throughDense(int index, const EdgeSums &sums) {
  const auto &edge = edges[index];
  std::vector<DenseBackward> convolutions;
  for (int d = 0; d < denseCount; ++d) {
    const int place = firstDensePlace + d;
    if (!edge.isAlive[place]) continue;
    convolutions.push_back(
        {d, throughNorm(slot(index, place, 0), edge.denseOutput[d].norm, sums.scaled(place, edge.z[place]))});
  }
  return convolutions;
}

/// All dense convolutions of an edge, from the gradient of its node to that of its source behind the ReLU.
void CellPass::differentiateDense(int index, const std::vector<DenseBackward> &convolutions, const Plane &active,
                                  bool isWritten, const CellPart &part) {
  if (convolutions.empty()) return;
  const auto &edge = edges[index];
  const auto &node = nodes[edge.from];
  auto &padded = activeSourceImage(part.scratch, node);
  for (int n = part.begin; n < part.end; ++n) {
    fillRelu(padded, node, n);
    fetchImage(part.scratch, node, n + 1, static_cast<int>(convolutions.size()));
    bool adds = isWritten;
    for (const auto &[d, through] : convolutions) {
      const auto &[raw, norm] = edge.denseOutput[d];
      const auto factors = through.factors(norm, edge.z[firstDensePlace + d] * mask(index, n), part.scratch.onImage);
      denseBackward(edge.dense[d], padded, gradients[edge.to], raw, factors, n, active.image(n), adds, part);
      adds = true;
    }
  }
}

/// Through batch norm and convolution of one image.
void CellPass::denseBackward(const DenseConvolution &dense, const PaddedImage &input, const Plane &gradient,
                             const Plane &raw, const NormFactors &through, int image, float *inputGradient, bool add,
                             const CellPart &part) {
  auto &inner = innerImage(part.scratch, dense.border());
  float *run = runs.run(part.number);
  if (image == part.begin) dense.clearGradient(run);
  const int together = denseRowsTogether();
  for (int top = 0; top < height; top += together) {
    const int rows = std::min(together, height - top);
    for (int y = top; y < top + rows; ++y)
      kernels.normGradient(inner.at(y, 0), gradient.row(image, y), raw.row(image, y), through.onGradient, through.onRaw,
                           through.constant, width, lanes);
    part.scratch.nextImage.step();
    dense.gradientByWeights(kernels, input, inner, top, rows, run);
  }
  dense.gradientByInput(kernels, inner, inputGradient, input.height, input.width, add);
}

}  // namespace ct
