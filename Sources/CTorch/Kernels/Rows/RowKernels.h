// The inner loops of a cell's forward and backward pass, over rows of pixels with channels last.
//
// A row is `width` pixels, `step` floats apart; every pixel has `lanes` floats, a multiple of 8 (channels are padded with
// zeros). All buffers are ours. The same source is compiled for several instruction sets; each output value is a sum in one
// fixed order with fused multiply-add, and no sum runs across a vector, so all of them give the same bits.
#pragma once
#include <limits>

namespace ct {

/// The lanes of a pixel are a multiple of this.
constexpr int laneBlock = 8;
/// Floats of a line of the processor's caches.
constexpr int cacheLine = 16;
/// The lanes of so many channels.
constexpr int wholeBlocks(int channels) { return (channels + laneBlock - 1) / laneBlock * laneBlock; }

/// Rows that are read next, fetched from memory while there is arithmetic to do: both, or neither. They may lie behind the end
/// of a plane, since fetching reads nothing.
struct Ahead {
  const float *first = nullptr, *second = nullptr;
};

/// The floats under a window: `count` runs of `inputs` floats each, at `offsets` from the window's corner.
struct Runs {
  const long *offsets = nullptr;
  int count = 0, inputs = 0;
};

/// Of the rows that windows reach over, counted from the first window's first one, those before `begin` and from `end` on hold zeros,
/// as the border of an image does: what they would add is left out.
struct FilledRows {
  int begin = 0, end = std::numeric_limits<int>::max();
};

/// Rows of pixels: `step` floats between two pixels, `rowStride` between two rows.
struct Rows {
  const float *first = nullptr;
  long step = 0, rowStride = 0;

  Rows from(long offset) const { return {first + offset, step, rowStride}; }
};

struct RowKernels {
  const char *name;

  /// out[p] (+)= sum over y, x of weights[y][x] * in[y * dilation][p * stride + x * dilation], channel by channel, in
  /// that order, for `rows` rows; `outStride` and `rowStride` floats between two rows of `out` and of `in`. Kernels of 3,
  /// 5 and 7, of 3 and 5 also with a dilation of 2; strides of 1 and 2.
  void (*window)(float *out, long outStride, const float *in, long rowStride, const float *weights, int kernel,
                 int dilation, int stride, int width, int rows, int lanes, FilledRows filled, bool add);
  /// gradient[y][x] += sum over p of in[y * dilation][p * stride + x * dilation] * d[p], for one row of d after the other,
  /// `dStride` floats between two of them: the depthwise convolution's gradient by its weights.
  void (*windowGradient)(float *gradient, const float *in, long rowStride, const float *d, long dStride, int kernel,
                         int dilation, int stride, int width, int rows, int lanes, FilledRows filled);

  /// out[p] (+)= sum over t of weights[t] * in[p + offsets[t]], channel by channel: the gradient by the input of a depthwise
  /// convolution of stride 2, sums of windows. `add` keeps what `out` holds.
  void (*taps)(float *out, long outStep, const float *in, long inStep, const float *weights, const long *offsets,
               int tapCount, int width, int lanes, bool add);

  /// out[p][j] (+)= sum over i of in[p][i] * weights[i][j]: pointwise convolution. `in` has `inputs` channels of any count, the
  /// weights have `outputs` and what fills their lanes; so has `out`, where it stays or becomes zero.
  /// It fetches the pixels that are written next, `ahead` (as many, as far apart; or null): a store that misses the caches
  /// holds up all stores behind it.
  void (*pointwise)(float *out, long outStep, const float *in, long inStep, const float *weights, int inputs, int outputs,
                    int width, bool add, float *ahead);

  /// gradient[i][j] += sum over p of in[p][i] * d[p][j]: the pointwise convolution's gradient by its weights. `rows` of `width`
  /// pixels, one behind the other, are summed apart and added one after the other, so that the gradient passes through the caches
  /// once for all of them. Where it `begins`, what the gradient held is not read: the first row is added to 0. `d` has
  /// `outputs` and what fills their lanes. It fetches what is read `ahead`: pixels as many and as far apart as those of `d`.
  void (*outer)(float *gradient, const float *in, long inStep, const float *d, long dStep, int inputs, int outputs,
                int width, int rows, bool begins, Ahead ahead);

