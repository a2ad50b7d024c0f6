// The C face of libtorch: what the networks of this project need, and no more.
//
// Tensors are opaque handles; whoever receives one frees it. A null result (or a non-zero status) means failure, and
// `ct_last_error` says why, for the calling thread. No C++ exception crosses this line.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ct_tensor ct_tensor;

/// Why the last call of this thread failed.
const char *ct_last_error(void);
/// Version of the libtorch that this program was built against.
const char *ct_version(void);
/// Handles that this thread made, less those that it freed: a test of leaks, whatever other threads do meanwhile.
int64_t ct_live_handles(void);
/// Frees a tensor; null is fine.
void ct_free(ct_tensor *tensor);

/// Keeps the calling thread's operators of libtorch to this thread.
void ct_hold_to_one_thread(void);
/// Threads that compute the parts of what the calling thread asks the kernels for, this one included. They end with it, or when it
/// asks for fewer. No bit of a result depends on how many there are.
int ct_use_threads(int threads);
/// Runs `task(context, part, thread)` for every part from 0 on, on those threads; fails with the first part whose task answers
/// another number than 0. All others run all the same.
int ct_run_parts(int parts, int (*task)(void *context, int part, int thread), void *context);
/// Whether the calling thread records operations for gradients.
void ct_record_gradients(int on);
/// Deterministic algorithms only, no TF32, no autotuning: what bits on a GPU depend on.
int ct_require_determinism(void);
/// 1 where the device can be used: -1 is the processor, 0 and up are CUDA devices.
int ct_device_is_available(int device);
/// CUDA devices that can be used.
int ct_device_count(void);
/// Why there is none; empty where there is one.
const char *ct_why_no_device(void);
/// Of the CUDA that this libtorch was built with, as 13000 for 13.0; 0 where it was built without.
int ct_cuda_version(void);
/// Memory of a CUDA device, and its name, cut to `length` with its end; -1 on failure.
int64_t ct_device_bytes(int device, char *name, int64_t length);

/// Copies values in, as `doubles` ? 64 : 32 bit floats, onto a device.
ct_tensor *ct_from_floats(const float *values, const int64_t *shape, int dimensions, int doubles, int device);
ct_tensor *ct_from_labels(const int32_t *values, int64_t count, int device);
/// Copies all values out, row-major. The count must be the tensor's.
int ct_copy_floats(const ct_tensor *tensor, float *values, int64_t count);
int ct_copy_doubles(const ct_tensor *tensor, double *values, int64_t count);
/// Copies pieces of the values out, row-major: `counts` values from place `from` of the tensor to place `to` of `values`, which
/// must be there.
int ct_copy_float_pieces(const ct_tensor *tensor, const int64_t *from, const int64_t *to, const int64_t *counts,
                         int64_t pieces, float *values);
/// Number of values; -1 on failure.
int64_t ct_count(const ct_tensor *tensor);
/// Shares the values, knows nothing of how they came about, and is what gradients can be asked for.
ct_tensor *ct_leaf(const ct_tensor *tensor);

ct_tensor *ct_relu(const ct_tensor *input);
ct_tensor *ct_convolution(const ct_tensor *input, const ct_tensor *weight, int stride, int padding, int dilation, int groups);
ct_tensor *ct_max_pool(const ct_tensor *input, int stride);
/// 3x3, padding 1, which the mean does not count.
ct_tensor *ct_average_pool(const ct_tensor *input, int stride);
/// Normalises with the batch's own statistics. `mean` and `variance` (unbiased) are results of the caller's.
/// `scale` and `shift` may be null.
ct_tensor *ct_batch_norm(const ct_tensor *input, const ct_tensor *scale, const ct_tensor *shift, double epsilon,
                         ct_tensor **mean, ct_tensor **variance);
/// Normalises with given statistics.
ct_tensor *ct_batch_norm_with(const ct_tensor *input, const ct_tensor *scale, const ct_tensor *shift,
                              const ct_tensor *mean, const ct_tensor *variance, double epsilon);
