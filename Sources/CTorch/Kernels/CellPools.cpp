// Max-pool and average-pool of a node with their batch norms: once for all edges that leave it.
#include <algorithm>
#include <limits>

#include "CellPass.h"

namespace ct {

void CellPass::computePools(int source) {
  auto &pool = pools[source];
  const auto leaving = leavingEdges(source);
  const bool hasLargest = anyAlive(leaving, maxPlace), hasAverage = anyAlive(leaving, averagePlace);
  if (!hasLargest && !hasAverage) return;
  pool.stride = edges[leaving[0]].stride;
  const auto &node = nodes[source];
  const float lowest = -std::numeric_limits<float>::infinity();
  PaddedImage low(node.height, node.width, lanes, poolBorder, lowest), zero(node.height, node.width, lanes, poolBorder);
  std::vector<long> offsets;
  for (int y = 0; y < poolKernel; ++y)
    for (int x = 0; x < poolKernel; ++x) offsets.push_back(y * low.rowStride() + static_cast<long>(x) * lanes);
  const std::vector<float> ones(static_cast<size_t>(poolTaps) * lanes, 1.0f);
  std::vector<float> share(width);
  const auto begin = [&](NormalisedPlane &plane) {
    plane.raw = Plane(arguments.images, height, width, lanes);
    plane.norm.begin(channels, lanes);
  };
  const auto finishImage = [&](NormalisedPlane &plane, int n) {
    if (!arguments.givenStatistics && arguments.shape.poolsHaveNorm)
      plane.norm.add(kernels, plane.raw.image(n), height, width);
  };
  const long step = static_cast<long>(pool.stride) * lanes;
  if (hasLargest) {
    begin(pool.largest);
    for (int n = 0; n < arguments.images; ++n) {
      for (int y = 0; y < node.height; ++y)
        std::memcpy(low.at(y, 0), node.row(n, y), node.rowFloats() * sizeof(float));
      for (int y = 0; y < height; ++y)
        kernels.largest(pool.largest.raw.row(n, y), low.at(y * pool.stride - poolBorder, -poolBorder), step,
                        offsets.data(), poolTaps, width, lanes);
      finishImage(pool.largest, n);
    }
  }
  if (!hasAverage) return;
  begin(pool.average);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < node.height; ++y)
      std::memcpy(zero.at(y, 0), node.row(n, y), node.rowFloats() * sizeof(float));
    for (int y = 0; y < height; ++y) {
      float *average = pool.average.raw.row(n, y);
      kernels.taps(average, lanes, zero.at(y * pool.stride - poolBorder, -poolBorder), step, ones.data(), offsets.data(),
                   poolTaps, width, lanes, false);
      poolShares(share.data(), y, pool.stride, node.height, node.width, width);
      kernels.scalePixels(average, average, share.data(), width, lanes);
    }
    finishImage(pool.average, n);
  }
}

void poolShares(float *shares, int y, int stride, int inputHeight, int inputWidth, int width) {
  const int top = y * stride - poolBorder, rows = std::min(top + poolKernel, inputHeight) - std::max(top, 0);
  for (int x = 0; x < width; ++x) {
    const int left = x * stride - poolBorder, columns = std::min(left + poolKernel, inputWidth) - std::max(left, 0);
    shares[x] = 1.0f / static_cast<float>(rows * columns);
  }
}

/// Through one kind of pool's batch norms: the sum over the edges that it lies on, each with its own gain.
NormBackward CellPass::throughPool(int place, const std::vector<int> &leaving, const std::vector<EdgeSums> &sums) {
  const auto &norm = pools[edges[leaving[0]].from].plane(place).norm;
  if (!arguments.shape.poolsHaveNorm) return NormBackward::identity(lanes);
  std::vector<double> total(lanes, 0), products(lanes, 0), own(lanes), ownProducts(lanes);
  for (size_t position = 0; position < leaving.size(); ++position) {
    const int index = leaving[position];
    if (!edges[index].isAlive[place]) continue;
    const double z = edges[index].z[place];
    const float *gain = affine(slot(index, place, 0), 0);
    for (int c = 0; c < lanes; ++c) {
      own[c] = z * sums[position].gradient[c];
      ownProducts[c] = z * sums[position].product[place][c];
      const double weight = gain && c < channels ? gain[c] : 1;
      total[c] += weight * own[c];
      products[c] += weight * ownProducts[c];
    }
    affineGradient(slot(index, place, 0), norm, own, ownProducts);
  }
  return {norm, norm.inverse, total, products};
}

PoolGradient::PoolGradient(const CellPass &pass, int place, const std::vector<int> &leaving) : pass(pass), place(place) {
  for (int index : leaving)
    if (pass.edges[index].isAlive[place]) from.push_back(index);
  rows.resize(from.size());
  scales.resize(from.size() * pass.lanes);
}

