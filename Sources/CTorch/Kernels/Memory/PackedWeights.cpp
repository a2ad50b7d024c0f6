#include "PackedWeights.h"

#include <algorithm>
#include <cstring>

#include "CopyPixels.h"

namespace ct {
namespace {

typedef float Four __attribute__((vector_size(16), aligned(4)));

/// Four rows of four become four columns.
void transposeBlock(float *out, long outStep, const float *in, long inStep) {
  Four rows[4];
  for (int r = 0; r < 4; ++r) rows[r] = *reinterpret_cast<const Four *>(in + r * inStep);
  const Four low0 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
  const Four high0 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
  const Four low1 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
  const Four high1 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
  *reinterpret_cast<Four *>(out) = __builtin_shufflevector(low0, low1, 0, 1, 4, 5);
  *reinterpret_cast<Four *>(out + outStep) = __builtin_shufflevector(low0, low1, 2, 3, 6, 7);
  *reinterpret_cast<Four *>(out + 2 * outStep) = __builtin_shufflevector(high0, high1, 0, 1, 4, 5);
  *reinterpret_cast<Four *>(out + 3 * outStep) = __builtin_shufflevector(high0, high1, 2, 3, 6, 7);
}

}  // namespace

void transpose(float *out, long outStep, const float *in, long inStep, int rows, int columns) {
  const int wholeRows = rows / 4 * 4, wholeColumns = columns / 4 * 4;
  for (int r = 0; r < wholeRows; r += 4)
    for (int c = 0; c < wholeColumns; c += 4)
      transposeBlock(out + c * outStep + r, outStep, in + r * inStep + c, inStep);
  for (int r = 0; r < rows; ++r)
    for (int c = r < wholeRows ? wholeColumns : 0; c < columns; ++c) out[c * outStep + r] = in[r * inStep + c];
}

Piece Pieces::take(size_t count, bool cleared) {
  constexpr size_t together = 256 << 10;
  const size_t floats = Piece::rounded(count);
  Piece piece;
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (floats > left) {
      left = std::max(floats, together);
      buffers.emplace_back(left);
      next = buffers.back().data();
    }
    piece.floats = next;
    next += floats;
    left -= floats;
  }
  if (cleared) std::fill_n(piece.floats, floats, 0.0f);
  return piece;
}

void ConvolutionBlock::pack(const float *depthwiseValues, const float *pointwiseValues, bool forBackward,
                            Pieces &pieces) {
  lanes = paddedLanes(channels);
  const bool isPadded = channels < lanes;
  const size_t window = static_cast<size_t>(taps()) * lanes, matrix = static_cast<size_t>(channels) * lanes;
  const bool isFlipped = forBackward && stride == 1, isCopied = forBackward && isPadded;
  Piece rest = pieces.take((isFlipped ? 2 : 1) * Piece::rounded(window) + (isCopied ? 2 : 1) * Piece::rounded(matrix), isPadded);
  depthwise = rest.cut(window);
  pointwise = rest.cut(matrix);
  transpose(depthwise.data(), lanes, depthwiseValues, taps(), channels, taps());
  transpose(pointwise.data(), lanes, pointwiseValues, channels, channels, channels);
  if (isFlipped) {
    flipped = rest.cut(window);
    copyPixels(flipped.data() + window - lanes, -lanes, depthwise.data(), lanes, taps(), lanes);
  }
  pointwiseTransposed = isCopied ? rest.data() : pointwiseValues;
  if (isCopied) copyPixels(rest.data(), lanes, pointwiseValues, channels, channels, channels);
}

void ConvolutionBlock::packParities(long rowStride, Pieces &pieces) {
  // Each tap reaches pixels of one parity.
  Piece rest = pieces.take(static_cast<size_t>(taps()) * lanes + 4 * cacheLine, false);
  for (int rowParity = 0; rowParity < 2; ++rowParity) {
    for (int columnParity = 0; columnParity < 2; ++columnParity) {
      auto &parity = parities[rowParity][columnParity];
      parity.offsets.clear();
      parity.weights = rest;
      for (int y = 0; y < kernel; ++y) {
        for (int x = 0; x < kernel; ++x) {
          const int fromRow = rowParity + border() - y * dilation, fromColumn = columnParity + border() - x * dilation;
          if (fromRow % 2 != 0 || fromColumn % 2 != 0) continue;
          copyPixels(rest.data() + parity.offsets.size() * lanes, 0, depthwise.data() + (y * kernel + x) * lanes, 0, 1, lanes);
          parity.offsets.push_back(fromRow / 2 * rowStride + fromColumn / 2 * static_cast<long>(lanes));
        }
      }
      rest.cut(parity.offsets.size() * lanes);
    }
  }
}

void ConvolutionBlock::placeGradients(GradientRuns &runs, float *depthwiseValues, float *pointwiseValues) {
  depthwiseGradient = runs.place(static_cast<size_t>(taps()) * lanes, [this, depthwiseValues](const float *sum) {
    transpose(depthwiseValues, taps(), sum, lanes, taps(), channels);
  });
  pointwiseGradient = runs.place(static_cast<size_t>(channels) * lanes, [this, pointwiseValues](const float *sum) {
    transpose(pointwiseValues, channels, sum, lanes, channels, channels);
  });
}

void ConvolutionBlock::clearGradients(float *run) const {
  std::fill_n(run + depthwiseGradient, taps() * lanes, 0.0f);
}

void PointwiseWeights::pack(const float *values, int inputCount, int outputCount, int firstOutput, int laneCount,
                            bool forBackward, Pieces &pieces, int planeCount) {
  inputs = inputCount;
  planes = planeCount;
  inputLanes = paddedLanes(planeInputs());
  outputs = outputCount;
  first = firstOutput;
  lanes = laneCount;
  weights = pieces.take(static_cast<size_t>(inputs) * lanes, outputs < lanes);
  transpose(weights.data() + first, lanes, values, inputs, outputs, inputs);
  if (!forBackward) return;
  const int own = planeInputs();
  transposed = pieces.take(static_cast<size_t>(planes) * lanes * inputLanes, outputs < lanes || own < inputLanes);
  for (int plane = 0; plane < planes; ++plane)
    for (int o = 0; o < outputs; ++o)
      std::memcpy(transposed.data() + (static_cast<long>(plane) * lanes + first + o) * inputLanes,
                  values + static_cast<long>(o) * inputs + plane * own, own * sizeof(float));
}

void PointwiseWeights::placeGradient(GradientRuns &runs, float *values) {
  gradient = runs.place(static_cast<size_t>(inputs) * lanes, [this, values](const float *sum) {
    transpose(values, inputs, sum + first, lanes, inputs, outputs);
  });
}

}  // namespace ct
