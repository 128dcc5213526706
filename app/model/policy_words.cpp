#include "app/model/policy_words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "app/model/format.hpp"
#include "core/heap/classic/policy.hpp"

namespace mh {
namespace {

template <typename Value>
struct Word {
  const char* word;
  Value value;
};
template <typename Value>
Word(const char*, Value) -> Word<Value>;  // clang 14 does not find it by itself

// Each in the order of its enumeration.
constexpr std::array placements{Word{"first", MH_FIRST_FIT}, Word{"next", MH_NEXT_FIT},
                                Word{"best", MH_BEST_FIT}, Word{"worst", MH_WORST_FIT}};
constexpr std::array orders{Word{"address", MH_ORDER_ADDRESS}, Word{"lifo", MH_ORDER_LIFO},
                            Word{"fifo", MH_ORDER_FIFO}};
constexpr std::array coalescings{Word{"never", MH_COALESCE_NEVER},
                                 Word{"free", MH_COALESCE_AT_FREE},
                                 Word{"deferred", MH_COALESCE_DEFERRED}};
constexpr std::array carvings{Word{"front", MH_CARVE_FRONT}, Word{"tail", MH_CARVE_TAIL}};
constexpr std::array headers{Word{"plain", MH_HEADER_PLAIN}, Word{"compact", MH_HEADER_COMPACT}};
constexpr std::array trimmings{Word{"once", MH_TRIM_AT_ONCE}, Word{"threshold", MH_TRIM_THRESHOLD},
                               Word{"never", MH_TRIM_NEVER}};
constexpr std::array growths{Word{"exact", MH_GROW_EXACT}, Word{"chunks", MH_GROW_CHUNKS}};
constexpr std::array on_off{Word{"off", 0}, Word{"on", 1}};
constexpr std::array alignments{Word<std::size_t>{"16", 16}, Word<std::size_t>{"32", 32},
                                Word<std::size_t>{"64", 64}};

constexpr const char* switch_hint =
    "a preset (plain, textbook, kr, csapp, deferred, debug), first, next, best, worst, order, "
    "split, carve, coalesce, header, align, trim, growth, guards or poison";

std::span<const mh_preset> all_presets() {
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  return {presets, count};
}

template <typename Words>
auto find_word(const Words& words, std::string_view word) {
  return std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.word == word; });
}

template <typename Words, typename Value>
const char* word_of(const Words& words, Value value) {
  const auto* const found =
      std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.value == value; });
  return found == words.end() ? words.front().word : found->word;
}

/// "16, 32 or 64".
template <typename Words>
std::string listed(const Words& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 < words.size() ? ", " : " or ";
    text += words[i].word;
  }
  return text;
}

/// The presets that a bare word can mean: not those whose names are placements.
bool is_bare_name(std::string_view name) {
  return find_word(placements, name) == placements.end();
}

class Reader {
 public:
  Reader(std::string_view words, const mh_policy& present) : rest_(words), policy_(present) {
    skip_spaces();
  }

  Parsed<mh_policy> read() {
    if (rest_.empty()) fail(switch_hint, {});
    while (!rest_.empty() && error_.empty()) read_switch();
    return error_.empty() ? Parsed<mh_policy>::of(policy_) : Parsed<mh_policy>::failed(error_);
  }

 private:
  static constexpr std::size_t least_minimum = 16;

  void read_switch() {
    const std::string_view word = take();
    if (const auto* const place = find_word(placements, word); place != placements.end()) {
      policy_.placement = place->value;
    } else if (const mh_preset* preset = preset_called(word)) {
      policy_ = preset->policy;
    } else if (word == "preset") {
      read_preset();
    } else if (word == "order") {
      choose(orders, policy_.free_order);
    } else if (word == "split") {
      choose(on_off, policy_.split);
      if (policy_.split != 0) read_bytes(policy_.split_minimum, least_minimum);
    } else if (word == "carve") {
      choose(carvings, policy_.carving);
    } else if (word == "coalesce") {
      choose(coalescings, policy_.coalescing);
    } else if (word == "header") {
      choose(headers, policy_.header);
    } else if (word == "align") {
      choose(alignments, policy_.alignment);
    } else if (word == "trim") {
      choose(trimmings, policy_.trimming);
      if (policy_.trimming == MH_TRIM_THRESHOLD) read_bytes(policy_.trim_threshold, 1);
    } else if (word == "growth") {
      choose(growths, policy_.growth);
      if (policy_.growth == MH_GROW_CHUNKS) read_bytes(policy_.growth_chunk, 1);
    } else if (word == "guards") {
      choose(on_off, policy_.guards);
    } else if (word == "poison") {
      choose(on_off, policy_.poison);
    } else {
      fail(switch_hint, word);
    }
  }

  void read_preset() {
    const std::string_view name = take();
    if (const mh_preset* preset = preset_called(name)) {
      policy_ = preset->policy;
      return;
    }
    std::string names;
    for (const mh_preset& preset : all_presets()) {
      if (!names.empty()) names += ", ";
      names += preset.name;
    }
    fail("the name of a preset (" + names + ")", name);
  }

