// A part of a plane that is read later, fetched bit by bit while there is arithmetic to do.
//
// Passes over planes with little arithmetic wait for memory, and convolutions leave it idle: so convolutions fetch what the
// next pass reads. Fetching changes no value.
#pragma once
#include <algorithm>

namespace ct {

/// Asks for some floats at once: as many as a row has.
inline void fetchRow(const float *from, long floats) {
  constexpr long cacheLine = 16;
  for (const float *end = from + floats; from < end; from += cacheLine) __builtin_prefetch(from, 0, 2);
}

class Background {
 public:
  Background() = default;
  Background(const float *from, long floats, long steps)
      : next(from), end(from + floats), share((floats + steps - 1) / steps) {}

  /// Once for each group of rows.
  void step() {
    const long now = std::min(share, static_cast<long>(end - next));
    fetchRow(next, now);
    next += now;
  }

 private:
  const float *next = nullptr, *end = nullptr;
  /// Floats a step.
  long share = 0;
};

}  // namespace ct
