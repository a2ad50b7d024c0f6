// What brings a cell's inputs to its channels and sides: ReLU, pointwise convolutions, batch norm. Forward and backward. A
// cell of one input reads it as it is.
#include <algorithm>

#include "CellPass.h"

namespace ct {

/// Rows of an input's plane behind the ReLU; the plane's next ones are asked for.
const float *CellPass::activeRows(const FeatureMaps &from, int plane, int image, int top, int rows,
                                  const CellPart &part) const {
  float *active = part.scratch.activeRow.data();
  const float *row = from.row(plane, image, top);
  // A map in one piece may have any count of floats.
  const long count = rows * from.rowFloats(), whole = count / laneBlock * laneBlock;
  kernels.relu(active, row, whole);
  for (long at = whole; at < count; ++at) active[at] = row[at] < 0 ? 0 : row[at];
  fetchRow(row + count, count);
  return active;
}

void CellPass::preprocessInput(int slot, const CellPart &part) {
  if (reducesInput(slot)) return reduceInput(part);
  const auto &from = input(slot);
  const auto &weights = preprocesses[slot].weights;
  auto &output = preprocesses[slot].output;
  const auto &raw = output.raw;
  const int together = rowsTogether(raw);
  for (int n = part.begin; n < part.end; ++n) {
    for (int top = 0; top < raw.height; top += together) {
      const int rows = std::min(together, raw.height - top);
      for (int plane = 0; plane < from.planes; ++plane) {
        const float *active = activeRows(from, plane, n, top, rows, part);
        kernels.pointwise(raw.row(n, top), lanes, active, from.step, weights.weights.data() + weights.fromPlane(plane),
                          from.planeChannels, channels, rows * raw.width, plane > 0,
                          plane == 0 ? raw.row(n, top + rows) : nullptr);
      }
    }
    addMoments(output, part, n, 0, raw.height);
  }
}

void CellPass::reduceInput(const CellPart &part) {
  const auto &from = arguments.before;
  const auto &raw = reduction.output.raw;
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < from.height; ++y) {
      const int half = y % 2;
      const auto &weights = reduction.halves[half];
      for (int plane = 0; plane < from.planes; ++plane) {
        const float *active = activeRows(from, plane, n, y, 1, part);
        const bool isFirst = half == 0 && plane == 0;
        kernels.pointwise(raw.row(n, y / 2), lanes, active + static_cast<long>(half) * from.step, 2L * from.step,
                          weights.weights.data() + weights.fromPlane(plane), from.planeChannels, channels,
                          everySecond(from.width, half), !isFirst, isFirst ? raw.row(n, y / 2 + 1) : nullptr);
      }
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
    nodes[slot] = nodePlane(slot, rows, columns, outputPlanes);
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
  const auto onBefore = arguments.before.with(beforeGradient), onPrevious = arguments.previous.with(previousGradient);
  if (passedGradient && passedGradient != previousGradient) {
    const long imageFloats = onPrevious.imageFloats();
    forEachPart([&](const CellPart &part) {
      std::copy_n(passedGradient + part.begin * imageFloats, (part.end - part.begin) * imageFloats,
                  onPrevious.row(0, part.begin, 0));
    });
  }
  const FeatureMaps *targets[ct_cell_inputs] = {&onBefore, &onPrevious};
  NormBackward through[ct_cell_inputs];
  runs.begin(parts.count);
  for (int slot = 0; slot < ct_cell_inputs; ++slot) {
    through[slot] = throughNorm(slot, preprocessed(slot).norm, inputSums[slot].joined());
    placeInputGradients(slot);
  }
  forEachPart([&](const CellPart &part) {
    runs.open(part.number);
    for (int slot = 0; slot < ct_cell_inputs; ++slot) {
      if (reducesInput(slot))
        differentiateReduction(through[slot], *targets[slot], part);
      else
        differentiateInput(slot, through[slot], *targets[slot], slot == 1 && passedGradient, part);
    }
    runs.arrive(part.number, kernels);
  });
  runs.finish(*team, kernels);
}

void CellPass::normalise(const NormalisedPlane &plane, const Plane &node, const CellPart &part) {
  const float *source = plane.raw.image(part.begin);
  kernels.mix(node.image(part.begin), &source, plane.norm.scale.data(), plane.norm.shift.data(), 1,
              (part.end - part.begin) * node.imagePixels(), lanes, false);
}

/// Pixels of a plane, each of them or every second one, through a pointwise convolution and the ReLU before it: dL/d(input) where it
/// was positive, which may be added to what the target holds.
void CellPass::takePixels(const PointwiseWeights &weights, int plane, const float *active, const float *gradient, float *target,
                          bool adds, int pixels, int pixelStep, int stride, const CellPart &part) const {
  float *own = part.scratch.inputRow.data();
  // Of a half of a factorised reduction only the channels that it writes have weights.
  kernels.pointwise(own, weights.inputLanes, gradient + weights.first, lanes, weights.transposedOf(plane), weights.outputs,
                    weights.planeInputs(), pixels, false, nullptr);
  const auto take = adds ? kernels.maskedAdd : kernels.maskedCopy;
  const long step = static_cast<long>(stride) * pixelStep;
  // What lies between every second pixel's channels is another pixel's.
  if (stride == 1 && step == weights.inputLanes) return take(target, active, own, pixels * step);
  const int inputs = weights.planeInputs(), whole = inputs / laneBlock * laneBlock;
  for (int p = 0; p < pixels; ++p, target += step, active += step, own += weights.inputLanes) {
    take(target, active, own, whole);
    for (int c = whole; c < inputs; ++c) {
      const float seen = active[c] > 0 ? own[c] : 0;
      target[c] = adds ? target[c] + seen : seen;
    }
  }
}

/// What an input's batch norm needs of an image of its node's gradient.
void CellPass::gatherInput(int slot, int image, const CellPart &part) {
  const auto &gradient = gradients[slot];
  const auto &output = preprocessed(slot);
  auto &sums = inputSums[slot][part.number];
  for (int y = 0; y < gradient.height; ++y) {
    kernels.sum(sums.sums.data(), gradient.row(image, y), gradient.width, lanes);
    kernels.product(sums.products.data(), gradient.row(image, y), output.raw.row(image, y), output.norm.mean.data(),
                    gradient.width, lanes);
  }
}

void CellPass::differentiateInput(int slot, const NormBackward &through, const FeatureMaps &target, bool adds,
                                  const CellPart &part) {
  const auto &from = input(slot);
  const auto &weights = preprocesses[slot].weights;
  const auto &raw = preprocesses[slot].output.raw;
  const auto &gradient = gradients[slot];
  float *rawGradient = part.scratch.rawGradients.data();
  const int together = rowsTogether(raw);
  for (int n = part.begin; n < part.end; ++n) {
    for (int top = 0; top < raw.height; top += together) {
      const int rows = std::min(together, raw.height - top);
      kernels.normGradient(rawGradient, gradient.row(n, top), raw.row(n, top), through.onGradient.data(),
                           through.onRaw.data(), through.constant.data(), rows * raw.width, lanes);
      for (int plane = 0; plane < from.planes; ++plane) {
        const float *active = activeRows(from, plane, n, top, rows, part);
        kernels.outer(runs.run(part.number) + weights.gradient + weights.fromPlane(plane), active, from.step, rawGradient, lanes,
                      from.planeChannels, channels, raw.width, rows, n == part.begin && top == 0,
                      plane == 0 ? Ahead{gradient.row(n, top + rows), raw.row(n, top + rows)} : Ahead());
        takePixels(weights, plane, active, rawGradient, target.row(plane, n, top), adds, rows * raw.width, from.step, 1, part);
      }
    }
  }
}

/// The first input's, where it is behind a reduction.
void CellPass::differentiateReduction(const NormBackward &through, const FeatureMaps &target, const CellPart &part) {
  const auto &from = arguments.before;
  const auto &raw = reduction.output.raw;
  const auto &gradient = gradients[0];
  float *rawGradient = part.scratch.rawGradients.data();
  target.clear(part.begin, part.end);
  float *run = runs.run(part.number);
  // One row has no second half: nothing is added to that half's gradient.
  if (from.height == 1) reduction.halves[1].clearGradient(run);
  for (int n = part.begin; n < part.end; ++n) {
    for (int y = 0; y < from.height; ++y) {
      const int half = y % 2, pixels = everySecond(from.width, half);
      const auto &weights = reduction.halves[half];
      if (half == 0)
        kernels.normGradient(rawGradient, gradient.row(n, y / 2), raw.row(n, y / 2), through.onGradient.data(),
                             through.onRaw.data(), through.constant.data(), raw.width, lanes);
      const long shift = static_cast<long>(half) * from.step, step = 2L * from.step;
      for (int plane = 0; plane < from.planes; ++plane) {
        const float *active = activeRows(from, plane, n, y, 1, part) + shift;
        kernels.outer(run + weights.gradient + weights.fromPlane(plane), active, step, rawGradient, lanes, from.planeChannels,
                      channels, pixels, 1, n == part.begin && y == half,
                      plane == 0 ? Ahead{gradient.row(n, y / 2 + 1), raw.row(n, y / 2 + 1)} : Ahead());
        takePixels(weights, plane, active, rawGradient, target.row(plane, n, y) + shift, false, pixels, from.step, 2, part);
      }
    }
  }
}

}  // namespace ct