/// Without the first row and column; an odd side gets a row or column of zeros at its end.
ct_tensor *ct_without_first_row_and_column(const ct_tensor *input);
/// Joins along channels.
ct_tensor *ct_concatenate(const ct_tensor *const *inputs, int count);
ct_tensor *ct_add(const ct_tensor *left, const ct_tensor *right);
/// The entries of a vector as scalars, into `entries`.
int ct_entries(const ct_tensor *vector, ct_tensor **entries, int64_t count);
/// sum of weights[k] * inputs[k], in that order; each weight is a scalar.
ct_tensor *ct_weighted_sum(const ct_tensor *const *inputs, const ct_tensor *const *weights, int count);
/// input[n, ...] * mask[n].
ct_tensor *ct_scale_images(const ct_tensor *input, const ct_tensor *mask);
ct_tensor *ct_zeros(int64_t images, int64_t channels, int64_t height, int64_t width, int doubles, int device);
/// Mean over rows and columns: images x channels.
ct_tensor *ct_global_mean(const ct_tensor *input);
ct_tensor *ct_linear(const ct_tensor *input, const ct_tensor *weight, const ct_tensor *bias);
/// Cross-entropy of logits against labels: the mean over the images, or the sum.
ct_tensor *ct_cross_entropy(const ct_tensor *logits, const ct_tensor *labels, int sum);
/// Images whose largest logit is their label's, of equal ones the first; -1 on failure.
int64_t ct_hits(const ct_tensor *logits, const ct_tensor *labels);

/// As `ct_batch_norm`, with the statistics of each of `shards` equal parts of the batch by itself; `mean` and `variance` are
/// shards x channels.
ct_tensor *ct_batch_norm_by_shard(const ct_tensor *input, const ct_tensor *scale, const ct_tensor *shift, double epsilon,
                                  int64_t shards, ct_tensor **mean, ct_tensor **variance);
/// Of a table with a row for each shard, each column as images x 1 x 1 x 1: every image has its own shard's entry.
int ct_columns_by_image(const ct_tensor *table, int64_t images, ct_tensor **columns, int64_t count);
/// Mean cross-entropy of each shard's images, with or without smoothing: a vector.
ct_tensor *ct_losses_by_shard(const ct_tensor *logits, const ct_tensor *labels, double smoothing, int64_t shards);
/// `ct_hits` of each shard's images: a vector.
ct_tensor *ct_hits_by_shard(const ct_tensor *logits, const ct_tensor *labels, int64_t shards);
/// Of two vectors.
ct_tensor *ct_inner_product(const ct_tensor *left, const ct_tensor *right);

/// A full convolution whose padding is half its kernel.
ct_tensor *ct_rectangular_convolution(const ct_tensor *input, const ct_tensor *weight, int stride_rows, int stride_columns);
/// Means of windows without padding.
ct_tensor *ct_mean_of_windows(const ct_tensor *input, int rows, int columns, int stride_rows, int stride_columns);
ct_tensor *ct_scale(const ct_tensor *input, double factor);
/// Mean cross-entropy against labels of which a share of `smoothing` is spread evenly over all classes.
ct_tensor *ct_smoothed_cross_entropy(const ct_tensor *logits, const ct_tensor *labels, double smoothing);
/// Images whose label is among the `count` largest logits, of equal ones the first; -1 on failure.
int64_t ct_top_hits(const ct_tensor *logits, const ct_tensor *labels, int count);
/// The class of each image's largest logit.
int ct_predictions(const ct_tensor *logits, int32_t *classes, int64_t count);

/// Sizes of a cell's tables.
enum {
  /// Inputs of a cell, at most. Where there are two each has a preprocessing, and that one batch norm.
  ct_cell_inputs = 2,
  /// Tensors of weights of both preprocessings: a factorised reduction, which only the first can be, has two.
  ct_preprocessing_weights = 3,
  /// Operations that an edge can have (`ct_operation_at`).
  ct_edge_operations = 12,
  /// Tensors of weights and batch norms of an operation: as many as any of them has.
  ct_operation_weights = 4,
  ct_operation_norms = 2
};

/// Where an edge's operation has its entry among `mixture_places`. Here and below, the first place of the edge behind the last
/// one is how many there are.
static inline int ct_mixture_entry(int edge, int operation) { return edge * ct_edge_operations + operation; }
/// Where an operation's tensor of weights has its offset.
static inline int ct_weight_entry(int edge, int operation, int position) {
  return ct_preprocessing_weights + (edge * ct_edge_operations + operation) * ct_operation_weights + position;
}
/// The slot of an operation's batch norm; those of the preprocessings come first.
static inline int ct_norm_slot(int edge, int operation, int position) {
  return ct_cell_inputs + (edge * ct_edge_operations + operation) * ct_operation_norms + position;
}

