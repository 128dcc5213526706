#pragma once
// What people type, read strictly: a value, or a sentence that says what to write instead.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/model/pixel_size.hpp"

namespace mh {

/// A value, or why there is none.
template <typename Value>
struct Parsed {
  std::optional<Value> value;
  std::string error;  ///< a sentence; empty if there is a value

  static Parsed of(Value value) { return {std::move(value), {}}; }
  static Parsed failed(std::string error) { return {std::nullopt, std::move(error)}; }
  explicit operator bool() const { return value.has_value(); }
  const Value& operator*() const { return *value; }
};

inline constexpr std::uint64_t max_input_size = (1ULL << 40) - 1;  ///< bytes; what an event can say

enum class Zero { allowed, refused };

/// Bytes: "100", "0x40", "4K", "4 KiB", "2m", "1G", "100 B"; units are powers of 1024.
Parsed<std::uint64_t> parse_size(std::string_view text, Zero zero = Zero::refused);
/// Whether letters behind text can make a size of it: what a field for sizes takes.
bool may_become_size(std::string_view text);
/// A number of things: "1200", "0x10", "10K" (here K is 1000). what names them: "live blocks".
Parsed<std::uint64_t> parse_count(std::string_view text, std::string_view what, std::uint64_t least,
                                  std::uint64_t most);
/// Operations per second: "1", "0.5", "250k", "1.5M", "unlimited".
Parsed<double> parse_rate(std::string_view text);
/// A time in ns: "500ms", "2s", "1.5s", "1min"; at most an hour.
Parsed<std::uint64_t> parse_duration(std::string_view text);
/// A factor with a point, e.g. a UI scale.
Parsed<double> parse_factor(std::string_view text, std::string_view what, double least,
                            double most);

/// "1280x800": 64 to 16384 each.
Parsed<PixelSize> parse_pixel_size(std::string_view text);

/// The text, at most 40 characters, in quotes: safe inside a message. Control characters become
/// '?', what cannot be seen is named: "<U+FEFF>".
std::string in_quotes(std::string_view text);

}  // namespace mh
