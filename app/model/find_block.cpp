#include "app/model/find_block.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "app/model/format.hpp"
#include "app/model/input.hpp"

namespace mh {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

std::optional<std::uint64_t> hex(std::string_view digits, bool all) {
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end == digits.data()) return std::nullopt;
  if (all && end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// "0x5581c3a12020" anywhere in "$1 = (char *) 0x5581c3a12020 \"hello\"".
std::optional<std::uint64_t> address_in(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '0' && (text[i + 1] == 'x' || text[i + 1] == 'X'))
      if (const auto value = hex(text.substr(i + 2), false)) return value;
  }
  return std::nullopt;
}

std::string block_words(const HeapPicture& picture, const PictureBlock& block) {
  const std::string_view name = picture.label(block.address);
  const std::string size = format_count(block.used ? block.requested : block.capacity()) + " B";
  const char* const state = block.used ? ", in use" : block.set_aside ? ", set aside" : ", free";
  return (name.empty() ? std::string() : std::string(name) + ": ") + size + state + ", at " +
         format_address(block.payload_address());
}

FoundBlock at_address(const HeapPicture& picture, std::uint64_t address) {
  FoundBlock found{.address = address};
  if (const auto block = picture.block_at(address)) {
    found.block = block->address;
    found.words = block_words(picture, *block);
    const std::uint64_t payload = block->payload_address();
    if (address > payload) {
      found.words = format_address(address) + " is byte " + format_count(address - payload) +
                    " of " + found.words;
    } else if (address < payload && address != block->address) {
      found.words = format_address(address) + " is in the header of " + found.words;
    }
  } else if (picture.start() == 0 || picture.start() == picture.program_break()) {
    found.words = format_address(address) + " is in no block: the heap is empty here.";
  } else {
    found.words = format_address(address) + " is in no block. The heap reaches from " +
                  format_address(picture.start()) + " to " +
                  format_address(picture.program_break()) + ".";
  }
  return found;
}

/// The next block of that size behind `behind`, or the first.
std::optional<PictureBlock> of_size(const HeapPicture& picture, std::uint64_t size,
                                    std::uint64_t behind) {
  std::optional<PictureBlock> first;
  std::optional<PictureBlock> next;
  picture.for_each(0, ~std::uint64_t{0}, [&](const PictureBlock& block) {
    const bool fits = !block.foreign && (block.used ? block.requested : block.capacity()) == size;
    if (fits && !first) first = block;
    if (fits && block.address > behind) next = block;
    return !next;
  });
  return next ? next : first;
}

}  // namespace

FoundBlock find_block(const HeapPicture& picture, std::string_view text, std::uint64_t behind) {
  text = trimmed(text);
  if (text.empty())
    return {.words = "Type an address, such as 0x5581c3a12020, a name, such as p, or a size."};
  if (const auto block = picture.block_called(text))
    return at_address(picture, block->payload_address());
  if (const auto address = address_in(text)) return at_address(picture, *address);
  const Parsed<std::uint64_t> size = parse_size(text, Zero::allowed);
  if (size) {
    if (const auto block = of_size(picture, *size, behind))
      return {.block = block->address, .words = block_words(picture, *block)};
  }
  if (const auto address = hex(text, true); address && text.size() >= 4) {
    constexpr std::uint64_t shown = 0xffff'ffff;  // the map writes the last eight digits
    if (*address <= shown && picture.block_at((picture.start() & ~shown) | *address))
      return at_address(picture, (picture.start() & ~shown) | *address);
    if (!size || picture.block_at(*address)) return at_address(picture, *address);
  }
  if (size) return {.words = "No block of " + format_count(*size) + " bytes is here."};
  return {.words = "No block is called " + in_quotes(text) +
                   " here. An address is written as 0x5581c3a12020, a size as 100 or 4K."};
}

}  // namespace mh
