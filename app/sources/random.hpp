#pragma once
// Random numbers that are the same everywhere: a run of the lab can be repeated from its seed.

#include <cstdint>

namespace mh {

/// Mixes a counter into a well-distributed number (splitmix64; Steele, Lea and Flood 2014).
constexpr std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9e37'79b9'7f4a'7c15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebULL;
  return z ^ (z >> 31);
}

/// xoshiro256** (Blackman and Vigna 2018).
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) {
    for (std::uint64_t& word : state_) word = splitmix64(seed);
  }

  /// Uniform over 64 bits.
  constexpr std::uint64_t operator()() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  /// 0 to bound - 1; bound > 0. The bias is below bound / 2^64, which no lab can see.
  constexpr std::uint64_t below(std::uint64_t bound) { return (*this)() % bound; }

 private:
  static constexpr std::uint64_t rotate(std::uint64_t x, int by) {
    return (x << by) | (x >> (64 - by));
  }
  std::uint64_t state_[4]{};
};

}  // namespace mh
