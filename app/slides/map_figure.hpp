#pragma once
// The lab's map as a figure: every block of a heap in rows of addresses, for slides and scripts.

#include <cstddef>
#include <cstdint>
#include <string>

#include "app/model/colour_by.hpp"
#include "app/model/heap_picture.hpp"
#include "app/model/input.hpp"
#include "app/slides/slide_theme.hpp"

namespace mh {

struct MapFigureOptions {
  SlideLook look = SlideLook::light;
  ColourBy colour_by = ColourBy::thread;
  std::uint64_t now = 0;  ///< ns: when ages are judged
};

/// More could be told apart on no page.
inline constexpr std::size_t most_figure_blocks = 5000;

/// An SVG file, the same bytes for the same heap; or why there is none.
[[nodiscard]] Parsed<std::string> map_figure(const HeapPicture& picture,
                                             const MapFigureOptions& options);

}  // namespace mh
