// A part of a plane that is read later, fetched bit by bit while there is arithmetic to do.
//
// Passes over planes with little arithmetic wait for memory, and convolutions leave it idle: so convolutions fetch what the
// next pass reads. Fetching changes no value.
#pragma once

namespace ct {

class Background {
 public:
  Background() = default;
  Background(const float *from, long floats, long steps)
      : next(from), end(from + floats), share((floats + steps - 1) / steps) {}

  /// Once for each group of rows.
  void step() {
    constexpr long cacheLine = 16;
    for (const float *last = next + share; next < last && next < end; next += cacheLine) __builtin_prefetch(next, 0, 2);
  }

 private:
  const float *next = nullptr, *end = nullptr;
  /// Floats a step.
  long share = 0;
};

}  // namespace ct
