#pragma once
// The field's terms, in a sentence each: what a lesson explains when the pointer rests on a word.

#include <span>
#include <string_view>

namespace mh {

struct GlossaryTerm {
  std::string_view term;  ///< as it stands in a sentence, small letters
  std::string_view words;
};

[[nodiscard]] std::span<const GlossaryTerm> glossary();
/// The longest term that text has at a word's start at position; nullptr if none.
[[nodiscard]] const GlossaryTerm* term_at(std::string_view text, std::size_t position);

}  // namespace mh
