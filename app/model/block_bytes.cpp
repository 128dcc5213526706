#include "app/model/block_bytes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "app/model/format.hpp"
#include "core/heap/fast/fast_bins.hpp"

namespace mh {
namespace {

constexpr std::uint64_t most_padding = 64 * 1024;  // bytes looked at
// The last bytes of a front begin with the distance from the payload to the header.
constexpr std::uint64_t tag_distance = 8;
constexpr std::uint64_t tag_bytes = 2;

std::uint64_t word_at(std::span<const unsigned char> bytes, std::size_t index) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes.data() + index * sizeof word, sizeof word);
  return word;
}

constexpr std::uint64_t bits(std::uint64_t word, unsigned from, unsigned count) {
  return word >> from & ((std::uint64_t{1} << count) - 1);
}

std::string flag_words(std::uint64_t flags) {
  constexpr std::array<std::string_view, 6> names{"in use",   "foreign",   "guarded",
                                                  "poisoned", "set aside", "pool"};
  std::string words;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if ((flags >> i & 1) == 0) continue;
    if (!words.empty()) words += ", ";
    words += names[i];
  }
  constexpr std::uint64_t not_free = 1 | 2 | 16;
  if ((flags & not_free) == 0) words = words.empty() ? "free" : "free, " + words;
  return words;
}

std::string front_words(std::uint64_t units) {
  return std::to_string(units * BlockRecord::unit);
}

/// Front bytes must be the pattern, but for the distance in them.
bool front_byte_as_written(const PictureBlock& block, std::uint64_t address, unsigned char byte) {
  const std::uint64_t tag = block.payload_address() - tag_distance;
  if (address < tag || address >= tag + tag_bytes) return byte == guard_pattern;
  const std::uint64_t distance = block.payload_address() - block.address;
  return byte == (distance >> (8 * (address - tag)) & 0xffU);
}

std::string state_words(FastState state) {
  switch (state) {
    case FastState::none:
      return "none";
    case FastState::free:
      return "free";
    case FastState::used:
      return "in use";
    case FastState::cached:
      return "cached";
    case FastState::mapped:
      return "mapped";
    case FastState::fence:
      return "fence";
  }
  return "damaged";
}

}  // namespace

std::vector<HeaderField> header_fields(std::span<const unsigned char> header) {
  if (header.size() == 32) {
    const std::uint64_t next = word_at(header, 1);
    const std::uint64_t last = word_at(header, 3);
    return {{0, 8, "size", std::to_string(word_at(header, 0))},
            {8, 16, "next", next == 0 ? "NULL, the last block" : format_address(next)},
            {16, 24, "requested", std::to_string(word_at(header, 2))},
            {24, 25, "flags", flag_words(bits(last, 0, 8))},
            {25, 26, "front", front_words(bits(last, 8, 8))},
            {26, 28, "thread", std::to_string(bits(last, 16, 16))},
            {28, 32, "checksum", ""}};
  }
  if (header.size() == 16) {
    const std::uint64_t first = word_at(header, 0);
    const std::uint64_t second = word_at(header, 1);
    const std::uint64_t front = bits(first, 1, 3);
    const std::string size = std::to_string(bits(first, 4, 36) * BlockRecord::unit);
    return {{0, 5, "size", front == 0 ? size : size + ", front " + front_words(front)},
            {5, 7, "thread", std::to_string(bits(first, 40, 16))},
            {7, 8, "flags", flag_words(bits(first, 56, 8))},
            {8, 13, "requested", std::to_string(bits(second, 0, 40))},
            {13, 16, "checksum", ""}};
  }
  if (header.size() == FastBlock::header_bytes) {
    const std::uint64_t word = word_at(header, 0);
    const FastState state = FastBlock::state_in(static_cast<std::uint32_t>(word));
    const bool mapped = state == FastState::mapped;
    return {{0, 2, "checksum", ""},
            {2, 4, "state", state_words(state)},
            {4, 8, mapped ? "pages" : "size",
             std::to_string(bits(word, 33, 31) * (mapped ? 1 : FastBlock::grain)) +
                 (bits(word, 32, 1) != 0 ? ", no free block before" : ", free block before")}};
  }
  return {};
}

std::string bin_words(std::uint64_t size) {
  const auto grains = static_cast<std::uint32_t>(size / FastBlock::grain);
  const std::string number = "bin " + std::to_string(FastBins::bin_of(grains));
  if (grains < FastBins::exact_grains) return number + ", of " + std::to_string(size) + " B";
  return number + ", like " + format_bytes(size);
}

bool guard_overwritten(const PictureBlock& block, std::uint64_t address, unsigned char byte) {
  if (!block.guarded || address < block.address + block.header || address >= block.end())
    return false;
  if (address < block.payload_address()) return !front_byte_as_written(block, address, byte);
  return address >= block.payload_address() + block.requested && byte != guard_pattern;
}

GuardReading read_guards(const PictureBlock& block, const ReadBytes& read) {
  if (!block.guarded) return {};
  const std::uint64_t payload = block.payload_address();
  const auto first_overwritten = [&](std::uint64_t from, std::uint64_t to, bool upwards) {
    std::vector<unsigned char> bytes(to - from);
    if (read(from, bytes) < bytes.size()) return GuardReading{GuardReading::State::unreadable, 0};
    for (std::uint64_t i = 0; i < bytes.size(); ++i) {
      const std::uint64_t at = upwards ? i : bytes.size() - 1 - i;
      if (!guard_overwritten(block, from + at, bytes[at])) continue;
      return GuardReading{GuardReading::State::overwritten,
                          static_cast<std::int64_t>(from + at - payload)};
    }
    return GuardReading{GuardReading::State::intact, 0};
  };
  GuardReading reading = first_overwritten(block.address + block.header, payload, false);
  if (reading.state != GuardReading::State::intact) return reading;
  const std::uint64_t behind = payload + block.requested;
  const std::uint64_t guard = block.end() - block.guard;
  if (guard - behind <= most_padding) return first_overwritten(behind, block.end(), true);
  reading = first_overwritten(behind, behind + most_padding, true);
  return reading.state == GuardReading::State::intact ? first_overwritten(guard, block.end(), true)
                                                      : reading;
}

std::string guard_words(const GuardReading& reading) {
  switch (reading.state) {
    case GuardReading::State::unguarded:
      return "none";
    case GuardReading::State::unreadable:
      return "not known";
    case GuardReading::State::intact:
      return "intact";
    case GuardReading::State::overwritten:
      break;
  }
  const bool before = reading.offset < 0;
  return (before ? "overwritten at \u2212" : "overwritten at +") +
         std::to_string(before ? -reading.offset : reading.offset);
}

}  // namespace mh
