// A row's and a column's convolution of an edge, one behind the other: ReLU, both, batch norm. Forward and backward.
//
// What lies between them is kept as a plane. To compute it again would cost the backward pass a fourth more: as much as the
// forward pass of one of the two.
#include <algorithm>

#include "CellPass.h"

namespace ct {
namespace {
constexpr int length = cellOperations[rowThenColumnPlace].kernel, border = cellOperations[rowThenColumnPlace].border();
}  // namespace

void CellPass::packRowThenColumn(EdgePass &edge, int index) {
  if (!edge.isAlive[rowThenColumnPlace]) return;
  auto &row = edge.rowThenColumn.row, &column = edge.rowThenColumn.column;
  row.kernel = {1, length};
  row.stride = {1, edge.stride};
  column.kernel = {length, 1};
  column.stride = {edge.stride, 1};
  const int64_t *offsets = arguments.shape.offsets(index, rowThenColumnPlace);
  for (DenseConvolution *convolution : {&row, &column}) {
    convolution->inputs = convolution->outputs = channels;
    convolution->pack(arguments.weights + *offsets++, arguments.keepsForBackward, pieces);
  }
  row.follow(PaddedImage::rowStride(sourceWidth(edge), lanes, sourceBorder));
  // What lies between is as wide as the node.
  const long stride = PaddedImage::rowStride(width, lanes, border);
  column.follow(stride);
  row.followGradient(stride);
  column.followGradient(stride);
}

/// What lies between both convolutions, for the column to go over.
PaddedImage &CellPass::fillBetween(const Plane &between, int image, CellScratch &own) const {
  auto &padded = CellScratch::sized(own.between, between.height, width, lanes, border);
  for (int y = 0; y < between.height; ++y) std::copy_n(between.row(image, y), between.rowFloats(), padded.at(y, 0));
  return padded;
}

/// One image, which has passed the ReLU, and into the batch norm's sums while it is at hand.
void CellPass::computeRowThenColumn(EdgePass &edge, const PaddedImage &input, int image, const CellPart &part) {
  if (!edge.isAlive[rowThenColumnPlace]) return;
  auto &[row, column, between, output] = edge.rowThenColumn;
  row.forward(kernels, input, between, image, 0, between.height);
  column.forward(kernels, fillBetween(between, image, part.scratch), output.raw, image, 0, height);
  addMoments(output, part, image, 0, height);
}

/// One image, which has passed the ReLU, from the gradient of the edge's node to that of its source behind the ReLU.
void CellPass::differentiateRowThenColumn(const RowThenColumnBackward &convolution, const PaddedImage &input, int image,
                                          float *active, bool adds, const CellPart &part) {
  const auto &[index, through] = convolution;
  const auto &edge = edges[index];
  const auto factors = through.factors(edge.rowThenColumn.output.norm, edge.z[rowThenColumnPlace] * mask(index, image),
                                       part.scratch.onImage);
  rowThenColumnBackward(edge.rowThenColumn, input, gradients[edge.to], factors, image, active, adds, part);
}

/// Through batch norm and both convolutions of one image.
void CellPass::rowThenColumnBackward(const RowThenColumn &pass, const PaddedImage &input, const Plane &gradient,
                                     const NormFactors &through, int image, float *inputGradient, bool add,
                                     const CellPart &part) {
  const auto &[row, column, between, output] = pass;
  auto &own = part.scratch;
  float *run = runs.run(part.number);
  if (image == part.begin)
    for (const auto *convolution : {&row, &column}) convolution->clearGradient(run);
  auto &inner = innerImage(own, border);
  const auto &padded = fillBetween(between, image, own);
  const int together = denseRowsTogether();
  for (int top = 0; top < height; top += together) {
    const int rows = std::min(together, height - top);
    for (int y = top; y < top + rows; ++y)
      kernels.normGradient(inner.at(y, 0), gradient.row(image, y), output.raw.row(image, y), through.onGradient,
                           through.onRaw, through.constant, width, lanes);
    own.nextImage.step();
    column.gradientByWeights(kernels, padded, inner, top, rows, run);
  }
  const auto &onBetween = CellScratch::sized(own.onBetween, between.height, width, lanes, border);
  column.gradientByInput(kernels, inner, onBetween);
  for (int top = 0; top < between.height; top += together)
    row.gradientByWeights(kernels, input, onBetween, top, std::min(together, between.height - top), run);
  row.gradientByInput(kernels, onBetween, inputGradient, input.height, input.width, add);
}

}  // namespace ct
