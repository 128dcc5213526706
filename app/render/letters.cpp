#include "app/render/letters.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <optional>
#include <vector>

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

/// Letters by name: "堆 (U+5806)", the first few.
std::string named(std::span<const char32_t> letters) {
  constexpr std::size_t most = 6;
  std::string names;
  for (const char32_t c : letters.first(std::min(letters.size(), most))) {
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(c));
    names += names.empty() ? "" : ", ";
    append_character(names, c);
    names += std::string(" (") + code.data() + ")";
  }
  if (letters.size() > most) names += " and " + format_count(letters.size() - most) + " more";
  return names;
}

}  // namespace

std::string words_on_missing(std::span<const char32_t> letters) {
  // Dear ImGui has 16 bits for a letter, as most systems package it.
  const auto beyond = [](char32_t c) { return c > std::numeric_limits<ImWchar>::max(); };
  std::vector<char32_t> sorted(letters.begin(), letters.end());
  const auto first_beyond =
      std::stable_partition(sorted.begin(), sorted.end(), [&](char32_t c) { return !beyond(c); });
  const auto fontless = static_cast<std::size_t>(first_beyond - sorted.begin());
  const std::span<const char32_t> all(sorted);
  std::string words;
  if (fontless > 0) {
    words = "no font that can be drawn has " + named(all.first(fontless)) +
            ": '?' stands there. Install one that has it, such as fonts-noto-core or "
            "fonts-noto-cjk. ";
  }
  if (fontless < all.size()) {
    words += "Letters above U+FFFF, emoji among them, cannot be drawn: '?' stands for " +
             named(all.subspan(fontless)) + ". ";
  }
  return words.empty() ? words : words + "SVG files keep every letter";
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