/// An operation as the kernels compute it.
typedef struct {
  const char *name;
  /// Pixels along a side of its window, the longer one, and how far apart they are.
  int kernel, dilation;
  /// Tensors of weights and batch norms; of a skip at stride 2.
  int weights, norms;
} ct_operation;

/// - place: in an edge's row, from 0 on, below `ct_edge_operations`.
ct_operation ct_operation_at(int place);

/// What the kernels have to know of a cell.
///
/// The first nodes are the inputs: two behind their preprocessing, or one as it is. Edge k leads from node `edge_from[k]` to a
/// later node `edge_to[k]`. Weights lie in one vector; `weight_offsets` says where: both preprocessings' (two for the first, one
/// for the second), then edges x operations x `ct_operation_weights` (skip of stride 2: both halves; separable: depthwise,
/// pointwise, depthwise, pointwise; dilated: depthwise, pointwise; dense: its own; a row, then a column: each its own). `affine_offsets`, null in a search: where
/// scale and shift of each slot's batch norm lie in the same vector (slots x 2, below 0 where there is none).
typedef struct {
  /// `nodes` are the intermediate ones.
  int channels, inputs, nodes;
  int reduces, reduces_previous;
  /// Whether pools have a batch norm behind them.
  int pools_have_norm;
  /// Whether the output is given as nodes x images x height x width x channels, with the strides of the kernels' planes: only cells
  /// and heads of the kernels may read it then.
  int gives_planes;
  /// Contiguous parts that the images are cut into, as far as there are images, by whose numbers all sums over images are added
  /// in a tree: bits depend on it. With 1 all are added one after the other.
  int parts;
  int edges;
  const int *edge_from, *edge_to;
  /// Nodes of the output, in its order.
  const int *concatenated;
  int concatenated_count;
  /// Edges x operations: where each has its Z in the mixture, below 0 where the edge does not have the operation.
  const int *mixture_places;
  const int64_t *weight_offsets, *affine_offsets;
} ct_cell_plan;

/// One cell through the kernels: images x (concatenated nodes' channels) x height x width, channels last, or the nodes as planes
/// (`gives_planes`). The inputs may be either.
///
/// `mixture` is Z, an entry for each operation that an edge has (`mixture_places`); `drop_path` edges x images or null.
/// Statistics are slots (`ct_norm_slot`) x (mean, variance) x channels. They are read where `given_statistics` is there,
/// else the batch's own are used and written to `statistics` (variance unbiased). `skips_zeros` leaves out operations whose
/// Z is 0: a derived cell is a Z of ones and zeros. A cell of one input reads `previous` alone. Gradients flow to the inputs,
/// the weights, and the mixture where it asks for them. `passed` is `previous` for those who read it behind this cell: what
/// gradient they have for it is added within the cell's own pass.
ct_tensor *ct_cell(const ct_cell_plan *plan, const ct_tensor *before, const ct_tensor *previous,
                   const ct_tensor *weights, const ct_tensor *mixture, const float *drop_path,
                   const float *given_statistics, float *statistics, int skips_zeros, ct_tensor **passed);
/// A stem through the kernels: a 3x3 convolution (padding 1, stride 1), then batch norm with scale and shift; channels last.
///
/// Statistics are means, then variances: read where `given_statistics` is there, else the batch's own are used and written to
/// `statistics` (variance unbiased). Gradients flow to the weights, scale and shift, not to the images. `parts` is that of a cell's
/// plan.
ct_tensor *ct_stem(const ct_tensor *images, const ct_tensor *weights, const ct_tensor *scale, const ct_tensor *shift,
                   const float *given_statistics, float *statistics, int parts);
enum {
  /// Tensors of weights of a residual block: first convolution, scale, shift; second convolution, scale, shift; the pointwise
  /// convolution beside them.
  ct_residual_weights = 7
};
/// A residual block between two stages of NAS-Bench-201's networks: ReLU, a 3x3 convolution of stride 2, batch norm, ReLU, a 3x3
/// convolution, batch norm; added to a pointwise convolution of the means over 2x2 pixels. Even sides; channels last.
///
/// Statistics are those of both batch norms, each means, then variances: as in `ct_stem`. Gradients flow to the input and all
/// weights, not with given statistics.
ct_tensor *ct_residual(const ct_tensor *input, const ct_tensor *const *weights, const float *given_statistics,
                       float *statistics, int parts);
