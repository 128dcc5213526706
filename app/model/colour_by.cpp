#include "app/model/colour_by.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <limits>

namespace mh {
namespace {

// In the order of ColourBy.
constexpr std::array<const char*, std::size(all_colour_by)> colour_by_table{"state", "thread",
                                                                            "age", "size"};

constexpr std::uint64_t endless = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned smallest_size_bits = 4;  // the first step of sizes ends at 16 bytes

/// Where the steps of age end, ns: 100 us, 316 us, 1 ms, ... 1000 s.
constexpr std::array<std::uint64_t, ramp_steps> age_ends = [] {
  std::array<std::uint64_t, ramp_steps> ends{};
  std::uint64_t decade = 100'000;
  for (unsigned step = 0; step + 1 < ramp_steps; step += 2, decade *= 10) {
    ends[step] = decade;
    if (step + 2 < ramp_steps) ends[step + 1] = decade * 316 / 100;
  }
  ends[ramp_steps - 1] = endless;
  return ends;
}();
static_assert(age_ends[ramp_steps - 2] == 1'000'000'000'000);

}  // namespace

const char* colour_by_name(ColourBy colour_by) {
  return colour_by_table[static_cast<std::size_t>(colour_by)];
}

std::optional<ColourBy> colour_by_from_name(std::string_view name) {
  for (const ColourBy colour_by : all_colour_by) {
    if (name == colour_by_name(colour_by)) return colour_by;
  }
  return std::nullopt;
}

std::string colour_by_names() {
  std::string text;
  for (std::size_t i = 0; i < colour_by_table.size(); ++i) {
    if (i > 0) text += i + 1 < colour_by_table.size() ? ", " : " or ";
    text += colour_by_table[i];
  }
  return text;
}

unsigned age_step(std::uint64_t age) {
  const auto above = std::upper_bound(age_ends.begin(), age_ends.end() - 1, age);
  return static_cast<unsigned>(above - age_ends.begin());
}

std::uint64_t age_step_end(unsigned step) {
  return age_ends[std::min(step, ramp_steps - 1)];
}

unsigned size_step(std::uint64_t size) {
  if (size <= 1) return 0;
  const auto bits = static_cast<unsigned>(std::bit_width(size - 1));  // size <= 2^bits
  return bits <= smallest_size_bits ? 0 : std::min(bits - smallest_size_bits, ramp_steps - 1);
}

std::uint64_t size_step_end(unsigned step) {
  return step + 1 >= ramp_steps ? endless : std::uint64_t{1} << (smallest_size_bits + step);
}

unsigned owner_index(ColourBy colour_by, std::uint16_t thread) {
  return colour_by == ColourBy::thread && thread >= 1 && thread <= 64 ? thread : 0;
}

unsigned colour_index(ColourBy colour_by, const PictureBlock& block, std::uint64_t now) {
  switch (colour_by) {
    case ColourBy::age:
      return age_step(now > block.since ? now - block.since : 0);
    case ColourBy::size:
      return size_step(block.used ? block.requested : block.capacity());
    case ColourBy::state:
    case ColourBy::thread:
      break;
  }
  return owner_index(colour_by, block.thread);
}

}  // namespace mh
