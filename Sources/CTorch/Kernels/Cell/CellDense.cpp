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

/// One image, which has passed the ReLU, from the gradient of the edge's node to that of its source behind the ReLU.
void CellPass::differentiateDense(const DenseBackward &convolution, const PaddedImage &input, int image, float *active,
                                  bool adds, const CellPart &part) {
  const auto &[index, d, through] = convolution;
  const auto &edge = edges[index];
  const auto &[raw, norm] = edge.denseOutput[d];
  const auto factors = through.factors(norm, edge.z[firstDensePlace + d] * mask(index, image), part.scratch.onImage);
  denseBackward(edge.dense[d], input, gradients[edge.to], raw, factors, image, active, adds, part);
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
