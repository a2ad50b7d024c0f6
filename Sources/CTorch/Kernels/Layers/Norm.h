// Batch norms: their sums over the images, what they do to a plane, and what they do to its gradient.
#pragma once
#include <vector>

#include "../Memory/BufferPool.h"
#include "../Rows/RowKernels.h"

namespace ct {

/// Pixels that are worked on together where rows are narrower.
constexpr int pixelsTogether = 32;

/// A value of one kind for each lane, inside a block that holds several kinds: cells have hundreds of batch norms, and to find
/// memory for each kind by itself would take longer than to compute what it holds.
template <typename Value>
struct LaneValues {
  Value *values = nullptr;

  Value *data() const { return values; }
  Value &operator[](int lane) const { return values[lane]; }
};

/// Of the pixels of each part of the images, by channel: how many, a centre, the sums of values less the centre, and of the
/// squares of that. They live for a loop over the images, so their memory is the pool's.
class Moments {
 public:
  Moments() = default;
  Moments(int lanes, int parts);

  int parts() const { return partCount; }
  /// Adds rows of an image to a part, contiguous; the mean of its first row is what all of its sums are taken around, so that
  /// nothing cancels. Rows are summed `pixelsTogether` at a time: no call may end within such a group unless its image does.
  void add(const RowKernels &kernels, const float *rows, int height, int width, int part);

  double &count(int part) { return *numbers(part); }
  double *sums(int part) { return numbers(part) + cacheLine / 2; }
  double *squares(int part) { return sums(part) + lanes; }
  float *centre(int part) { return reinterpret_cast<float *>(squares(part) + lanes); }

 private:
  /// Of one part: how many pixels, with a line for itself; sums; squares; centres. Parts share no line of the caches: a thread
  /// adds to its part's all the time.
  double *numbers(int part) { return reinterpret_cast<double *>(buffer.data() + part * partFloats(lanes)); }
  static long partFloats(int lanes) { return (cacheLine + 5L * lanes + cacheLine - 1) / cacheLine * cacheLine; }

  int lanes = 0, partCount = 0;
  Buffer buffer;
};

/// A batch norm: its statistics, and sums while they are gathered. What it does is scale * raw + shift.
struct Norm {
  int channels = 0, lanes = 0;
  double count = 0;
  /// The affine part, `channels` values each; null in a search, where there is none.
  const float *gain = nullptr, *offset = nullptr;
  /// `inverse` is one over the standard deviation, `scale` is gain * inverse.
  LaneValues<float> mean, inverse, scale, shift;
  LaneValues<double> variance;

  /// - parts: that the images are cut into.
  void begin(int channels, int lanes, int parts = 1);
  /// Adds rows of an image to a part's moments (`Moments::add`). Threads may add to different parts at once.
  void add(const RowKernels &kernels, const float *rows, int height, int width, int part = 0) {
    moments.add(kernels, rows, height, width, part);
  }
  /// From all parts' moments, which are gone then; once more, with another affine part, it gives that one's scale and shift.
  void finish(double epsilon);
  /// Takes given statistics instead: mean and variance, `channels` values each.
  void take(const float *mean, const float *variance, double epsilon);
  /// Becomes the identity: a pool without batch norm.
  void passThrough();
  /// Writes mean and unbiased variance.
  void write(float *mean, float *variance) const;

 private:
  void measure();
  void join();
  void setAffine(int channel, double average, double inverse);

  /// Means, as exactly as they were summed.
  LaneValues<double> averages;
  /// What all of these lie in.
  std::vector<float> floats;
  std::vector<double> doubles;
  Moments moments;
};

/// Sums over images of a gradient, by channel, and of its products with what was normalised, less the mean.
struct GradientSums {
  std::vector<double> sums, products;

  explicit GradientSums(int lanes) : sums(lanes, 0), products(lanes, 0) {}
  /// All are 0, for so many lanes.
  void clear(int lanes) {
    sums.assign(lanes, 0);
    products.assign(lanes, 0);
  }
  void add(const GradientSums &other);
};

/// A gradient through a batch norm as `RowKernels::normGradient` takes it.
struct NormFactors {
  const float *onGradient, *onRaw, *constant;
};

/// What turns dL/d(normalised) times `scale` into dL/d(raw): raw gradient = onGradient * g + onRaw * y + constant.
class NormBackward {
 public:
  LaneValues<float> onGradient, onRaw, constant;

  NormBackward() = default;
  /// - outward: what g is multiplied with on its way to the normalised value: the norm's `scale`, or `inverse` where g has
  ///   the gain in it already. sums: of g (already scaled) over the batch; products: of g times (y - mean).
  NormBackward(const Norm &norm, const LaneValues<float> &outward, const std::vector<double> &sums,
               const std::vector<double> &products);
  NormBackward(NormBackward &&) = default;
  NormBackward &operator=(NormBackward &&) = default;
  /// That of a pool without batch norm.
  static NormBackward identity(int lanes);
  NormFactors factors() const { return {onGradient.data(), onRaw.data(), constant.data()}; }
  /// The same for an image whose g still has to be multiplied by `factor`; `onImage` holds what it is multiplied with.
  NormFactors factors(const Norm &norm, float factor, std::vector<float> &onImage) const;

 private:
  explicit NormBackward(int lanes);

  /// What all of these lie in.
  std::vector<float> floats;
};

}  // namespace ct
