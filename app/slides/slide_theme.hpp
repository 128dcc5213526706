#pragma once
// The colours of slides: for projectors, for dark rooms, for paper.

#include <array>
#include <optional>
#include <string_view>

#include "app/slides/canvas.hpp"

namespace mh {

enum class SlideLook { light, dark, print };
inline constexpr SlideLook all_slide_looks[] = {SlideLook::light, SlideLook::dark,
                                                SlideLook::print};
[[nodiscard]] const char* slide_look_name(SlideLook look);
[[nodiscard]] std::optional<SlideLook> slide_look_called(std::string_view name);

/// Text on its ground meets WCAG AA (4.5 : 1); kinds of memory differ by pattern too.
struct SlideTheme {
  Colour ground, text, text_dim;
  Colour panel, panel_line;
  Colour header, header_text;
  std::array<Colour, 8> owners;
  Colour owner_text;
  Colour free, free_line, free_text;
  Colour padding, padding_stripe;
  Colour guard, guard_stripe;
  Colour foreign, foreign_stripe;
  Colour beyond, beyond_stripe;
  Colour damaged, damaged_stripe;
  Colour visit, visit_text;  ///< what the search looks at
  Colour mark;               ///< ground of the current line of code
  Colour arrow;
  Colour break_line;
  Colour point;  ///< what the script points at
};

[[nodiscard]] const SlideTheme& slide_theme(SlideLook look);

}  // namespace mh
