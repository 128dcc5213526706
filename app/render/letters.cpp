#include "app/render/letters.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>

#include "app/model/format.hpp"
#include "app/model/text.hpp"

namespace mh {
namespace {

bool is_in(std::span<const ImWchar> pairs, char32_t c) {
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (c >= pairs[i] && c <= pairs[i + 1]) return true;
  }
  return false;
}

}  // namespace

std::string words_on_missing(std::span<const char32_t> letters) {
  constexpr std::size_t most = 6;
  if (letters.empty()) return {};
  std::string names;
  for (const char32_t c : letters.first(std::min(letters.size(), most))) {
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(c));
    names += names.empty() ? "" : ", ";
    append_character(names, c);
    names += std::string(" (") + code.data() + ")";
  }
  if (letters.size() > most) names += " and " + format_count(letters.size() - most) + " more";
  return "no font that can be drawn has " + names +
         ": '?' stands there. Install one that has it, such as fonts-noto-core or "
         "fonts-noto-cjk; emoji cannot be drawn. SVG files keep every letter";
}

void Letters::need(std::string_view text, std::span<const ImWchar> loaded) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return;
  constexpr std::size_t most = 8192;  // an atlas has its bounds
  while (!text.empty() && wanted_.size() < most) {
    const std::optional<char32_t> c = take_character(text);
    if (c && *c >= 0x80 && !is_in(loaded, *c)) wanted_.insert(*c);
  }
}

}  // namespace mh
