// The operations that the kernels compute: one table, from which places, counts and borders follow.
//
// A row of Z is in its order, and so is every sum over the operations of an edge: another order gives other bits.
#pragma once
#include <array>
#include <stdexcept>
#include <string_view>

#include "../../include/CTorch.h"

namespace ct {

/// How an operation is computed.
enum class OperationKind {
  /// Zero: nothing is computed, and its credit is 0.
  none,
  /// Once for all edges that leave a node; the batch norm behind it is each edge's own.
  pool,
  /// The identity; at stride 2 a factorised reduction.
  skip,
  /// Two blocks of ReLU, depthwise and pointwise convolution and batch norm. The first has the edge's stride.
  separable,
  /// One such block.
  dilated,
  /// ReLU, a convolution of all channels to all, batch norm.
  dense,
  /// ReLU, such a convolution of one row of the window, one of a column, batch norm. The row's has the edge's stride along rows,
  /// the column's that along columns.
  rowThenColumn,
};

struct OperationDescriptor {
  const char *name;
  OperationKind kind;
  /// Pixels along a side of the window, and how far apart they are.
  int kernel, dilation;
  /// Tensors of weights and batch norms; of a skip at stride 2.
  int weights, norms;

  constexpr bool isConvolution() const { return kind == OperationKind::separable || kind == OperationKind::dilated; }
  /// How far the window reaches to each side.
  constexpr int border() const { return dilation * (kernel - 1) / 2; }
};

/// The weights of a block are its depthwise and its pointwise convolution's, those of a skip both halves', those of a dense
/// convolution its own, and those of a row and a column one's each.
constexpr OperationDescriptor cellOperations[] = {
    {"none", OperationKind::none, 1, 1, 0, 0},
    {"max_pool_3x3", OperationKind::pool, 3, 1, 0, 1},
    {"avg_pool_3x3", OperationKind::pool, 3, 1, 0, 1},
    {"skip_connect", OperationKind::skip, 1, 1, 2, 1},
    {"sep_conv_3x3", OperationKind::separable, 3, 1, 4, 2},
    {"sep_conv_5x5", OperationKind::separable, 5, 1, 4, 2},
    {"sep_conv_7x7", OperationKind::separable, 7, 1, 4, 2},
    {"dil_conv_3x3", OperationKind::dilated, 3, 2, 2, 1},
    {"dil_conv_5x5", OperationKind::dilated, 5, 2, 2, 1},
    {"nor_conv_1x1", OperationKind::dense, 1, 1, 1, 1},
    {"nor_conv_3x3", OperationKind::dense, 3, 1, 1, 1},
    {"conv_7x1_1x7", OperationKind::rowThenColumn, 7, 1, 2, 1},
};
constexpr int operationCount = static_cast<int>(std::size(cellOperations));

// MARK: What follows from the table

template <typename Value>
constexpr int largestOf(Value value) {
  int largest = 0;
  for (const auto &operation : cellOperations)
    if (value(operation) > largest) largest = value(operation);
  return largest;
}

constexpr int countOf(OperationKind kind) {
  int count = 0;
  for (const auto &operation : cellOperations) count += operation.kind == kind;
  return count;
}

constexpr int placeOf(std::string_view name) {
  for (int place = 0; place < operationCount; ++place)
    if (name == cellOperations[place].name) return place;
  throw std::logic_error("no such operation");
}

/// Of the operations that have passes of their own.
constexpr int maxPlace = placeOf("max_pool_3x3"), averagePlace = placeOf("avg_pool_3x3");
constexpr int skipPlace = placeOf("skip_connect");

constexpr int separableCount = countOf(OperationKind::separable);
constexpr int convolutionCount = separableCount + countOf(OperationKind::dilated);

constexpr std::array<int, convolutionCount> placesOfConvolutions() {
  std::array<int, convolutionCount> places{};
  int count = 0;
  for (int place = 0; place < operationCount; ++place)
    if (cellOperations[place].isConvolution()) places[count++] = place;
  return places;
}
/// Place of each convolution: they are numbered in the table's order, the separable ones first.
constexpr auto convolutionPlace = placesOfConvolutions();

constexpr bool isSeparable(int convolution) { return convolution < separableCount; }

/// The number of the convolution at a place.
constexpr int convolutionAt(int place) {
  int convolution = 0;
  while (convolutionPlace[convolution] != place) ++convolution;
  return convolution;
}

constexpr int denseCount = countOf(OperationKind::dense);

/// The first of the dense convolutions, which stand side by side.
constexpr int firstDensePlace = placeOf("nor_conv_1x1");

constexpr int rowThenColumnPlace = placeOf("conv_7x1_1x7");

/// The widest reach of any window.
constexpr int widestBorder = largestOf([](const OperationDescriptor &o) { return o.border(); });

/// How far an operation reaches over the edge of its source behind the ReLU: the second half of a factorised reduction one pixel
/// further than an odd side.
constexpr int sourceReach(int place) {
  return cellOperations[place].kind == OperationKind::skip ? 1 : cellOperations[place].border();
}

constexpr int poolKernel = cellOperations[maxPlace].kernel, poolTaps = poolKernel * poolKernel;
constexpr int poolBorder = cellOperations[maxPlace].border();

// MARK: What the passes are written for

constexpr bool separableOnesComeFirst() {
  for (int c = 0; c < convolutionCount; ++c)
    if (isSeparable(c) != (cellOperations[convolutionPlace[c]].kind == OperationKind::separable)) return false;
  return true;
}

constexpr bool denseOnesStandTogether() {
  for (int d = 0; d < denseCount; ++d)
    if (cellOperations[firstDensePlace + d].kind != OperationKind::dense) return false;
  return true;
}

constexpr bool everyWindowHasAForm() {
  for (int place : convolutionPlace) {
    const int kernel = cellOperations[place].kernel, dilation = cellOperations[place].dilation;
    if ((kernel != 3 && kernel != 5 && kernel != 7) || (dilation != 1 && (dilation != 2 || kernel == 7))) return false;
  }
  return true;
}

static_assert(operationCount == ct_edge_operations);
static_assert(largestOf([](const OperationDescriptor &o) { return o.weights; }) == ct_operation_weights);
static_assert(largestOf([](const OperationDescriptor &o) { return o.norms; }) == ct_operation_norms);
static_assert(separableOnesComeFirst());
static_assert(denseOnesStandTogether());
static_assert(everyWindowHasAForm(), "a window needs its form in Rows/WindowKernels.inl");
static_assert(countOf(OperationKind::rowThenColumn) == 1, "an edge has room for one (EdgePass)");
static_assert(countOf(OperationKind::pool) == 2, "a node has room for two pools (PoolPass)");
static_assert(poolKernel == 3 && cellOperations[averagePlace].kernel == 3, "Rows/PoolKernels.inl is for 3x3 windows");

// MARK: The preprocessings' weights, ahead of the edges'

/// Both halves of the first, where it is a factorised reduction; else one, and the other's place is empty. A cell of one input
/// has neither.
constexpr int beforeWeights = 0;
constexpr int previousWeights = 2;
static_assert(previousWeights + 1 == ct_preprocessing_weights);

}  // namespace ct
