#include "app/model/format.hpp"

#include <array>
#include <cmath>
#include <cstdarg>
#include <cstdio>

namespace mh {
namespace {

using Wide = unsigned long long;

[[gnu::format(printf, 1, 2)]] std::string print(const char* format, ...) {
  std::array<char, 64> text{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text.data(), text.size(), format, arguments);
  va_end(arguments);
  return text.data();
}

/// Three figures are enough to read: "1.82", "12.5", "250"; no ".0" at the end.
std::string three_figures(double value) {
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::string text = print("%.*f", decimals, value);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

}  // namespace

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1024) return print("%llu B", static_cast<Wide>(bytes));
  static constexpr std::array units{"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return print("%.1f %s", value, units[unit]);
}

std::string format_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ' ');
  }
  return text;
}

std::string format_things(std::uint64_t count, std::string_view one, std::string_view many) {
  std::string text = format_count(count) + ' ';
  if (count == 1) return text.append(one);
  return many.empty() ? text.append(one) + 's' : text.append(many);
}

std::string format_percent(double share) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %%", 100 * share);
  return text.data();
}

std::string format_rate(double per_second) {
  if (std::isinf(per_second)) return "unlimited";
  if (per_second >= 999.5e6) return three_figures(per_second / 1e9) + " G/s";
  if (per_second >= 999.5e3) return three_figures(per_second / 1e6) + " M/s";
  if (per_second >= 999.5) return three_figures(per_second / 1e3) + " k/s";
  return three_figures(per_second) + "/s";
}

std::string format_duration(std::uint64_t ns) {
  const double value = static_cast<double>(ns);
  if (ns < 1000) return print("%llu ns", static_cast<Wide>(ns));
  if (value < 999.5e3) return three_figures(value / 1e3) + " \xc2\xb5s";
  if (value < 999.5e6) return three_figures(value / 1e6) + " ms";
  const std::uint64_t seconds = ns / 1'000'000'000;
  if (seconds < 60) return three_figures(value / 1e9) + " s";
  if (seconds < 3600)
    return print("%llu min %02llu s", static_cast<Wide>(seconds / 60),
                 static_cast<Wide>(seconds % 60));
  return print("%llu h %02llu min", static_cast<Wide>(seconds / 3600),
               static_cast<Wide>(seconds / 60 % 60));
}

std::string format_time(std::uint64_t ns) {
  const std::uint64_t ms = ns / 1'000'000;
  const Wide hours = ms / 3'600'000;
  const Wide minutes = ms / 60'000 % 60;
  const Wide seconds = ms / 1000 % 60;
  if (hours > 0)
    return print("%llu:%02llu:%02llu.%03llu", hours, minutes, seconds,
                 static_cast<Wide>(ms % 1000));
  return print("%02llu:%02llu.%03llu", minutes, seconds, static_cast<Wide>(ms % 1000));
}

std::string format_address(std::uint64_t address) {
  return print("0x%llx", static_cast<Wide>(address));
}

std::string unpack_name(std::uint64_t packed) {
  std::string name;
  for (; packed != 0 && (packed & 0xff) != 0; packed >>= 8) {
    const char c = static_cast<char>(packed & 0xff);
    name += c >= ' ' && c <= '~' ? c : '?';
  }
  return name;
}

}  // namespace mh