  template <typename Words, typename Value>
  void choose(const Words& words, Value& value) {
    const std::string_view word = take();
    const auto* const found = find_word(words, word);
    if (found == words.end()) {
      fail(listed(words), word);
    } else {
      value = found->value;
    }
  }

  /// A number of bytes, if one stands there.
  void read_bytes(std::size_t& bytes, std::size_t least) {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9' || !error_.empty()) return;
    const std::string_view word = take();
    const Parsed<std::uint64_t> size = parse_size(word, Zero::allowed);
    if (!size) {
      error_ = "expected a size, found " + in_quotes(word) + ": " + size.error;
    } else if (*size < least || *size > max_growth_chunk) {
      fail("a size from " + format_things(least, "byte") + " to 1G", word);
    } else {
      bytes = static_cast<std::size_t>(*size);
    }
  }

  std::string_view take() {
    const auto* const end = std::find_if(rest_.begin(), rest_.end(), is_space);
    const auto word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(word.size());
    skip_spaces();
    return word;
  }
  void skip_spaces() {
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }
  static bool is_space(char c) { return c == ' ' || c == '\t'; }

  /// The first failure is the one that is told.
  void fail(const std::string& expected, std::string_view found) {
    if (!error_.empty()) return;
    error_ = "expected " + expected + ", found " +
             (found.empty() ? std::string("the end of the policy") : in_quotes(found));
  }

  std::string_view rest_;
  mh_policy policy_;
  std::string error_;
};

std::string size_word(std::size_t bytes) {
  constexpr std::array units{std::pair{std::size_t{1} << 30, 'G'},
                             std::pair{std::size_t{1} << 20, 'M'},
                             std::pair{std::size_t{1} << 10, 'K'}};
  for (const auto& [unit, letter] : units) {
    if (bytes != 0 && bytes % unit == 0) return std::to_string(bytes / unit) + letter;
  }
  return std::to_string(bytes);
}

/// The words that make one policy the other, each with a space before it; empty: they do the same.
std::string difference(const mh_policy& from, const mh_policy& to) {
  std::string words;
  const auto add = [&](const std::string& text) { words += " " + text; };
  const auto add_bytes = [&](bool used, std::size_t bytes) {
    if (used) add(size_word(bytes));
  };
  if (from.placement != to.placement) add(word_of(placements, to.placement));
  if (from.free_order != to.free_order) add(std::string("order ") + word_of(orders, to.free_order));
  if (from.split != to.split || (to.split != 0 && from.split_minimum != to.split_minimum)) {
    add(std::string("split ") + word_of(on_off, to.split));
    add_bytes(to.split != 0 && from.split_minimum != to.split_minimum, to.split_minimum);
  }
  if (from.carving != to.carving) add(std::string("carve ") + word_of(carvings, to.carving));
  if (from.coalescing != to.coalescing)
    add(std::string("coalesce ") + word_of(coalescings, to.coalescing));
  if (from.header != to.header) add(std::string("header ") + word_of(headers, to.header));
  if (from.alignment != to.alignment) add("align " + std::to_string(to.alignment));
  const bool threshold = to.trimming == MH_TRIM_THRESHOLD;
  if (from.trimming != to.trimming || (threshold && from.trim_threshold != to.trim_threshold)) {
    add(std::string("trim ") + word_of(trimmings, to.trimming));
    add_bytes(threshold && from.trim_threshold != to.trim_threshold, to.trim_threshold);
  }
  const bool chunks = to.growth == MH_GROW_CHUNKS;
  if (from.growth != to.growth || (chunks && from.growth_chunk != to.growth_chunk)) {
    add(std::string("growth ") + word_of(growths, to.growth));
    add_bytes(chunks && from.growth_chunk != to.growth_chunk, to.growth_chunk);
  }
  if (from.guards != to.guards) add(std::string("guards ") + word_of(on_off, to.guards));
  if (from.poison != to.poison) add(std::string("poison ") + word_of(on_off, to.poison));
  return words;
}

}  // namespace

Parsed<mh_policy> parse_policy(std::string_view words, const mh_policy& present) {
  return Reader(words, present).read();
}

std::string policy_words(const mh_policy& policy) {
  std::string shortest;
  std::ptrdiff_t least = 0;
  for (const mh_preset& preset : all_presets()) {
    if (!is_bare_name(preset.name)) continue;
    const std::string words = preset.name + difference(preset.policy, policy);
    const auto spaces = std::count(words.begin(), words.end(), ' ');
    if (shortest.empty() || spaces < least) {
      shortest = words;
      least = spaces;
    }
  }
  return shortest;
}

const mh_preset* preset_of(const mh_policy& policy) {
  for (const mh_preset& preset : all_presets()) {
    if (difference(preset.policy, policy).empty()) return &preset;
  }
  return nullptr;
}

const mh_preset* preset_called(std::string_view name) {
  for (const mh_preset& preset : all_presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

const mh_policy& default_policy() {
  return preset_called("textbook")->policy;
}

}  // namespace mh
