#include "DenseConvolution.h"

#include <algorithm>

namespace ct {

/// Weights come as outputs x inputs x taps. Moved in whole rows of channels on their way: entries one by one, far apart, would
/// take longer than the convolutions of a small image.
void DenseConvolution::pack(const float *values, bool forBackward, Pieces &pieces) {
  const int rows = inputs * taps();
  window.weights = pieces.take(static_cast<size_t>(rows) * lanes(), outputs < lanes());
  Buffer byInput(static_cast<size_t>(rows) * lanes());
  transpose(byInput.data(), lanes(), values, rows, outputs, rows);
  for (int i = 0; i < inputs; ++i)
    for (int t = 0; t < taps(); ++t)
      std::copy_n(byInput.data() + (static_cast<long>(i) * taps() + t) * lanes(), outputs,
                  window.weights.data() + (static_cast<long>(t) * inputs + i) * lanes());
  if (!forBackward) return;
  packTurned(values, pieces);
}

/// An input gets from each output that it was a part of, by the weight with which it was: outputs are the inputs here. At
/// stride 2 it depends on the input's row and column which taps reach it.
void DenseConvolution::packTurned(const float *values, Pieces &pieces) {
  const long tapFloats = static_cast<long>(outputs) * inputLanes();
  Buffer byTap(taps() * tapFloats);
  if (inputs < inputLanes()) std::fill_n(byTap.data(), taps() * tapFloats, 0.0f);
  for (int o = 0; o < outputs; ++o)
    transpose(byTap.data() + static_cast<long>(o) * inputLanes(), tapFloats, values + static_cast<long>(o) * inputs * taps(),
              taps(), inputs, taps());
  for (int row = 0; row < stride.rows; ++row) {
    for (int column = 0; column < stride.columns; ++column) {
      auto &places = turnedPlaces[row][column];
      auto &runs = turned[row][column];
      runs.weights = pieces.take(taps() * tapFloats, false);
      for (int y = kernel.rows - 1; y >= 0; --y) {
        for (int x = kernel.columns - 1; x >= 0; --x) {
          const int down = row + reach().rows - y, right = column + reach().columns - x;
          if (down % stride.rows != 0 || right % stride.columns != 0) continue;
          std::copy_n(byTap.data() + (y * kernel.columns + x) * tapFloats, tapFloats,
                      runs.weights.data() + static_cast<long>(places.size()) * tapFloats);
          places.emplace_back(down / stride.rows, right / stride.columns);
        }
      }
    }
  }
}

void DenseConvolution::placeGradient(GradientRuns &runs, float *values) {
  gradient = runs.place(static_cast<size_t>(inputs) * taps() * lanes(),
                        [this, values](const float *sum) { unpackGradient(values, sum); });
}

void DenseConvolution::clearGradient(float *run) const {
  std::fill_n(run + gradient, static_cast<long>(inputs) * taps() * lanes(), 0.0f);
}

void DenseConvolution::unpackGradient(float *values, const float *sum) const {
  const int rows = inputs * taps();
  Buffer byInput(static_cast<size_t>(rows) * lanes());
  for (int i = 0; i < inputs; ++i)
    for (int t = 0; t < taps(); ++t)
      std::copy_n(sum + (static_cast<long>(t) * inputs + i) * lanes(), outputs,
                  byInput.data() + (static_cast<long>(i) * taps() + t) * lanes());
  transpose(values, rows, byInput.data(), lanes(), rows, outputs);
}

/// Where channels fill whole lanes a row of the window is one run.
static void findRuns(WindowRuns &runs, const std::vector<std::pair<int, int>> &places, long rowStride, int channels) {
  const int lanes = paddedLanes(channels);
  runs.offsets.clear();
  runs.inputs = channels;
  for (const auto &[y, x] : places) runs.offsets.push_back(y * rowStride + static_cast<long>(x) * lanes);
  const auto &offsets = runs.offsets;
  const auto isJoined = [&](size_t at, int count) {
    for (int k = 1; k < count; ++k)
      if (at + k >= offsets.size() || offsets[at + k] != offsets[at] + k * static_cast<long>(channels)) return false;
    return true;
  };
  for (int count : {3, 2}) {
    std::vector<long> firsts;
    for (size_t at = 0; at < offsets.size(); at += count)
      if (isJoined(at, count)) firsts.push_back(offsets[at]);
    if (firsts.size() * count != offsets.size()) continue;
    runs.offsets = firsts;
    runs.inputs = channels * count;
    return;
  }
}

void DenseConvolution::follow(long newStride) {
  if (rowStride == newStride) return;
  rowStride = newStride;
  std::vector<std::pair<int, int>> places;
  for (int y = 0; y < kernel.rows; ++y)
    for (int x = 0; x < kernel.columns; ++x) places.emplace_back(y, x);
  findRuns(window, places, rowStride, inputs);
}

void DenseConvolution::forward(const RowKernels &kernels, const PaddedImage &input, const Plane &output, int image,
                               int top, int rows) const {
  for (int y = top; y < top + rows; ++y)
    kernels.dense(output.row(image, y), output.lanes, corner(input, y), static_cast<long>(stride.columns) * input.lanes,
                  window.weights.data(), window, output.lanes, output.width, false, output.row(image, y + 1));
}

void DenseConvolution::gradientByWeights(const RowKernels &kernels, const PaddedImage &input,
                                         const PaddedImage &onOutput, int top, int rows, float *run) const {
  kernels.denseGradient(
      run + gradient,
      {corner(input, top), static_cast<long>(stride.columns) * input.lanes, stride.rows * input.rowStride()},
      {onOutput.at(top, 0), onOutput.lanes, onOutput.rowStride()}, window, onOutput.lanes, onOutput.width, rows);
}

void DenseConvolution::followGradient(long newStride) {
  if (gradientStride == newStride) return;
  gradientStride = newStride;
  for (int row = 0; row < stride.rows; ++row)
    for (int column = 0; column < stride.columns; ++column)
      findRuns(turned[row][column], turnedPlaces[row][column], gradientStride, outputs);
}

/// Row `y` of the input. Of an odd side at stride 2 one pixel more stands in an even place than in an odd one.
void DenseConvolution::gradientByRow(const RowKernels &kernels, const PaddedImage &onOutput, float *row, int y, int width,
                                     bool add) const {
  for (int column = 0; column < stride.columns; ++column) {
    const auto &runs = turned[y % stride.rows][column];
    kernels.dense(row + static_cast<long>(column) * inputLanes(), static_cast<long>(stride.columns) * inputLanes(),
                  onOutput.at(y / stride.rows, 0), onOutput.lanes, runs.weights.data(), runs, inputLanes(),
                  (width + stride.columns - 1 - column) / stride.columns, add, nullptr);
  }
}

void DenseConvolution::gradientByInput(const RowKernels &kernels, const PaddedImage &onOutput, float *input, int height,
                                       int width, bool add) const {
  for (int y = 0; y < height; ++y)
    gradientByRow(kernels, onOutput, input + static_cast<long>(y) * width * inputLanes(), y, width, add);
}

void DenseConvolution::gradientByInput(const RowKernels &kernels, const PaddedImage &onOutput,
                                       const PaddedImage &input) const {
  for (int y = 0; y < input.height; ++y) gradientByRow(kernels, onOutput, input.at(y, 0), y, input.width, false);
}

}  // namespace ct