void PoolGradient::begin(int newImage) {
  image = newImage;
  float *scale = scales.data();
  for (int index : from) {
    const float factor = pass.edges[index].z[place] * pass.mask(index, image);
    const float *gain = pass.affine(CellPass::slot(index, place, 0), 0);
    for (int c = 0; c < pass.lanes; ++c) *scale++ = gain && c < pass.channels ? factor * gain[c] : factor;
  }
}

void PoolGradient::row(float *onPool, int y) {
  for (size_t k = 0; k < from.size(); ++k) rows[k] = pass.gradients[pass.edges[from[k]].to].row(image, y);
  pass.kernels.mix(onPool, rows.data(), scales.data(), pass.zeros.data(), static_cast<int>(rows.size()), pass.width,
                   pass.lanes, false);
}

void CellPass::differentiatePools(int source, Plane &gradient, const std::vector<EdgeSums> &sums) {
  const auto leaving = leavingEdges(source);
  if (anyAlive(leaving, maxPlace)) differentiateMaxPool(source, gradient, throughPool(maxPlace, leaving, sums));
  if (anyAlive(leaving, averagePlace)) differentiateAveragePool(source, gradient, throughPool(averagePlace, leaving, sums));
}

void CellPass::differentiateMaxPool(int source, Plane &gradient, const NormBackward &through) {
  const auto leaving = leavingEdges(source);
  const auto &node = nodes[source];
  const auto &pool = pools[source];
  PaddedImage low(node.height, node.width, lanes, poolBorder, -std::numeric_limits<float>::infinity());
  PaddedImage collected(node.height, node.width, lanes, poolBorder);
  Buffer onPool(static_cast<size_t>(width) * lanes), rawGradient(static_cast<size_t>(width) * lanes);
  PoolGradient gathered(*this, maxPlace, leaving);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < node.height; ++y)
      std::memcpy(low.at(y, 0), node.row(n, y), node.rowFloats() * sizeof(float));
    collected.clear();
    gathered.begin(n);
    for (int y = 0; y < height; ++y) {
      const int top = y * pool.stride - poolBorder;
      gathered.row(onPool.data(), y);
      const float *largest = pool.largest.raw.row(n, y);
      kernels.normGradient(rawGradient.data(), onPool.data(), largest, through.onGradient.data(), through.onRaw.data(),
                           through.constant.data(), width, lanes);
      kernels.largestGradient(collected.at(top, -poolBorder), low.at(top, -poolBorder), low.rowStride(), pool.stride,
                              largest, rawGradient.data(), width, lanes);
    }
    for (int y = 0; y < node.height; ++y) kernels.addScaled(gradient.row(n, y), collected.at(y, 0), 1, node.rowFloats());
  }
}

/// Averages spread as a depthwise convolution of ones would send them back.
void CellPass::differentiateAveragePool(int source, Plane &gradient, const NormBackward &through) {
  const auto leaving = leavingEdges(source);
  const auto &node = nodes[source];
  const auto &pool = pools[source];
  ConvolutionBlock ones;
  ones.kernel = poolKernel;
  ones.stride = pool.stride;
  ones.channels = channels;
  ones.lanes = lanes;
  Pieces pieces;
  ones.depthwise = pieces.take(static_cast<size_t>(poolTaps) * lanes, false);
  std::fill_n(ones.depthwise.data(), static_cast<long>(poolTaps) * lanes, 1.0f);
  PaddedImage shared(height, width, lanes, poolBorder);
  if (pool.stride == 2) ones.packParities(shared.rowStride());
  Buffer onPool(static_cast<size_t>(width) * lanes);
  std::vector<float> share(width);
  PoolGradient gathered(*this, averagePlace, leaving);
  for (int n = 0; n < arguments.images; ++n) {
    gathered.begin(n);
    for (int y = 0; y < height; ++y) {
      gathered.row(onPool.data(), y);
      kernels.normGradient(shared.at(y, 0), onPool.data(), pool.average.raw.row(n, y), through.onGradient.data(),
                           through.onRaw.data(), through.constant.data(), width, lanes);
      poolShares(share.data(), y, pool.stride, node.height, node.width, width);
      kernels.scalePixels(shared.at(y, 0), shared.at(y, 0), share.data(), width, lanes);
    }
    for (int y = 0; y < node.height; ++y) {
      float *row = gradient.row(n, y);
      if (pool.stride == 1) {
        kernels.window(row, node.rowFloats(), shared.at(y - poolBorder, -poolBorder), shared.rowStride(),
                       ones.depthwise.data(), ones.kernel, ones.dilation, node.width, 1, lanes, true);
        continue;
      }
      for (int column = 0; column < 2; ++column) {
        const auto &parity = ones.parities[y % 2][column];
        kernels.taps(row + column * lanes, 2L * lanes, shared.at(y / 2, 0), lanes, parity.weights.data(),
                     parity.offsets.data(), static_cast<int>(parity.offsets.size()), width, lanes, true);
      }
    }
  }
}

}  // namespace ct
