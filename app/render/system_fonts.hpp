#pragma once
// Typefaces of the system for letters that the program's own do not have.

#include <cstddef>
#include <set>
#include <vector>

namespace mh {

struct SystemFont {
  std::vector<std::byte> data;  ///< the file
  int face = 0;                 ///< of a collection
  std::set<char32_t> letters;   ///< to take from it
};

/// As few fonts as have these letters, the system's favourites first. What none has is in none.
[[nodiscard]] std::vector<SystemFont> find_system_fonts(std::set<char32_t> letters);

}  // namespace mh
