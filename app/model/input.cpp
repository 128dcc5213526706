#include "app/model/input.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

#include "app/model/text.hpp"

namespace mh {
namespace {

constexpr const char* size_hint = ": write a number of bytes such as 100, 4K or 0x40";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_space(char c) {
  return c == ' ' || c == '\t';
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lowered(std::string_view text) {
  std::string result(trimmed(text));
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

/// Spaces and marks that no eye can tell from nothing or from a space.
bool is_invisible(char32_t c) {
  return c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0x3000 || c == 0xfeff;
}
std::string code_point(char32_t c) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "<U+%04X>", static_cast<unsigned>(c));
  return text.data();
}

/// A whole number and what stands behind it.
struct Whole {
  bool found = false;
  bool too_large = false;
  std::uint64_t value = 0;
  std::string unit;  ///< lower case, trimmed
};

Whole read_whole(std::string_view text) {
  const std::string low = lowered(text);
  const bool hexadecimal = low.starts_with("0x");
  const char* const begin = low.data() + (hexadecimal ? 2 : 0);
  const char* const end = low.data() + low.size();
  Whole whole;
  const auto [rest, status] = std::from_chars(begin, end, whole.value, hexadecimal ? 16 : 10);
  whole.found = status != std::errc::invalid_argument;
  whole.too_large = status == std::errc::result_out_of_range;
  whole.unit = trimmed({rest, static_cast<std::size_t>(end - rest)});
  return whole;
}

struct Unit {
  const char* name;
  std::uint64_t factor;
};

constexpr std::uint64_t ki = 1024;
constexpr std::array<Unit, 14> size_units{{{"", 1},
                                           {"b", 1},
                                           {"k", ki},
                                           {"kb", ki},
                                           {"kib", ki},
                                           {"m", ki* ki},
                                           {"mb", ki* ki},
                                           {"mib", ki* ki},
                                           {"g", ki* ki* ki},
                                           {"gb", ki* ki* ki},
                                           {"gib", ki* ki* ki},
                                           {"t", ki* ki* ki* ki},
                                           {"tb", ki* ki* ki* ki},
                                           {"tib", ki* ki* ki* ki}}};
constexpr std::array<Unit, 3> count_units{{{"", 1}, {"k", 1000}, {"m", 1'000'000}}};
constexpr std::array<Unit, 6> duration_units{{{"ns", 1},
                                              {"us", 1000},
                                              {"ms", 1'000'000},
                                              {"s", 1'000'000'000},
                                              {"min", 60'000'000'000},
                                              {"h", 3'600'000'000'000}}};

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  for (const Unit& unit : units) {
    if (name == unit.name) return unit.factor;
  }
  return std::nullopt;
}

/// A decimal number with an optional fraction, and what stands behind it. No sign, no exponent.
struct Decimal {
  bool found = false;
  double value = 0;
  std::string unit;
};

Decimal read_decimal(std::string_view text) {
  const std::string low = lowered(text);
  Decimal decimal;
  if (low.empty() || !is_digit(low.front())) return decimal;
  const char* const end = low.data() + low.size();
  const auto [rest, status] =
      std::from_chars(low.data(), end, decimal.value, std::chars_format::fixed);
  decimal.found = status == std::errc{};
  decimal.unit = trimmed({rest, static_cast<std::size_t>(end - rest)});
  return decimal;
}

std::string plain(double value) {
  std::array<char, 32> text{};
  const auto [end, status] = std::to_chars(text.data(), text.data() + text.size(), value);
  return status == std::errc{} ? std::string(text.data(), end) : std::string("?");
}

}  // namespace

std::string in_quotes(std::string_view text) {
  constexpr std::size_t most = 40;
  std::string result = "'";
  std::size_t shown = 0;
  for (; !text.empty() && shown < most; ++shown) {
    const auto c = take_character(text);
    if (!c || *c < 0x20 || (*c >= 0x7f && *c < 0xa0)) {
      result += '?';
    } else if (is_invisible(*c)) {
      result += code_point(*c);
    } else {
      append_character(result, *c);
    }
  }
  return result + (text.empty() ? "'" : "...'");
}

Parsed<std::uint64_t> parse_size(std::string_view text, Zero zero) {
  using Result = Parsed<std::uint64_t>;
  if (trimmed(text).empty()) return Result::failed("a size is missing" + std::string(size_hint));
  if (trimmed(text).front() == '-') {
    return Result::failed(in_quotes(text) + " is negative: a size is a number of bytes above 0");
  }
  const Whole whole = read_whole(text);
  const auto factor = factor_of(size_units, whole.unit);
  if (!whole.found || !factor)
    return Result::failed(in_quotes(text) + " is not a size" + size_hint);
  if (whole.too_large || whole.value > max_input_size / *factor) {
    return Result::failed(in_quotes(text) +
                          " is too large: the largest size is 1 TiB less one byte");
  }
  const std::uint64_t size = whole.value * *factor;
  if (size == 0 && zero == Zero::refused) {
    return Result::failed("a size of 0 asks for nothing: write at least 1 byte");
  }
  return Result::of(size);
}

bool may_become_size(std::string_view text) {
  const auto skip = [&text](std::string_view letters) {
    const std::size_t end = text.find_first_not_of(letters);
    const bool some = end != 0 && !text.empty();
    text.remove_prefix(std::min(end, text.size()));
    return some;
  };
  const auto skip_one = [&text](std::string_view letters) {
    if (text.empty() || letters.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  skip(" ");
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    skip("0123456789abcdefABCDEF");
    return text.empty();
  }
  if (!skip("0123456789")) return text.empty();
  skip(" ");
  if (skip_one("kKmMgG")) skip_one("iI");
  skip_one("bB");
  skip(" ");
  return text.empty();
}

Parsed<std::uint64_t> parse_count(std::string_view text, std::string_view what, std::uint64_t least,
                                  std::uint64_t most) {
  using Result = Parsed<std::uint64_t>;
  const std::string range = "from " + std::to_string(least) + " to " + std::to_string(most);
  const Whole whole = read_whole(text);
  const auto factor = factor_of(count_units, whole.unit);
  if (!whole.found || !factor) {
    return Result::failed(in_quotes(text) + " is not a number of " + std::string(what) +
                          ": write one " + range);
  }
  if (whole.too_large || whole.value > most / *factor) {
    return Result::failed("at most " + std::to_string(most) + " " + std::string(what));
  }
  const std::uint64_t count = whole.value * *factor;
  if (count < least)
    return Result::failed("too few " + std::string(what) + ": at least " + std::to_string(least));
  return Result::of(count);
}

Parsed<double> parse_rate(std::string_view text) {
  using Result = Parsed<double>;
  if (lowered(text) == "unlimited") return Result::of(std::numeric_limits<double>::infinity());
  std::string_view bare = trimmed(text);
  if (bare.ends_with("/s")) bare.remove_suffix(2);
  const Decimal decimal = read_decimal(bare);
  const auto factor = factor_of(count_units, decimal.unit);
  if (!decimal.found || !factor || !(decimal.value > 0)) {
    return Result::failed(
        in_quotes(text) +
        " is not a rate: write operations per second such as 1, 250k or unlimited");
  }
  constexpr double least = 0.001;
  constexpr double most = 1e9;
  const double rate = decimal.value * static_cast<double>(*factor);
  if (rate < least)
    return Result::failed(in_quotes(text) + " is too slow: at least 0.001 operations per second");
  if (rate > most)
    return Result::failed(in_quotes(text) + " is too fast to count: write unlimited");
  return Result::of(rate);
}

Parsed<std::uint64_t> parse_duration(std::string_view text) {
  using Result = Parsed<std::uint64_t>;
  const Decimal decimal = read_decimal(text);
  const auto factor = factor_of(duration_units, decimal.unit);
  if (!decimal.found || !factor) {
    return Result::failed(in_quotes(text) + " is not a time: write one such as 500ms, 2s or 1min");
  }
  constexpr double hour = 3.6e12;
  const double ns = decimal.value * static_cast<double>(*factor);
  if (ns > hour) return Result::failed(in_quotes(text) + " is too long: at most 1h");
  return Result::of(static_cast<std::uint64_t>(ns));
}

Parsed<double> parse_factor(std::string_view text, std::string_view what, double least,
                            double most) {
  using Result = Parsed<double>;
  const Decimal decimal = read_decimal(text);
  if (!decimal.found || !decimal.unit.empty() || decimal.value < least || decimal.value > most) {
    return Result::failed(in_quotes(text) + " is not a " + std::string(what) +
                          ": write a number from " + plain(least) + " to " + plain(most));
  }
  return Result::of(decimal.value);
}

Parsed<PixelSize> parse_pixel_size(std::string_view text) {
  using Result = Parsed<PixelSize>;
  constexpr int least = 64;
  constexpr int most = 16384;
  const std::string low = lowered(text);
  PixelSize size;
  const char* const end = low.data() + low.size();
  const auto width = std::from_chars(low.data(), end, size.width);
  const bool has_x = width.ec == std::errc{} && width.ptr != end && *width.ptr == 'x';
  const auto height = has_x ? std::from_chars(width.ptr + 1, end, size.height) : width;
  const auto fits = [](int n) { return n >= least && n <= most; };
  if (!has_x || height.ec != std::errc{} || height.ptr != end || !fits(size.width) ||
      !fits(size.height)) {
    return Result::failed(
        in_quotes(text) +
        " is not a size in pixels: write WIDTHxHEIGHT such as 1280x800, each from 64 to 16384");
  }
  return Result::of(size);
}

}  // namespace mh
