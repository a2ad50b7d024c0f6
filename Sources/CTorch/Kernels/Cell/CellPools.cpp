// Max-pool and average-pool of a node with their batch norms: once for all edges that leave it.
#include <algorithm>
#include <limits>

#include "CellPass.h"

namespace ct {

void CellPass::computePools(int source) {
  auto &pool = pools[source];
  const auto &node = nodes[source];
  const auto &leaving = leavingEdges(source);
  const bool hasLargest = anyAlive(leaving, maxPlace), hasAverage = anyAlive(leaving, averagePlace);
  if (!hasLargest && !hasAverage) return;
  pool.stride = edges[leaving[0]].stride;
  if (hasLargest) beginOutput(pool.largest, height, width);
  if (hasAverage) beginOutput(pool.average, height, width);
  const PoolShares shares(pool.stride, node.height, node.width, width);
  forEachPart([&](const CellPart &part) {
    if (hasLargest) computeMaxPool(source, part);
    if (hasAverage) computeAveragePool(source, shares, part);
  });
}

/// A node's image inside the border of the windows that read it.
static void fillImage(const PaddedImage &padded, const Plane &node, int image) {
  for (int y = 0; y < node.height; ++y)
    std::memcpy(padded.at(y, 0), node.row(image, y), node.rowFloats() * sizeof(float));
}

/// The first row and the last one of the input that a pool's window reaches.
static int firstRow(int y, int stride) { return y * stride - poolBorder; }
static int lastRow(int y, int stride) { return firstRow(y, stride) + poolKernel - 1; }

/// Below everything.
static constexpr float lowest = -std::numeric_limits<float>::infinity();

void CellPass::computeMaxPool(int source, const CellPart &part) {
  const auto &node = nodes[source];
  auto &pool = pools[source];
  const auto &low = CellScratch::sized(part.scratch.low, node.height, node.width, lanes, poolBorder, lowest);
  for (int n = part.begin; n < part.end; ++n) {
    fillImage(low, node, n);
    for (int y = 0; y < height; ++y)
      kernels.largest(pool.largest.raw.row(n, y), low.at(firstRow(y, pool.stride), -poolBorder), low.rowStride(),
                      pool.stride, width, lanes);
    if (arguments.shape.poolsHaveNorm) addMoments(pool.largest, part, n, 0, height);
  }
}

void CellPass::computeAveragePool(int source, const PoolShares &shares, const CellPart &part) {
  const auto &node = nodes[source];
  auto &pool = pools[source];
  const auto &zero = CellScratch::sized(part.scratch.zero, node.height, node.width, lanes, poolBorder);
  const std::vector<float> ones(static_cast<size_t>(poolTaps) * lanes, 1.0f);
  const int together = rowsTogether(pool.average.raw);
  for (int n = part.begin; n < part.end; ++n) {
    fillImage(zero, node, n);
    for (int y = 0; y < height; ++y) {
      float *average = pool.average.raw.row(n, y);
      if (y % together == 0)
        kernels.window(average, pool.average.raw.rowFloats(), zero.at(y * pool.stride - poolBorder, -poolBorder),
                       zero.rowStride(), ones.data(), poolKernel, 1, pool.stride, width, std::min(together, height - y), lanes,
                       {}, false);
      kernels.scalePixels(average, average, shares.row(y), width, lanes);
    }
    if (arguments.shape.poolsHaveNorm) addMoments(pool.average, part, n, 0, height);
  }
}

/// How many of a window's rows or columns lie in the image.
static int inside(int place, int stride, int side) {
  return std::min(lastRow(place, stride), side - 1) - std::max(firstRow(place, stride), 0) + 1;
}

PoolShares::PoolShares(int stride, int inputHeight, int inputWidth, int width)
    : stride(stride), inputHeight(inputHeight), width(width), shares(static_cast<size_t>(poolKernel) * width) {
  for (int rows = 1; rows <= poolKernel; ++rows)
    for (int x = 0; x < width; ++x)
      shares[(rows - 1) * width + x] = 1.0f / static_cast<float>(rows * inside(x, stride, inputWidth));
}

int PoolShares::rowsInside(int y) const { return inside(y, stride, inputHeight); }

/// Through one kind of pool's batch norms: the sum over the edges that it lies on, each with its own gain.
NormBackward CellPass::throughPool(int place, const std::vector<int> &leaving, const std::vector<EdgeSums> &sums) {
  const auto &norm = pools[edges[leaving[0]].from].plane(place).norm;
  if (!arguments.shape.poolsHaveNorm) return NormBackward::identity(lanes);
  GradientSums total(lanes);
  for (size_t position = 0; position < leaving.size(); ++position) {
    const int index = leaving[position];
    if (!edges[index].isAlive[place]) continue;
    const auto own = sums[position].scaled(place, edges[index].z[place]);
    const float *gain = affine(slot(index, place, 0), 0);
    for (int c = 0; c < lanes; ++c) {
      const double weight = gain && c < channels ? gain[c] : 1;
      total.sums[c] += weight * own.sums[c];
      total.products[c] += weight * own.products[c];
    }
    affineGradient(slot(index, place, 0), norm, own);
  }
  return {norm, norm.inverse, total.sums, total.products};
}

PoolGradient::PoolGradient(const CellPass &pass, int place, int source, CellScratch &scratch)
    : pass(pass), place(place), source(source), rows(scratch.mixSources), scales(scratch.mixFactors.scales) {
  const auto &leaving = pass.leavingEdges(source);
  rows.resize(leaving.size());
  scales.resize(leaving.size() * pass.lanes);
}

void PoolGradient::begin(int newImage) {
  image = newImage;
  float *scale = scales.data();
  for (int index : pass.leavingEdges(source)) {
    if (!pass.edges[index].isAlive[place]) continue;
    const float factor = pass.edges[index].z[place] * pass.mask(index, image);
    const float *gain = pass.affine(CellPass::slot(index, place, 0), 0);
    for (int c = 0; c < pass.lanes; ++c) *scale++ = gain && c < pass.channels ? factor * gain[c] : factor;
  }
}

void PoolGradient::row(float *onPool, int y) {
  int count = 0;
  for (int index : pass.leavingEdges(source))
    if (pass.edges[index].isAlive[place]) rows[count++] = pass.gradients[pass.edges[index].to].row(image, y);
  pass.kernels.mix(onPool, rows.data(), scales.data(), pass.zeros.data(), count, pass.width, pass.lanes, false);
}

void CellPass::preparePools(int source, const std::vector<EdgeSums> &sums, PoolsBackward &back) {
  const auto &leaving = leavingEdges(source);
  back.hasLargest = anyAlive(leaving, maxPlace);
  back.hasAverage = anyAlive(leaving, averagePlace);
  if (back.hasLargest) back.largest = throughPool(maxPlace, leaving, sums);
  if (!back.hasAverage) return;
  back.average = throughPool(averagePlace, leaving, sums);
  const auto &node = nodes[source];
  back.shares = PoolShares(pools[source].stride, node.height, node.width, width);
  auto &ones = back.ones;
  ones.kernel = poolKernel;
  ones.stride = pools[source].stride;
  ones.channels = channels;
  ones.lanes = lanes;
  ones.depthwise = back.pieces.take(static_cast<size_t>(poolTaps) * lanes, false);
  std::fill_n(ones.depthwise.data(), static_cast<long>(poolTaps) * lanes, 1.0f);
  if (ones.stride == 2) ones.packParities(PaddedImage::rowStride(width, lanes, poolBorder), back.pieces);
}

void CellPass::differentiateMaxPool(int source, const NormBackward &through, const CellPart &part) {
  const auto &node = nodes[source];
  const auto &gradient = gradients[source];
  const auto &pool = pools[source];
  const auto &low = CellScratch::sized(part.scratch.low, node.height, node.width, lanes, poolBorder, lowest);
  auto &collected = CellScratch::sized(part.scratch.collected, node.height, node.width, lanes, poolBorder);
  float *onPool = part.scratch.depthwiseOutput.data(), *rawGradient = part.scratch.rawGradients.data();
  PoolGradient gathered(*this, maxPlace, source, part.scratch);
  for (int n = part.begin; n < part.end; ++n) {
    fillImage(low, node, n);
    collected.clear();
    gathered.begin(n);
    for (int y = 0; y < height; ++y) {
      const int top = firstRow(y, pool.stride);
      gathered.row(onPool, y);
      const float *largest = pool.largest.raw.row(n, y);
      kernels.normGradient(rawGradient, onPool, largest, through.onGradient.data(), through.onRaw.data(),
                           through.constant.data(), width, lanes);
      kernels.largestGradient(collected.at(top, -poolBorder), low.at(top, -poolBorder), low.rowStride(), pool.stride,
                              largest, rawGradient, width, lanes);
    }
    for (int y = 0; y < node.height; ++y) kernels.addScaled(gradient.row(n, y), collected.at(y, 0), 1, node.rowFloats());
  }
}

/// Averages spread as a depthwise convolution of ones would send them back.
void CellPass::differentiateAveragePool(int source, const PoolsBackward &back, const CellPart &part) {
  const auto &node = nodes[source];
  const auto &pool = pools[source];
  const auto &through = back.average;
  const auto &ones = back.ones;
  auto &shared = innerImage(part.scratch, poolBorder);
  float *onPool = part.scratch.depthwiseOutput.data();
  PoolGradient gathered(*this, averagePlace, source, part.scratch);
  for (int n = part.begin; n < part.end; ++n) {
    gathered.begin(n);
    for (int y = 0; y < height; ++y) {
      gathered.row(onPool, y);
      kernels.normGradient(shared.at(y, 0), onPool, pool.average.raw.row(n, y), through.onGradient.data(),
                           through.onRaw.data(), through.constant.data(), width, lanes);
      kernels.scalePixels(shared.at(y, 0), shared.at(y, 0), back.shares.row(y), width, lanes);
    }
    if (pool.stride == 1) {
      kernels.window(gradients[source].image(n), node.rowFloats(), shared.at(-poolBorder, -poolBorder), shared.rowStride(),
                     ones.depthwise.data(), ones.kernel, ones.dilation, 1, node.width, node.height, lanes, {}, true);
      continue;
    }
    for (int y = 0; y < node.height; ++y) {
      float *row = gradients[source].row(n, y);
      for (int column = 0; column < 2; ++column) {
        const auto &parity = ones.parities[y % 2][column];
        kernels.taps(row + column * lanes, 2L * lanes, shared.at(y / 2, 0), lanes, parity.weights.data(),
                     parity.offsets.data(), static_cast<int>(parity.offsets.size()), everySecond(node.width, column), lanes,
                     true);
      }
    }
  }
}

}  // namespace ct