/// A layer of the ImageNet form's stem: ReLU, if it `rectifies`, a 3x3 convolution (padding 1, stride 2), batch norm with scale
/// and shift; channels last. A side of n pixels becomes one of (n + 1) / 2.
///
/// Statistics as in `ct_stem`. Gradients flow to the input, the weights, scale and shift, not with given statistics.
ct_tensor *ct_halving(const ct_tensor *input, int rectifies, const ct_tensor *weights, const ct_tensor *scale,
                      const ct_tensor *shift, const float *given_statistics, float *statistics, int parts);
/// What stands behind the last cell, through the kernels: batch norm, ReLU, the mean over the map and a linear layer; images x
/// classes. Weights are those of the linear layer, classes x channels, and its bias; then, where there is a batch norm, its scale
/// and shift. A ReLU stands behind every batch norm; `has_relu` says whether there is one without.
///
/// Statistics are those of the batch norm: as in `ct_stem`. Gradients flow to the input and all weights, not through a batch norm
/// with given statistics.
ct_tensor *ct_head(const ct_tensor *input, const ct_tensor *const *weights, int weight_count, int has_relu,
                   const float *given_statistics, float *statistics);
enum {
  /// Tensors of weights of an auxiliary head before its last batch norm: the pointwise convolution; scale, shift; the 2x2 one.
  ct_auxiliary_weights = 4
};
/// An auxiliary head up to its last batch norm, through the kernels: ReLU, the means of the map's four corners of `rows` x
/// `columns`, a pointwise convolution, batch norm, ReLU, a 2x2 convolution; images x outputs x 1 x 1. What follows is `ct_head`.
///
/// The batch's statistics, means, then unbiased variances, are written. Gradients flow to the input and all weights.
ct_tensor *ct_auxiliary(const ct_tensor *input, const ct_tensor *const *weights, int rows, int columns, float *statistics);
/// sum of weights[k] times the mean cross-entropy of logits[k], through the kernels; all against the same labels, of which a share
/// of `smoothing` is spread evenly over all classes. Gradients flow to the logits.
ct_tensor *ct_loss(const ct_tensor *const *logits, const double *weights, int count, const ct_tensor *labels, double smoothing);
/// Cross-entropy without smoothing, summed over the images, through the kernels.
int ct_loss_sum(const ct_tensor *logits, const ct_tensor *labels, double *sum);
/// `auto`, `avx512`, `avx2` or `portable`; 0 where this processor or build does not have it. Before the first cell.
int ct_choose_kernels(const char *name);
/// 1 where this processor and build have the kernels of that name; chooses nothing.
int ct_has_kernels(const char *name);
const char *ct_kernel_name(void);
/// Fused multiply-adds from registers alone, on this thread; answers how many floating-point operations that were.
double ct_multiply_adds(int64_t rounds);
/// Puts a clock around every row kernel (1) or takes it away (0). Only while one thread alone computes.
void ct_time_kernels(int isOn);
/// The clocks of `ct_time_kernels`, since it was switched on last.
int ct_timed_kernel_count(void);
const char *ct_timed_kernel_name(int index);
/// Without the clocks' own time.
double ct_timed_kernel_seconds(int index);
/// What all clocks together took, in the kernels' calls and around them.
double ct_timing_seconds(void);
/// What this thread reads from memory in a pass over planes, in 10^9 bytes a second.
double ct_read_gigabytes(void);
/// Bytes that the kernels' pool of activations holds.
int64_t ct_pooled_bytes(void);
/// Bytes of that pool which the calling thread has taken and not given back.
int64_t ct_held_bytes(void);

/// Gradients of a scalar by the inputs, as a function: nothing is written into any tensor. An input that the scalar does
/// not depend on gets null in `gradients`.
int ct_gradients(const ct_tensor *scalar, const ct_tensor *const *inputs, int count, ct_tensor **gradients);

#ifdef __cplusplus
}
#endif
