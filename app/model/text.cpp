#include "app/model/text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "app/model/input.hpp"

namespace mh {
namespace {

constexpr char32_t replacement = 0xfffd;

bool is_surrogate(char32_t c) {
  return c >= 0xd800 && c <= 0xdfff;
}

/// What XML 1.0 may hold, less the control characters that it only tolerates.
bool can_be_shown(char32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return (c < 0x7f || c > 0x9f) && c != 0xfffe && c != 0xffff;
}

std::string hexadecimal(const char* format, unsigned value) {
  char text[16];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// Reads numbers of two bytes.
class Utf16 {
 public:
  Utf16(std::string_view bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::string as_utf8() {
    std::string text;
    text.reserve(bytes_.size());
    while (bytes_.size() >= 2) {
      const char32_t first = take();
      const bool high = first >= 0xd800 && first <= 0xdbff;
      if (high && bytes_.size() >= 2 && (peek() & 0xfc00U) == 0xdc00U) {
        append_character(text, 0x10000 + ((first & 0x3ffU) << 10) + (take() & 0x3ffU));
      } else {
        append_character(text, first);
      }
    }
    return text.append(bytes_.empty() ? "" : "\xff");
  }

 private:
  [[nodiscard]] char32_t peek() const {
    const auto first = static_cast<unsigned char>(bytes_[0]);
    const auto second = static_cast<unsigned char>(bytes_[1]);
    return big_endian_ ? static_cast<char32_t>(first << 8 | second)
                       : static_cast<char32_t>(second << 8 | first);
  }
  char32_t take() {
    const char32_t unit = peek();
    bytes_.remove_prefix(2);
    return unit;
  }

  std::string_view bytes_;
  bool big_endian_;
};

}  // namespace

std::optional<char32_t> take_character(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  if (first < 0x80) return first;
  const std::size_t more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  if (first < 0xc2 || first > 0xf4 || text.size() < more) return std::nullopt;
  char32_t c = first & (0x3fU >> more);
  for (std::size_t i = 0; i < more; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0U) != 0x80U) return std::nullopt;
    c = (c << 6) | (byte & 0x3fU);
  }
  constexpr char32_t least[] = {0, 0x80, 0x800, 0x10000};
  if (c < least[more] || c > 0x10ffff || is_surrogate(c)) return std::nullopt;
  text.remove_prefix(more);
  return c;
}

void append_character(std::string& text, char32_t c) {
  const auto add = [&text](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) {
    add(c);
    return;
  }
  if (c < 0x800) {
    add(0xc0U | (c >> 6));
  } else {
    if (c < 0x10000) {
      add(0xe0U | (c >> 12));
    } else {
      add(0xf0U | (c >> 18));
      add(0x80U | ((c >> 12) & 0x3fU));
    }
    add(0x80U | ((c >> 6) & 0x3fU));
  }
  add(0x80U | (c & 0x3fU));
}

std::string text_of_file(std::string bytes) {
  using namespace std::string_view_literals;
  const std::string_view text = bytes;
  if (text.starts_with("\xef\xbb\xbf")) return bytes.substr(3);
  if (text.starts_with("\xff\xfe")) return Utf16(text.substr(2), false).as_utf8();
  if (text.starts_with("\xfe\xff")) return Utf16(text.substr(2), true).as_utf8();
  if (text.size() < 2 || text.starts_with("\0\0"sv)) return bytes;
  if (text[1] == '\0') return Utf16(text, false).as_utf8();
  if (text[0] == '\0') return Utf16(text, true).as_utf8();
  return bytes;
}

std::string text_fault(std::string_view line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const std::string_view before = line.substr(0, line.size() - rest.size());
    const unsigned byte = static_cast<unsigned char>(rest.front());
    const auto c = take_character(rest);
    if (c && can_be_shown(*c)) continue;
    const std::string place =
        before.empty()
            ? std::string(" at the start of the line")
            : " behind " + in_quotes(before.substr(before.size() > 30 ? before.size() - 30 : 0));
    if (!c) {
      return "expected text in UTF-8, found the byte " + hexadecimal("0x%02x", byte) + place +
             ": save the file as UTF-8";
    }
    return "expected text, found the control character " +
           hexadecimal("U+%04X", static_cast<unsigned>(*c)) + place + ": take it out";
  }
  return {};
}

std::string without_faults(std::string_view text) {
  std::string sound;
  sound.reserve(text.size());
  while (!text.empty()) {
    const auto c = take_character(text);
    append_character(sound, c && can_be_shown(*c) ? *c : replacement);
  }
  return sound;
}

}  // namespace mh
