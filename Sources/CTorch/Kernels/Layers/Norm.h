// Batch norms: their sums over the images, what they do to a plane, and what they do to its gradient.
#pragma once
#include <vector>

#include "../Rows/RowKernels.h"

namespace ct {

/// Pixels that are worked on together where rows are narrower.
constexpr int pixelsTogether = 32;

/// Of the pixels of each part of the images, by channel: how many, a centre, the sums of values less the centre, and of the
/// squares of that.
class Moments {
 public:
  Moments() = default;
  Moments(int lanes, int parts);

  int parts() const { return static_cast<int>(counts.size()); }
  /// Adds rows of an image to a part, contiguous; the mean of its first row is what all of its sums are taken around, so that
  /// nothing cancels. Rows are summed `pixelsTogether` at a time: no call may end within such a group unless its image does.
  void add(const RowKernels &kernels, const float *rows, int height, int width, int part);

  double &count(int part) { return counts[part].pixels; }
  double *sums(int part) { return values.data() + 2L * part * lanes; }
  double *squares(int part) { return sums(part) + lanes; }
  float *centre(int part) { return centres.data() + static_cast<long>(part) * lanes; }

 private:
  /// Apart in memory: a thread adds to its part's all the time.
  struct alignas(64) Count {
    double pixels = 0;
  };

  int lanes = 0;
  std::vector<Count> counts;
  std::vector<float> centres;
  /// Sums and squares of each part.
  std::vector<double> values;
};

/// A batch norm: its statistics, and sums while they are gathered. What it does is scale * raw + shift.
struct Norm {
  int channels = 0, lanes = 0;
  double count = 0;
  /// The affine part, `channels` values each; null in a search, where there is none.
  const float *gain = nullptr, *offset = nullptr;
  /// `inverse` is one over the standard deviation, `scale` is gain * inverse.
  std::vector<float> mean, inverse, scale, shift;
  std::vector<double> variance;

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
  std::vector<double> averages;
  Moments moments;
};

/// Sums over images of a gradient, by channel, and of its products with what was normalised, less the mean.
struct GradientSums {
  std::vector<double> sums, products;

  explicit GradientSums(int lanes) : sums(lanes, 0), products(lanes, 0) {}
  void add(const GradientSums &other);
};

/// A gradient through a batch norm as `RowKernels::normGradient` takes it.
struct NormFactors {
  const float *onGradient, *onRaw, *constant;
};

/// What turns dL/d(normalised) times `scale` into dL/d(raw): raw gradient = onGradient * g + onRaw * y + constant.
struct NormBackward {
  std::vector<float> onGradient, onRaw, constant;

  NormBackward() = default;
  /// - outward: what g is multiplied with on its way to the normalised value: the norm's `scale`, or `inverse` where g has
  ///   the gain in it already. sums: of g (already scaled) over the batch; products: of g times (y - mean).
  NormBackward(const Norm &norm, const std::vector<float> &outward, const std::vector<double> &sums,
               const std::vector<double> &products);
  /// That of a pool without batch norm.
  static NormBackward identity(int lanes);
  NormFactors factors() const { return {onGradient.data(), onRaw.data(), constant.data()}; }
  /// The same for an image whose g still has to be multiplied by `factor`; `onImage` holds what it is multiplied with.
  NormFactors factors(const Norm &norm, float factor, std::vector<float> &onImage) const;
};

}  // namespace ct
