#pragma once
// Draws a slide on a canvas: title, code, operation, the heap with its free list, caption, legend.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/slides/canvas.hpp"
#include "app/slides/glossary.hpp"
#include "app/slides/slide.hpp"
#include "app/slides/slide_theme.hpp"

namespace mh {

inline constexpr double slide_width = 1600;
inline constexpr double slide_height = 900;

/// Where the heaps stand on a slide; of several slides, where they can stand on all of them, so
/// that they keep their place from step to step.
struct SlideRoom {
  double top = 0, bottom = slide_height;
  bool arrows = false;  ///< of a free list
  bool marks = false;   ///< numbers of a search, pointers

  void join(const SlideRoom& other);
};

struct SlideOptions {
  SlideLook look = SlideLook::light;
  bool title = true;  ///< with its subtitle and step
  bool caption = true;
  bool legend = true;
  bool transparent = false;                      ///< no ground
  std::optional<SlideRoom> room = std::nullopt;  ///< none: what this slide leaves
};

/// Where a block was drawn, for those who click on it. A block can have several.
struct SlideHit {
  SlideRect rect;
  std::size_t heap = 0;
  std::uint64_t block = 0;  ///< address of its header
};

/// Where a term that is explained stands: in the caption, or before a table's row.
struct SlideTermHit {
  SlideRect rect;
  const GlossaryTerm* term = nullptr;
};

/// What can be pointed at on a slide.
struct SlideHits {
  std::vector<SlideHit> blocks;
  std::vector<SlideTermHit> terms;
};

/// What the slide leaves for its heaps.
[[nodiscard]] SlideRoom room_on(const Slide& slide, const SlideOptions& options);

SlideHits paint_slide(Canvas& canvas, const Slide& slide, const SlideOptions& options);

/// The words broken into lines that are at most width units wide; a word that is wider is
/// broken too.
[[nodiscard]] std::vector<std::string> wrap(Face face, double size, double width,
                                            std::string_view words);

}  // namespace mh
