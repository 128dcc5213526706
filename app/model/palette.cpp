#include "app/model/palette.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>

#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "core/include/microheap.h"

namespace mh {
namespace {

using Words = std::vector<std::string>;

bool is_word_letter(char c) {
  // Bytes above ASCII are letters of other alphabets.
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

/// In small letters, without what stands between them.
Words words_of(std::string_view text) {
  Words words(1);
  for (const char c : text) {
    if (is_word_letter(c)) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool is_number(std::string_view word) {
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

bool in_order_within(std::string_view letters, std::string_view word) {
  if (letters.empty() || word.empty() || letters.front() != word.front()) return false;
  std::size_t found = 0;
  for (const char c : word) {
    if (found < letters.size() && letters[found] == c) ++found;
  }
  return found == letters.size();
}

/// Whether typed is the beginning of word but for one letter that is wrong, missing, too much, or
/// in the other order.
bool one_slip(std::string_view typed, std::string_view word) {
  std::size_t same = 0;
  while (same < typed.size() && same < word.size() && typed[same] == word[same]) ++same;
  const auto rest_fits = [&](std::size_t from_typed, std::size_t from_word) {
    return from_typed <= typed.size() && from_word <= word.size() &&
           word.substr(from_word).starts_with(typed.substr(from_typed));
  };
  const bool swapped = same + 1 < typed.size() && same + 1 < word.size() &&
                       typed[same] == word[same + 1] && typed[same + 1] == word[same];
  return (swapped && rest_fits(same + 2, same + 2)) || rest_fits(same + 1, same + 1) ||
         rest_fits(same, same + 1) || rest_fits(same + 1, same);
}

/// How well a typed word fits one of an item.
int fit(std::string_view typed, std::string_view word) {
  if (typed == word) return 100;
  if (is_number(typed)) return word.starts_with(typed) ? 40 : 0;
  if (word.starts_with(typed)) return 80;
  if (typed.size() >= 3 && word.find(typed) != std::string_view::npos) return 50;
  if (typed.size() >= 4 && one_slip(typed, word)) return 35;
  if (typed.size() >= 2 && in_order_within(typed, word)) return 25;
  return 0;
}

int best_fit(std::string_view typed, const Words& words) {
  int best = 0;
  for (const std::string& word : words) best = std::max(best, fit(typed, word));
  return best;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word;
  return text;
}

PaletteItem item(Choice choice, std::string title, std::string kind, std::string words,
                 std::string sentence) {
  return {std::move(choice),  std::move(title), std::move(kind), std::move(words), {},
          std::move(sentence)};
}

std::string threads_title(unsigned number) {
  return std::to_string(number) + (number == 1 ? " thread" : " threads");
}
constexpr const char* workload_hint = "For the next workload";

PaletteItem threads_item(unsigned number) {
  return item(choice::Threads{number}, threads_title(number), "workload", "workers", workload_hint);
}
PaletteItem rate_item(double rate) {
  return item(
      choice::Rate{rate}, "Rate " + format_rate(rate), "workload",
      std::isfinite(rate) ? "speed operations per second" : "speed unlimited full max fastest",
      "Operations a second of all threads together");
}
PaletteItem live_item(std::uint64_t blocks) {
  return item(choice::Live{blocks}, format_count(blocks) + " live blocks", "workload",
              std::to_string(blocks), "As many the threads aim at");
}

void add_commands(std::vector<PaletteItem>& items) {
  for (const CommandEntry& entry : commands()) {
    if (entry.command == Command::palette) continue;
    PaletteItem added = item(entry.command, entry.title, "command", entry.synonyms, entry.sentence);
    added.title.front() = static_cast<char>(std::toupper(added.title.front()));
    added.words += std::string(" ") + entry.name;
    added.keys = keys_in_words(entry);
    items.push_back(std::move(added));
  }
}

/// A switch of the engine, as it is said in scripts.
struct PolicyChoice {
  const char* words;
  const char* title;
  const char* synonyms;
};
constexpr std::array policies{
    PolicyChoice{"first", "First fit", "placement"},
    PolicyChoice{"next", "Next fit", "placement"},
    PolicyChoice{"best", "Best fit", "placement"},
    PolicyChoice{"worst", "Worst fit", "placement"},
    PolicyChoice{"split on", "Split blocks", "splitting on"},
    PolicyChoice{"split off", "Never split", "splitting off no"},
    PolicyChoice{"coalesce free", "Coalesce at free", "merge merging immediately on"},
    PolicyChoice{"coalesce deferred", "Coalesce later", "merge merging deferred"},
    PolicyChoice{"coalesce never", "Never coalesce", "merge merging off no"},
    PolicyChoice{"order address", "Free list by address", "order sorted"},
    PolicyChoice{"order lifo", "Free list LIFO", "order last in first out stack"},
    PolicyChoice{"order fifo", "Free list FIFO", "order first in first out queue"},
    PolicyChoice{"header plain", "Plain headers, 32 bytes", ""},
    PolicyChoice{"header compact", "Compact headers, 16 bytes", "small"},
    PolicyChoice{"align 16", "Align to 16 bytes", "alignment"},
    PolicyChoice{"align 32", "Align to 32 bytes", "alignment"},
    PolicyChoice{"align 64", "Align to 64 bytes", "alignment cache line"},
    PolicyChoice{"trim once", "Trim the top at once", "give back break sbrk"},
    PolicyChoice{"trim threshold", "Trim the top above a threshold", "give back break sbrk"},
    PolicyChoice{"trim never", "Never trim the top", "give back break sbrk no"},
    PolicyChoice{"growth exact", "Grow exactly", "growth break sbrk"},
    PolicyChoice{"growth chunks", "Grow in chunks", "growth break sbrk"},
    PolicyChoice{"guards on", "Guard bytes on", "canary overflow"},
    PolicyChoice{"guards off", "Guard bytes off", "canary overflow no"},
    PolicyChoice{"poison on", "Poison freed memory", "on fill"},
    PolicyChoice{"poison off", "Do not poison freed memory", "off no fill"},
};

void add_policies(std::vector<PaletteItem>& items) {
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  for (std::size_t i = 0; i < count; ++i) {
    items.push_back(item(choice::Policy{std::string("preset ") + presets[i].name}, presets[i].title,
                         "preset", std::string(presets[i].name) + " policy", presets[i].sentence));
  }
  for (const PolicyChoice& policy : policies) {
    items.push_back(item(choice::Policy{policy.words}, policy.title, "policy",
                         std::string(policy.synonyms) + " " + policy.words,
                         "policy " + std::string(policy.words)));
  }
  items.push_back(item(choice::Engine{false}, "Classic list", "engine", "textbook",
                       "The engine whose parts are switches; the heap begins anew"));
  items.push_back(item(choice::Engine{true}, "Fast bins", "engine", "cache caches real",
                       "The engine for real programs; the heap begins anew"));
}

void add_workloads(std::vector<PaletteItem>& items) {
  for (const Pattern pattern : all_patterns) {
    items.push_back(item(pattern, pattern_title(pattern), "workload",
                         std::string("pattern ") + pattern_name(pattern),
                         pattern_description(pattern)));
  }
  for (const unsigned number : {1U, 2U, 4U, 8U, 16U, 32U, 64U})
    items.push_back(threads_item(number));
  for (const double rate :
       {1.0, 10.0, 100.0, 1e3, 1e4, 1e5, std::numeric_limits<double>::infinity()})
    items.push_back(rate_item(rate));
  for (const std::uint64_t blocks : {10U, 100U, 1000U, 10'000U, 100'000U})
    items.push_back(live_item(blocks));
  for (const SizeKind kind : all_size_kinds) {
    items.push_back(item(choice::Sizes{kind}, std::string("Sizes ") + size_kind_name(kind),
                         "workload", "distribution", "How the sizes are spread"));
  }
}

}  // namespace

std::vector<PaletteItem> palette_items(std::span<const PaletteLesson> lessons) {
  std::vector<PaletteItem> items;
  add_commands(items);
  add_policies(items);
  add_workloads(items);
  for (const ColourBy mode : all_colour_by) {
    items.push_back(item(choice::Colour{mode}, std::string("Colour by ") + colour_by_name(mode),
                         "colour", "color map", "What the colour of a block tells"));
  }
  for (const PaletteLesson& lesson : lessons) {
    items.push_back(item(choice::Lesson{lesson.name}, lesson.title, "lesson", lesson.name,
                         "Opens the lesson at its first step"));
  }
  return items;
}

std::vector<PaletteItem> typed_items(std::string_view typed) {
  std::string number;
  Words others;
  for (std::size_t at = 0; at < typed.size();) {
    const std::size_t end = std::min(typed.find(' ', at), typed.size());
    const std::string_view word = typed.substr(at, end - at);
    at = end + 1;
    if (is_number(word) && number.empty()) {
      number = word;
    } else {
      for (std::string& other : words_of(word)) others.push_back(std::move(other));
    }
  }
  std::vector<PaletteItem> items;
  if (number.empty() || others.empty()) return items;
  const auto means = [&others](std::initializer_list<const char*> words) {
    return std::all_of(others.begin(), others.end(), [&](const std::string& other) {
      return std::any_of(words.begin(), words.end(),
                         [&](std::string_view word) { return word.starts_with(other); });
    });
  };
  if (means({"threads", "workers"})) {
    if (const auto n = parse_count(number, "threads", 1, Workload::max_threads); n)
      items.push_back(threads_item(static_cast<unsigned>(*n)));
  }
  if (means({"rate", "speed"})) {
    if (const auto rate = parse_rate(number); rate) items.push_back(rate_item(*rate));
  }
  if (means({"live", "blocks"})) {
    if (const auto n = parse_count(number, "live blocks", 1, Workload::max_live_blocks); n)
      items.push_back(live_item(*n));
  }
  for (const Command command : {Command::malloc, Command::calloc, Command::realloc}) {
    const std::string name = entry_of(command).name;
    const auto size = parse_size(number);
    if (!size || !std::string_view(name).starts_with(others.front()) || others.size() > 1) continue;
    items.push_back(item(choice::Call{command, *size}, name + " " + std::to_string(*size),
                         "command", "", entry_of(command).sentence));
  }
  return items;
}

int palette_score(const PaletteItem& item, std::string_view typed) {
  const Words asked = words_of(typed);
  const Words title = words_of(item.title);
  const Words others = words_of(item.words + " " + item.kind);
  int score = 0;
  for (const std::string& word : asked) {
    const int best = std::max(3 * best_fit(word, title), 2 * best_fit(word, others));
    if (best == 0) {
      // Written together: "bestfit".
      const std::string together = joined(title);
      return asked.size() == 1 && word.size() >= 4 && together.starts_with(word) ? 200 : 0;
    }
    score += best;
  }
  if (asked.empty()) return 1;
  // Of those that hold all words the shortest title fits best, and one that begins so better still.
  score = score * 10 / static_cast<int>(asked.size());
  score -= 20 * static_cast<int>(title.size() > asked.size() ? title.size() - asked.size() : 0);
  if (joined(title).starts_with(joined(asked))) score += 300;
  return std::max(score, 1);
}

std::vector<PaletteItem> palette_matches(std::span<const PaletteItem> items,
                                         std::string_view typed) {
  struct Match {
    int score;
    const PaletteItem* item;
  };
  std::vector<PaletteItem> result = typed_items(typed);
  std::vector<Match> found;
  for (const PaletteItem& item : items) {
    const bool typed_already =
        std::any_of(result.begin(), result.end(),
                    [&](const PaletteItem& other) { return other.title == item.title; });
    const int score = typed_already ? 0 : palette_score(item, typed);
    if (score > 0) found.push_back({score, &item});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Match& a, const Match& b) { return a.score > b.score; });
  for (const Match& match : found) result.push_back(*match.item);
  return result;
}

}  // namespace mh
