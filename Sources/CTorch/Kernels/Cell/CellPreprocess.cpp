// What brings a cell's inputs to its channels and sides: ReLU, pointwise convolutions, batch norm. Forward and backward. A
// cell of one input reads it as it is.
#include <algorithm>

#include "CellPass.h"

namespace ct {

void CellPass::preprocessInput(int slot, const CellPart &part) {
  if (reducesInput(slot)) return reduceInput(part);
  const auto &from = input(slot);
  auto &output = preprocesses[slot].output;
  const auto &raw = output.raw;
  const long pixels = raw.imagePixels(), rowFloats = static_cast<long>(from.width) * from.channels;
  float *active = part.scratch.activeRow.data();
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < from.height; ++y) {
      const float *row = from.values + (n * pixels + static_cast<long>(y) * from.width) * from.channels;
      activate(active, row, rowFloats);
      fetchRow(row + rowFloats, rowFloats);
      kernels.pointwise(raw.row(n, y), lanes, active, from.channels, preprocesses[slot].weights.weights.data(),
                        from.channels, lanes, from.width, false, raw.row(n, y + 1));
    }
    addMoments(output, part, n, 0, raw.height);
  }
}

void CellPass::reduceInput(const CellPart &part) {
  const auto &from = arguments.before;
  const auto &raw = reduction.output.raw;
  const long rowFloats = static_cast<long>(from.width) * from.channels;
  float *active = part.scratch.activeRow.data();
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < from.height; ++y) {
      const float *row = from.values + (static_cast<long>(n) * from.height + y) * rowFloats;
      activate(active, row, rowFloats);
      fetchRow(row + rowFloats, rowFloats);
      const int half = y % 2;
      kernels.pointwise(raw.row(n, y / 2), lanes, active + half * from.channels, 2L * from.channels,
                        reduction.halves[half].weights.data(), from.channels, lanes, everySecond(from.width, half),
                        half == 1, half == 0 ? raw.row(n, y / 2 + 1) : nullptr);
    }
    addMoments(reduction.output, part, n, 0, raw.height);
  }
}

/// Both inputs' nodes, or a node that is the only input.
void CellPass::takeInputs() {
  if (inputCount() == 1) {
    nodes[0] = Plane(arguments.images, height, width, lanes);
    return forEachPart([&](const CellPart &part) {
      if (lanes != channels) nodes[0].clear(part.begin, part.end);
      const long pixels = nodes[0].imagePixels();
      copyPixels(nodes[0].image(part.begin), lanes, arguments.previous.values + part.begin * pixels * channels, channels,
                 (part.end - part.begin) * pixels, channels);
    });
  }
  for (int slot = 0; slot < ct_cell_inputs; ++slot) {
    const auto &from = input(slot);
    const int rows = reducesInput(slot) ? halved(from.height) : from.height;
    const int columns = reducesInput(slot) ? halved(from.width) : from.width;
    beginOutput(preprocessed(slot), rows, columns);
    nodes[slot] = Plane(arguments.images, rows, columns, lanes);
  }
  forEachPart([&](const CellPart &part) {
    for (int slot = 0; slot < ct_cell_inputs; ++slot) preprocessInput(slot, part);
  });
  for (int slot = 0; slot < ct_cell_inputs; ++slot) finishNorm(preprocessed(slot), slot);
  forEachPart([&](const CellPart &part) {
    for (int slot = 0; slot < ct_cell_inputs; ++slot) normalise(preprocessed(slot), nodes[slot], part);
  });
}

void CellPass::giveInputGradients(const float *passedGradient, float *beforeGradient, float *previousGradient) {
  if (inputCount() == 1) {
    return forEachPart([&](const CellPart &part) {
      const long pixels = gradients[0].imagePixels();
      copyPixels(previousGradient + part.begin * pixels * channels, channels, gradients[0].image(part.begin), lanes,
                 (part.end - part.begin) * pixels, channels);
    });
  }
  const std::vector<GradientSums> none(ct_cell_inputs, GradientSums(lanes));
  std::vector<std::vector<GradientSums>> sums(parts.count, none);
  forEachPart([&](const CellPart &part) {
    for (int slot = 0; slot < ct_cell_inputs; ++slot) gatherInput(slot, part, sums[part.number][slot]);
  });
  addInTree(0, parts.count, [&](int left, int right) {
    for (int slot = 0; slot < ct_cell_inputs; ++slot) sums[left][slot].add(sums[right][slot]);
  });
  NormBackward through[ct_cell_inputs];
  for (int slot = 0; slot < ct_cell_inputs; ++slot) through[slot] = throughNorm(slot, preprocessed(slot).norm, sums[0][slot]);
  runs.begin(parts.count);
  placeInputGradients();
  runs.open();
  forEachPart([&](const CellPart &part) {
    runs.clear(part.number);
    differentiateInput(0, through[0], nullptr, beforeGradient, part);
    differentiateInput(1, through[1], passedGradient, previousGradient, part);
    runs.arrive(part.number, kernels);
  });
  runs.finish(*team);
}

