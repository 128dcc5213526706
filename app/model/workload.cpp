#include "app/model/workload.hpp"

#include <array>
#include <utility>

namespace mh {
namespace {

struct PatternText {
  const char* name;
  const char* title;
  const char* description;
};

// In the order of Pattern.
constexpr std::array<PatternText, std::size(all_patterns)> pattern_texts{{
    {"churn", "Steady churn",
     "Fills up to the target, then frees a random block and allocates another."},
    {"stack", "Stack (LIFO)", "Pushes and pops in bursts: the newest block is freed first."},
    {"queue", "Queue (FIFO)",
     "Allocates at one end and frees at the other: the oldest block goes first."},
    {"producer_consumer", "Producer \xe2\x86\x92 consumer",
     "Odd threads allocate and hand over, even threads free what they are given."},
    {"sawtooth", "Sawtooth", "Grows up to the target, frees nearly everything, and grows again."},
    {"fragment", "Fragment on purpose",
     "Allocates small blocks, frees every other one, then asks for larger ones that do not fit."},
    {"requests", "Requests (web server)",
     "Each thread serves requests: up to some dozens of blocks that nearly all go when the request "
     "ends; a few stay long, as sessions or in a cache."},
}};

constexpr std::array<const char*, std::size(all_size_kinds)> size_kind_texts{
    "fixed", "uniform", "exponential", "mixed"};

template <typename Items, typename Name>
std::string joined(const Items& items, Name name) {
  std::string text;
  for (const auto item : items) {
    if (!text.empty()) text += ", ";
    text += name(item);
  }
  return text;
}

}  // namespace

const char* pattern_name(Pattern pattern) {
  return pattern_texts[static_cast<std::size_t>(pattern)].name;
}
const char* pattern_title(Pattern pattern) {
  return pattern_texts[static_cast<std::size_t>(pattern)].title;
}
const char* pattern_description(Pattern pattern) {
  return pattern_texts[static_cast<std::size_t>(pattern)].description;
}

std::optional<Pattern> pattern_from_name(std::string_view name) {
  for (const Pattern pattern : all_patterns) {
    if (name == pattern_name(pattern)) return pattern;
  }
  return std::nullopt;
}

const char* size_kind_name(SizeKind kind) {
  return size_kind_texts[static_cast<std::size_t>(kind)];
}

std::optional<SizeKind> size_kind_from_name(std::string_view name) {
  for (const SizeKind kind : all_size_kinds) {
    if (name == size_kind_name(kind)) return kind;
  }
  return std::nullopt;
}

std::string pattern_names() {
  return joined(all_patterns, pattern_name);
}
std::string size_kind_names() {
  return joined(all_size_kinds, size_kind_name);
}

std::string workload_error(const Workload& workload) {
  if (workload.threads == 0) return "a workload needs at least 1 thread";
  if (workload.threads > Workload::max_threads) {
    return "at most " + std::to_string(Workload::max_threads) + " threads";
  }
  if (!(workload.rate > 0)) return "the rate must be above 0 operations per second";
  if (workload.live_blocks == 0) return "a workload needs at least 1 live block to aim at";
  if (workload.live_blocks > Workload::max_live_blocks) {
    return "at most " + std::to_string(Workload::max_live_blocks) + " live blocks";
  }
  if (workload.sizes.mean == 0) return "the mean size must be at least 1 byte";
  if (workload.sizes.mean > SizeDistribution::max_size) {
    return "the mean size is too large: at most 2^40 - 1 bytes";
  }
  return {};
}

}  // namespace mh
