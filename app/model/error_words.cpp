#include "app/model/error_words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mh {
namespace {

/// In the order of mh_error.
constexpr std::array words{
    "none",        "double-free",   "invalid-pointer",    "header-damaged",
    "list-broken", "out-of-memory", "misaligned-pointer", "interior-pointer",
    "other-heap",  "overflow",      "underflow",          "write-after-free"};
static_assert(words.size() == MH_ERROR_COUNT);

}  // namespace

const char* error_word(mh_error error) {
  const auto index = static_cast<std::size_t>(error);
  return index < words.size() ? words[index] : "unknown";
}

std::optional<mh_error> error_from_word(std::string_view word) {
  const auto* const found = std::find(words.begin() + 1, words.end(), word);
  if (found == words.end()) return std::nullopt;
  return static_cast<mh_error>(found - words.begin());
}

std::string error_words() {
  std::string text = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    text += i + 1 == words.size() ? " or " : ", ";
    text += words[i];
  }
  return text;
}

}  // namespace mh
