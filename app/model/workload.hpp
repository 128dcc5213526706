#pragma once
// What a workload is: pattern, sizes, rate, and how it is called.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

}  // namespace mh
