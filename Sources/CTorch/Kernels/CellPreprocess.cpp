// What brings a cell's inputs to its channels and sides: ReLU, pointwise convolutions, batch norm. Forward and backward. A
// cell of one input reads it as it is.
#include <algorithm>

#include "CellPass.h"

namespace ct {

void CellPass::reluPointwise(const CellInput &input, ReluPointwise &pass, int slot) {
  auto &raw = pass.output.raw;
  raw = Plane(arguments.images, input.height, input.width, lanes);
  pass.output.norm.begin(channels, lanes);
  const long pixels = raw.imagePixels(), rowFloats = static_cast<long>(input.width) * input.channels;
  Buffer active(rowFloats + laneBlock);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < input.height; ++y) {
      const float *row = input.values + (n * pixels + static_cast<long>(y) * input.width) * input.channels;
      activate(active.data(), row, rowFloats);
      fetchRow(row + rowFloats, rowFloats);
      kernels.pointwise(raw.row(n, y), lanes, active.data(), input.channels, pass.weights.weights.data(), input.channels,
                        lanes, input.width, false, raw.row(n, y + 1));
    }
    if (!arguments.givenStatistics) pass.output.norm.add(kernels, raw.image(n), raw.height, raw.width);
  }
  finishNorm(pass.output, slot);
}

void CellPass::reduceInput(const CellInput &input) {
  auto &raw = reduction.output.raw;
  raw = Plane(arguments.images, input.height / 2, input.width / 2, lanes);
  reduction.output.norm.begin(channels, lanes);
  const long rowFloats = static_cast<long>(input.width) * input.channels;
  Buffer active(rowFloats + laneBlock);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < input.height; ++y) {
      const float *row = input.values + (static_cast<long>(n) * input.height + y) * rowFloats;
      activate(active.data(), row, rowFloats);
      fetchRow(row + rowFloats, rowFloats);
      const int half = y % 2;
      kernels.pointwise(raw.row(n, y / 2), lanes, active.data() + half * input.channels, 2L * input.channels,
                        reduction.halves[half].weights.data(), input.channels, lanes, raw.width, half == 1,
                        half == 0 ? raw.row(n, y / 2 + 1) : nullptr);
    }
    if (!arguments.givenStatistics) reduction.output.norm.add(kernels, raw.image(n), raw.height, raw.width);
  }
  finishNorm(reduction.output, 0);
}

/// Both inputs' nodes, or a node that is the only input.
void CellPass::takeInputs() {
  if (inputCount() == 1) {
    nodes[0] = Plane(arguments.images, height, width, lanes);
    if (lanes != channels) nodes[0].clear();
    return copyPixels(nodes[0].buffer.data(), lanes, arguments.previous.values, channels,
                      static_cast<long>(arguments.images) * nodes[0].imagePixels(), channels);
  }
  if (arguments.shape.reducesPrevious) {
    reduceInput(arguments.before);
    normalise(reduction.output, nodes[0]);
  } else {
    reluPointwise(arguments.before, preprocesses[0], 0);
    normalise(preprocesses[0].output, nodes[0]);
  }
  reluPointwise(arguments.previous, preprocesses[1], 1);
  normalise(preprocesses[1].output, nodes[1]);
}

void CellPass::giveInputGradients(float *beforeGradient, float *previousGradient) {
  if (inputCount() == 1)
    return copyPixels(previousGradient, channels, gradients[0].buffer.data(), lanes,
                      static_cast<long>(arguments.images) * gradients[0].imagePixels(), channels);
  preprocessBackward(arguments.before, 0, gradients[0], beforeGradient);
  preprocessBackward(arguments.previous, 1, gradients[1], previousGradient);
}

void CellPass::normalise(const NormalisedPlane &plane, Plane &node) {
  node = Plane(arguments.images, plane.raw.height, plane.raw.width, lanes);
  const float *source = plane.raw.buffer.data();
  kernels.mix(node.buffer.data(), &source, plane.norm.scale.data(), plane.norm.shift.data(), 1,
              arguments.images * node.imagePixels(), lanes, false);
}

/// One row of pixels through a pointwise convolution and the ReLU before it: dL/dw, and dL/d(input) where it was positive.
void CellPass::pixelBackward(PointwiseWeights &weights, const float *active, const float *gradient, float *target,
                             int pixels, long step, Ahead ahead) {
  kernels.outer(weights.gradient.data(), active, step, gradient, lanes, weights.inputs, lanes, pixels, ahead);
  // Of a half of a factorised reduction only the channels that it writes have weights.
  kernels.pointwise(inputRow.data(), weights.inputLanes, gradient + weights.first, lanes,
                    weights.transposed.data() + static_cast<long>(weights.first) * weights.inputLanes, weights.outputs,
                    weights.inputLanes, pixels, false, nullptr);
  if (step == weights.inputs && step == weights.inputLanes)
    return kernels.maskedCopy(target, active, inputRow.data(), pixels * step);
  for (int p = 0; p < pixels; ++p) {
    const float *from = inputRow.data() + static_cast<long>(p) * weights.inputLanes;
    const float *seen = active + p * step;
    float *to = target + p * step;
    const int whole = weights.inputs / laneBlock * laneBlock;
    kernels.maskedCopy(to, seen, from, whole);
    for (int c = whole; c < weights.inputs; ++c) to[c] = seen[c] > 0 ? from[c] : 0;
  }
}

void CellPass::preprocessBackward(const CellInput &input, int slot, const Plane &gradient, float *inputGradient) {
  const bool reduces = slot == 0 && arguments.shape.reducesPrevious;
  const auto &output = reduces ? reduction.output : preprocesses[slot].output;
  std::vector<double> sums(lanes, 0), products(lanes, 0);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < gradient.height; ++y) {
      kernels.sum(sums.data(), gradient.row(n, y), gradient.width, lanes);
      kernels.product(products.data(), gradient.row(n, y), output.raw.row(n, y), output.norm.mean.data(), gradient.width,
                      lanes);
    }
  }
  const NormBackward through = throughNorm(slot, output.norm, sums, products);
  const long rowFloats = static_cast<long>(input.width) * input.channels;
  Buffer active(rowFloats + laneBlock), rawGradient(gradient.rowFloats());
  if (reduces)
    std::fill_n(inputGradient, static_cast<long>(arguments.images) * input.height * rowFloats, 0.0f);
  for (int n = 0; n < arguments.images; ++n) {
    for (int y = 0; y < input.height; ++y) {
      const long start = (static_cast<long>(n) * input.height + y) * rowFloats;
      const float *row = input.values + start;
      activate(active.data(), row, rowFloats);
      fetchRow(row + rowFloats, rowFloats);
      const int outputRow = reduces ? y / 2 : y;
      kernels.normGradient(rawGradient.data(), gradient.row(n, outputRow), output.raw.row(n, outputRow),
                           through.onGradient.data(), through.onRaw.data(), through.constant.data(), gradient.width, lanes);
      const int half = reduces ? y % 2 : 0;
      auto &weights = reduces ? reduction.halves[half] : preprocesses[slot].weights;
      const long shift = static_cast<long>(half) * input.channels;
      pixelBackward(weights, active.data() + shift, rawGradient.data(), inputGradient + start + shift, gradient.width,
                    static_cast<long>(input.channels) * (reduces ? 2 : 1),
                    {gradient.row(n, outputRow + 1), output.raw.row(n, outputRow + 1)});
    }
  }
}

}  // namespace ct
