#pragma once
// What each worker of a workload does next, apart from doing it.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "app/model/workload.hpp"
#include "app/sources/random.hpp"

namespace mh {

/// One size, 1 to max_size, from a generator that returns uniform 64-bit numbers.
template <typename Generator>
std::uint64_t draw_size(const SizeDistribution& sizes, Generator& random) {
  constexpr std::uint64_t max_size = SizeDistribution::max_size;
  const auto up_to = [&random](std::uint64_t most) {
    return 1 + random() % std::max<std::uint64_t>(most, 1);
  };
  const std::uint64_t average = std::clamp<std::uint64_t>(sizes.mean, 1, max_size);
  std::uint64_t size = average;
  switch (sizes.kind) {
    case SizeKind::fixed:
      break;
    case SizeKind::uniform:
      size = up_to(2 * average - 1);
      break;
    case SizeKind::exponential: {
      // Inverse of the distribution function at a uniform number in (0, 1].
      const double u = static_cast<double>((random() >> 11) + 1) * 0x1p-53;
      size = static_cast<std::uint64_t>(
          std::min(-std::log(u) * static_cast<double>(average), static_cast<double>(max_size)));
      break;
    }
    case SizeKind::mixed: {
      // 15 of 16 are small, one is 16 times larger; 31/16 of the small average is the mean.
      const std::uint64_t small = average * 16 / 31;
      size = random() % 16 == 0 ? up_to(2 * 16 * small) : up_to(2 * small);
      break;
    }
  }
  return std::clamp<std::uint64_t>(size, 1, max_size);
}

/// What a worker is to do next.
struct Operation {
  enum class Kind { allocate, release };
  Kind kind = Kind::allocate;
  std::uint64_t size = 0;  ///< allocate: bytes
  std::size_t index = 0;   ///< release: which of the worker's live blocks; 0 is the oldest
};

/// How the threads of a workload divide the work: in producer_consumer every two of them share
/// one queue of blocks, the odd worker fills it and the even one empties it.
enum class Role { alone, producer, consumer };
Role role_of(const Workload& workload, unsigned worker);  ///< worker: 1 to threads

/// One worker's part of a number that all threads share, e.g. of the operations.
std::uint64_t share_of(std::uint64_t total, unsigned threads, unsigned worker);

/// Decides what a worker does next. Knows no heap: the same workload and the same numbers of live
/// blocks give the same operations.
class OperationPlan {
 public:
  OperationPlan(const Workload& workload, unsigned worker);

  /// live: blocks the worker holds now; target: how many it aims at, at least 1.
  Operation next(std::size_t live, std::size_t target);
  /// The allocation just asked for failed: the next operations free a quarter of the blocks.
  void allocation_failed(std::size_t live);

 private:
  enum class Phase { fill, bursts_up, bursts_down, comb, large, serve, answer };

  Operation allocate(std::uint64_t size) const { return {Operation::Kind::allocate, size, 0}; }
  Operation release(std::size_t index) const { return {Operation::Kind::release, 0, index}; }
  Operation toward_target(std::size_t live, std::size_t target, std::size_t index);
  Operation stack(std::size_t live, std::size_t target);
  Operation sawtooth(std::size_t live, std::size_t target);
  Operation fragment(std::size_t live, std::size_t target);
  Operation requests(std::size_t live, std::size_t target);
  Operation serve(std::size_t live);

  Pattern pattern_;
  Role role_;
  SizeDistribution sizes_;
  Random random_;
  Phase phase_ = Phase::fill;
  std::size_t remaining_ = 0;        ///< operations left in a burst or a phase
  std::size_t cursor_ = 0;           ///< comb and answer: what lies below is still to be looked at
  std::size_t kept_ = 0;             ///< requests: the blocks that were there when this one began
  std::size_t one_stays_of_ = 1;     ///< requests: of so many blocks one outlives this one
  bool momentary_ = false;           ///< requests: the block allocated last is freed next
  std::size_t forced_releases_ = 0;  ///< after a failure
};

}  // namespace mh
