#pragma once
// The lab's heap as a slide has it, so that its map can move as slides do.

#include <cstddef>
#include <optional>

#include "app/model/heap_picture.hpp"
#include "app/model/search_trace.hpp"
#include "app/slides/slide.hpp"

namespace mh {

/// Larger heaps are not followed block by block.
inline constexpr std::size_t most_map_slide_blocks = 300;

/// What a slide's block and the picture's have in common.
[[nodiscard]] SlideBlock slide_block(const PictureBlock& block);

/// search: the one that led to this heap; null: none did. nullopt: the heap is too large.
[[nodiscard]] std::optional<Slide> map_slide(const HeapPicture& picture, const SearchTrace* search);

}  // namespace mh
