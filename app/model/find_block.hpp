#pragma once
// Finds a block by what people have of it: an address from a debugger, a name, a size.

#include <cstdint>
#include <string>
#include <string_view>

#include "app/model/heap_picture.hpp"

namespace mh {

struct FoundBlock {
  std::uint64_t block = 0;    ///< header address, 0: none
  std::uint64_t address = 0;  ///< what was asked for, if it was an address
  std::string words{};        ///< what was found, or why nothing was, and what to write instead
};

/// What text means in a picture: a name; an address with 0x, alone or within what a debugger
/// prints; a size; else an address without 0x, also its last digits as the map writes them. Of
/// several blocks of a size, the next one behind `behind`.
[[nodiscard]] FoundBlock find_block(const HeapPicture& picture, std::string_view text,
                                    std::uint64_t behind);

}  // namespace mh