void CellPass::normalise(const NormalisedPlane &plane, const Plane &node, const CellPart &part) {
  const float *source = plane.raw.image(part.begin);
  kernels.mix(node.image(part.begin), &source, plane.norm.scale.data(), plane.norm.shift.data(), 1,
              (part.end - part.begin) * node.imagePixels(), lanes, false);
}

/// One row of pixels through a pointwise convolution and the ReLU before it: dL/dw, and dL/d(input) where it was positive,
/// which may be added to what the target holds.
void CellPass::pixelBackward(const PointwiseWeights &weights, const float *active, const float *gradient, float *target,
                             bool adds, int pixels, long step, Ahead ahead, const CellPart &part) {
  float *inputRow = part.scratch.inputRow.data();
  kernels.outer(runs.run(part.number) + weights.gradient, active, step, gradient, lanes, weights.inputs, lanes, pixels, ahead);
  // Of a half of a factorised reduction only the channels that it writes have weights.
  kernels.pointwise(inputRow, weights.inputLanes, gradient + weights.first, lanes,
                    weights.transposed.data() + static_cast<long>(weights.first) * weights.inputLanes, weights.outputs,
                    weights.inputLanes, pixels, false, nullptr);
  const auto take = adds ? kernels.maskedAdd : kernels.maskedCopy;
  if (step == weights.inputs && step == weights.inputLanes) return take(target, active, inputRow, pixels * step);
  for (int p = 0; p < pixels; ++p) {
    const float *from = inputRow + static_cast<long>(p) * weights.inputLanes;
    const float *seen = active + p * step;
    float *to = target + p * step;
    const int whole = weights.inputs / laneBlock * laneBlock;
    take(to, seen, from, whole);
    for (int c = whole; c < weights.inputs; ++c) {
      const float own = seen[c] > 0 ? from[c] : 0;
      to[c] = adds ? to[c] + own : own;
    }
  }
}

void CellPass::gatherInput(int slot, const CellPart &part, GradientSums &sums) const {
  const auto &gradient = gradients[slot];
  const auto &output = preprocessed(slot);
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < gradient.height; ++y) {
      kernels.sum(sums.sums.data(), gradient.row(n, y), gradient.width, lanes);
      kernels.product(sums.products.data(), gradient.row(n, y), output.raw.row(n, y), output.norm.mean.data(),
                      gradient.width, lanes);
    }
  }
}

void CellPass::differentiateInput(int slot, const NormBackward &through, const float *passedGradient,
                                  float *inputGradient, const CellPart &part) {
  const bool reduces = reducesInput(slot);
  const auto &from = input(slot);
  const auto &output = preprocessed(slot);
  const auto &gradient = gradients[slot];
  const long rowFloats = static_cast<long>(from.width) * from.channels, imageFloats = from.height * rowFloats;
  float *active = part.scratch.activeRow.data(), *rawGradient = part.scratch.rawGradients.data();
  if (reduces) std::fill_n(inputGradient + part.begin * imageFloats, (part.end - part.begin) * imageFloats, 0.0f);
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < from.height; ++y) {
      const long start = n * imageFloats + y * rowFloats;
      const float *row = from.values + start;
      activate(active, row, rowFloats);
      fetchRow(row + rowFloats, rowFloats);
      if (passedGradient) std::copy_n(passedGradient + start, rowFloats, inputGradient + start);
      const int outputRow = reduces ? y / 2 : y;
      kernels.normGradient(rawGradient, gradient.row(n, outputRow), output.raw.row(n, outputRow),
                           through.onGradient.data(), through.onRaw.data(), through.constant.data(), gradient.width, lanes);
      const int half = reduces ? y % 2 : 0;
      const auto &weights = reduces ? reduction.halves[half] : preprocesses[slot].weights;
      const long shift = static_cast<long>(half) * from.channels;
      pixelBackward(weights, active + shift, rawGradient, inputGradient + start + shift, passedGradient != nullptr,
                    reduces ? everySecond(from.width, half) : from.width,
                    static_cast<long>(from.channels) * (reduces ? 2 : 1),
                    {gradient.row(n, outputRow + 1), output.raw.row(n, outputRow + 1)}, part);
    }
  }
}

}  // namespace ct
