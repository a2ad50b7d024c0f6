// Max-pool and average-pool of a node with their batch norms: once for all edges that leave it.
#include <algorithm>
#include <limits>

#include "CellPass.h"

namespace ct {

void CellPass::computePools(int source) {
  auto &pool = pools[source];
  bool isNeeded = false;
  for (const auto &edge : edges)
    if (edge.from == source) {
      isNeeded = isNeeded || edge.isAlive[maxPlace] || edge.isAlive[averagePlace];
      pool.stride = edge.stride;
    }
  if (!isNeeded) return;
  const auto &node = nodes[source];
  const float lowest = -std::numeric_limits<float>::infinity();
  PaddedImage low(node.height, node.width, lanes, 1, lowest), zero(node.height, node.width, lanes, 1);
  std::vector<long> offsets;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 3; ++x) offsets.push_back(y * low.rowStride() + static_cast<long>(x) * lanes);
  const std::vector<float> ones(9L * lanes, 1.0f);
  std::vector<float> share(width);
  for (auto *plane : {&pool.largest, &pool.average}) {
    plane->raw = Plane(arguments.images, height, width, lanes);
    plane->norm.begin(channels, lanes);
  }
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < node.height; ++y) {
      std::memcpy(low.at(y, 0), node.row(n, y), node.rowFloats() * sizeof(float));
      std::memcpy(zero.at(y, 0), node.row(n, y), node.rowFloats() * sizeof(float));
    }
    for (int y = 0; y < height; ++y) {
      const int top = y * pool.stride - 1;
      kernels.largest(pool.largest.raw.row(n, y), low.at(top, -1), static_cast<long>(pool.stride) * lanes, offsets.data(),
                      9, width, lanes);
      float *average = pool.average.raw.row(n, y);
      kernels.taps(average, lanes, zero.at(top, -1), static_cast<long>(pool.stride) * lanes, ones.data(), offsets.data(),
                   9, width, lanes, false);
      poolShares(share.data(), y, pool.stride, node.height, node.width, width);
      kernels.scalePixels(average, average, share.data(), width, lanes);
    }
    if (arguments.givenStatistics) continue;
    pool.largest.norm.add(kernels, pool.largest.raw.image(n), height, width);
    pool.average.norm.add(kernels, pool.average.raw.image(n), height, width);
  }
}

void poolShares(float *shares, int y, int stride, int inputHeight, int inputWidth, int width) {
  const int top = y * stride - 1, rows = std::min(top + 3, inputHeight) - std::max(top, 0);
  for (int x = 0; x < width; ++x) {
    const int left = x * stride - 1, columns = std::min(left + 3, inputWidth) - std::max(left, 0);
    shares[x] = 1.0f / static_cast<float>(rows * columns);
  }
}

void CellPass::differentiatePools(int source, Plane &gradient, const std::vector<EdgeSums> &sums) {
  const auto &node = nodes[source];
  const auto &pool = pools[source];
  const long step = static_cast<long>(pool.stride) * lanes;
  std::vector<double> total[2], products[2];
  for (int kind = 0; kind < 2; ++kind) {
    total[kind].assign(lanes, 0);
    products[kind].assign(lanes, 0);
  }
  std::vector<int> leaving;
  for (size_t index = 0; index < edges.size(); ++index)
    if (edges[index].from == source) leaving.push_back(static_cast<int>(index));
  for (size_t position = 0; position < leaving.size(); ++position) {
    for (int kind = 0; kind < 2; ++kind) {
      const double z = edges[leaving[position]].z[maxPlace + kind];
      for (int c = 0; c < lanes; ++c) {
        total[kind][c] += z * sums[position].gradient[c];
        products[kind][c] += z * sums[position].product[maxPlace + kind][c];
      }
    }
  }
  const NormBackward onLargest(pool.largest.norm, total[0], products[0]);
  const NormBackward onAverage(pool.average.norm, total[1], products[1]);
  PaddedImage low(node.height, node.width, lanes, 1, -std::numeric_limits<float>::infinity());
  PaddedImage collected(node.height, node.width, lanes, 1);
  // Averages spread as a depthwise convolution of ones would send them back.
  ConvolutionBlock ones;
  ones.kernel = 3;
  ones.stride = pool.stride;
  ones.channels = channels;
  ones.lanes = lanes;
  ones.depthwise = Buffer(9UL * lanes);
  std::fill_n(ones.depthwise.data(), 9L * lanes, 1.0f);
  PaddedImage shared(height, width, lanes, 1);
  if (pool.stride == 2) ones.packParities(shared.rowStride());
  std::vector<long> offsets;
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 3; ++x) offsets.push_back(y * low.rowStride() + static_cast<long>(x) * lanes);
  Buffer onPool(gradients[nodeCount() - 1].rowFloats()), rawGradient(gradients[nodeCount() - 1].rowFloats());
  std::vector<float> share(width);
  const auto mixGradient = [&](int kind, int n, int y) {
    std::fill_n(onPool.data(), static_cast<long>(width) * lanes, 0.0f);
    for (int index : leaving)
      kernels.addScaled(onPool.data(), gradients[edges[index].to].row(n, y),
                        edges[index].z[maxPlace + kind] * mask(index, n), static_cast<long>(width) * lanes);
  };
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < node.height; ++y)
      std::memcpy(low.at(y, 0), node.row(n, y), node.rowFloats() * sizeof(float));
    collected.clear();
    for (int y = 0; y < height; ++y) {
      const int top = y * pool.stride - 1;
      mixGradient(0, n, y);
      const float *largest = pool.largest.raw.row(n, y);
      kernels.normGradient(rawGradient.data(), onPool.data(), largest, onLargest.onGradient.data(), onLargest.onRaw.data(),
                           onLargest.constant.data(), width, lanes);
      kernels.largestGradient(collected.at(top, -1), low.at(top, -1), step, largest, rawGradient.data(), offsets.data(), 9,
                              width, lanes);
      mixGradient(1, n, y);
      kernels.normGradient(shared.at(y, 0), onPool.data(), pool.average.raw.row(n, y), onAverage.onGradient.data(),
                           onAverage.onRaw.data(), onAverage.constant.data(), width, lanes);
      poolShares(share.data(), y, pool.stride, node.height, node.width, width);
      kernels.scalePixels(shared.at(y, 0), shared.at(y, 0), share.data(), width, lanes);
    }
    for (int y = 0; y < node.height; ++y) {
      float *row = gradient.row(n, y);
      kernels.addScaled(row, collected.at(y, 0), 1, node.rowFloats());
      if (pool.stride == 1) {
        kernels.window(row, shared.at(y - 1, -1), shared.rowStride(), ones.depthwise.data(), 3, 1, node.width, lanes, true);
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