  /// out[p][j] (+)= sum over r, i of in[p][runs.offsets[r] + i] * weights[r][i][j]: dense convolution, and its gradient by
  /// the input. `ahead` as in `pointwise`.
  void (*dense)(float *out, long outStep, const float *in, long inStep, const float *weights, Runs runs, int lanes,
                int width, bool add, float *ahead);
  /// gradient[r][i][j] += sum over y, p of in[y][p][runs.offsets[r] + i] * d[y][p][j]: the dense convolution's gradient
  /// by its weights.
  void (*denseGradient)(float *gradient, Rows in, Rows d, Runs runs, int lanes, int width, int rows);

  /// out = max(in, 0); not-a-number stays.
  void (*relu)(float *out, const float *in, long count);
  /// out[p] = max(scale * in[p] + shift, 0).
  void (*normalisedRelu)(float *out, const float *in, const float *scale, const float *shift, int width, int lanes);
  /// sums[c] += sum of (in - centre), squares[c] += sum of (in - centre)^2, row sums in float, their total in double.
  void (*moments)(double *sums, double *squares, const float *in, const float *centre, int width, int lanes);
  /// sums[c] += sum of a[p].
  void (*sum)(double *sums, const float *a, int width, int lanes);
  /// sums[c] += sum of a[p] * (b[p] - centre).
  void (*product)(double *sums, const float *a, const float *b, const float *centre, int width, int lanes);
  /// out[p] (+)= bias + sum over k of scales[k] * sources[k][p]; `scales` holds `count` vectors of lanes.
  void (*mix)(float *out, const float *const *sources, const float *scales, const float *bias, int count, int width,
              int lanes, bool add);
  /// out[p] = the same over edges with one source each: biases[0] + scales[0] * sources[0][p], and so on.
  void (*mixEdges)(float *out, const float *const *sources, const float *const *scales, const float *const *biases, int count,
                   int width, int lanes);
  /// out (+)= sum over k of scales[k] * skips[k]; then out += in > 0 ? d : 0, where there is a `d`.
  void (*sourceGradient)(float *out, const float *const *skips, const float *scales, int count, const float *in,
                         const float *d, long floats, bool add);
  /// out[p] = a * g[p] + b * y[p] + d: the gradient through a batch norm. It waits for memory unless `outer` has fetched.
  void (*normGradient)(float *out, const float *g, const float *y, const float *a, const float *b, const float *d,
                       int width, int lanes);
  /// d[p] = scale * y[p] + shift > 0 ? d[p] : 0; then sums += d, products += d * (y - centre).
  void (*maskedMoments)(double *sums, double *products, float *d, const float *y, const float *scale,
                        const float *shift, const float *centre, int width, int lanes);
  /// out += in > 0 ? d : 0.
  void (*maskedAdd)(float *out, const float *in, const float *d, long count);
  /// out = in > 0 ? d : 0.
  void (*maskedCopy)(float *out, const float *in, const float *d, long count);
  /// out[p] = factors[p] * in[p].
  void (*scalePixels)(float *out, const float *in, const float *factors, int width, int lanes);
  /// out += scale * in.
  void (*addScaled)(float *out, const float *in, float scale, long count);
  /// out[p] = the largest of the 3x3 window whose corner is in[p * stride]; not-a-number wins, of equal ones the first.
  /// `rowStride` floats between two rows of `in`, a stride of 1 or 2.
  void (*largest)(float *out, const float *in, long rowStride, int stride, int width, int lanes);
  /// d of each largest value of a 3x3 window goes to the first place that holds it; `rowStride` floats between two rows of
  /// `dIn` and of `in`, a stride of 1 or 2.
  void (*largestGradient)(float *dIn, const float *in, long rowStride, int stride, const float *out, const float *d,
                          int width, int lanes);
  /// Multiply-adds on registers alone, for measuring; answers how many floating-point operations that were.
  double (*multiplyAdds)(long rounds);
};

const RowKernels &portableKernels();
#if defined(__x86_64__)
const RowKernels &avx2Kernels();
const RowKernels &avx512Kernels();
#endif

/// The fastest that this processor runs, or the one forced by `chooseKernels`.
const RowKernels &rowKernels();
/// The same with a clock around each, for a table of where the time goes. One thread only.
const RowKernels &timedKernels(const RowKernels &kernels);
void timeKernels(bool isOn);
/// `auto`, `avx512`, `avx2` or `portable`; false where this processor or build does not have it.
bool chooseKernels(const char *name);
/// Whether this processor has them; nothing is chosen.
bool hasKernels(const char *name);

}  // namespace ct
