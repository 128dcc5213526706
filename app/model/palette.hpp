#pragma once
// The palette: everything that can be asked for by name, and how what people type finds it.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "app/model/colour_by.hpp"
#include "app/model/command.hpp"
#include "app/model/workload.hpp"

namespace mh {

// What choosing an item does, besides commands.
namespace choice {
struct Policy {  ///< on top of the present one
  std::string words;
};
struct Engine {
  bool fast;
};
struct Colour {
  ColourBy colour_by;
};
struct Call {  ///< malloc, calloc or realloc of that size
  Command command;
  std::uint64_t size;
};
struct Threads {
  unsigned number;
};
struct Rate {
  double operations_per_second;
};
struct Live {
  std::uint64_t blocks;
};
struct Sizes {
  SizeKind kind;
};
struct Lesson {
  std::string name;
};
}  // namespace choice
using Choice =
    std::variant<Command, choice::Policy, choice::Engine, choice::Colour, choice::Call, Pattern,
                 choice::Threads, choice::Rate, choice::Live, choice::Sizes, choice::Lesson>;

struct PaletteItem {
  Choice choice;
  std::string title;
  std::string kind;      ///< "policy", "lesson": also what people type to narrow the search
  std::string words;     ///< other words that find it
  std::string keys;      ///< in words; empty: none
  std::string sentence;  ///< what it does
};

/// A lesson of the course, for its item.
struct PaletteLesson {
  std::string name, title;
};

/// All that is there whatever is typed, the commands first.
[[nodiscard]] std::vector<PaletteItem> palette_items(std::span<const PaletteLesson> lessons);

/// What the typed words ask for with a number in them: "8 threads", "malloc 200", "rate 50k".
[[nodiscard]] std::vector<PaletteItem> typed_items(std::string_view typed);

/// How well an item fits what was typed; 0: not at all. Each word that was typed has to be found:
/// as a word, the beginning or a part of one, its letters in order, or with one slip. Numbers are
/// found as numbers only.
[[nodiscard]] int palette_score(const PaletteItem& item, std::string_view typed);

/// Those that fit, the best first; of equal ones, in their order. All, if nothing was typed.
[[nodiscard]] std::vector<PaletteItem> palette_matches(std::span<const PaletteItem> items,
                                                       std::string_view typed);

}  // namespace mh
