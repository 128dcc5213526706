#pragma once
// What worker threads do, apart from doing it: patterns, sizes, and the plan of each worker.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "app/sources/random.hpp"

namespace mh {

/// What worker threads do.
enum class Pattern { churn, stack, queue, producer_consumer, sawtooth, fragment, requests };
inline constexpr Pattern all_patterns[] = {
    Pattern::churn,    Pattern::stack,    Pattern::queue,   Pattern::producer_consumer,
    Pattern::sawtooth, Pattern::fragment, Pattern::requests};
enum class SizeKind { fixed, uniform, exponential, mixed };
inline constexpr SizeKind all_size_kinds[] = {SizeKind::fixed, SizeKind::uniform,
                                              SizeKind::exponential, SizeKind::mixed};

/// A distribution of requested sizes, bytes.
struct SizeDistribution {
  static constexpr std::uint64_t max_size = (1ULL << 40) - 1;

  SizeKind kind = SizeKind::exponential;
  std::uint64_t mean =
      96;  ///< fixed: the size; uniform: 1 to 2 mean; mixed: mostly small, some 16 times larger
  /// One size, 1 to max_size, from a generator that returns uniform 64-bit numbers.
  template <typename Generator>
  std::uint64_t draw(Generator& random) const;

  bool operator==(const SizeDistribution&) const = default;
};

struct Workload {
  static constexpr unsigned max_threads = 64;
  static constexpr std::uint64_t max_live_blocks = 10'000'000;

  Pattern pattern = Pattern::churn;
  unsigned threads = 4;  ///< 1 to max_threads
  SizeDistribution sizes;
  double rate = 1000;  ///< operations per second of all threads together; infinity: unlimited
  std::uint64_t live_blocks = 1200;  ///< all threads together aim at; 1 to max_live_blocks
  std::uint64_t seed = 1;            ///< the same seed makes each thread do the same operations
  std::uint64_t operations = 0;  ///< ends after that many, all threads together; 0: does not end

  bool operator==(const Workload&) const = default;
};

/// What is wrong with a workload and what would be right, in a sentence; empty if nothing is.
std::string workload_error(const Workload& workload);

/// "churn", "stack", ... as scripts and the command line call them; and how people read them.
const char* pattern_name(Pattern pattern);
const char* pattern_title(Pattern pattern);        ///< "Steady churn"
const char* pattern_description(Pattern pattern);  ///< one sentence
std::optional<Pattern> pattern_from_name(std::string_view name);
const char* size_kind_name(SizeKind kind);
std::optional<SizeKind> size_kind_from_name(std::string_view name);
/// "churn, stack, ...": for messages.
std::string pattern_names();
std::string size_kind_names();

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

template <typename Generator>
std::uint64_t SizeDistribution::draw(Generator& random) const {
  const auto up_to = [&random](std::uint64_t most) {
    return 1 + random() % std::max<std::uint64_t>(most, 1);
  };
  const std::uint64_t average = std::clamp<std::uint64_t>(mean, 1, max_size);
  std::uint64_t size = average;
  switch (kind) {
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

}  // namespace mh
