#pragma once
// The colours of the window, dark and light.

#include "app/model/theme_kind.hpp"
#include "app/render/imgui_compat.hpp"
#include "app/render/map_pass.hpp"

namespace mh {

/// Every colour has a role; views name the role. Text on its ground meets WCAG AA (4.5 : 1).
struct Theme {
  ThemeKind kind = ThemeKind::dark;
  ImU32 ground = 0;   ///< behind the map
  ImU32 panel = 0;    ///< behind controls
  ImU32 line = 0;     ///< between panels
  ImU32 control = 0;  ///< buttons at rest
  ImU32 control_hover = 0;
  ImU32 control_press = 0;
  ImU32 field = 0;  ///< where one types
  ImU32 text = 0;
  ImU32 text_dim = 0;  ///< secondary
  ImU32 text_on_accent = 0;
  ImU32 accent = 0;
  ImU32 accent_hover = 0;
  ImU32 selected = 0;  ///< ground of the chosen one of several
  ImU32 good = 0;
  ImU32 good_ground = 0;
  ImU32 warning = 0;
  ImU32 bad = 0;
  ImU32 bad_ground = 0;
  ImU32 break_line = 0;  ///< the program break
  ImU32 break_ground = 0;
  ImU32 break_text = 0;
  ImU32 outline = 0;  ///< round the selected block
  ImU32 hover_outline = 0;
  ImU32 arrow = 0;         ///< from one block to another, over the map
  ImU32 visited = 0;       ///< round blocks that a search visited, and the ground of their numbers
  ImU32 visited_ink = 0;   ///< those numbers
  ImU32 hex = 0;           ///< bytes of a header
  ImU32 padding_text = 0;  ///< bytes of padding
  ImU32 guard_text = 0;    ///< bytes of a guard
  ImU32 pill_ground = 0;
  ImU32 pill_text = 0;
  MapColours map;
};

[[nodiscard]] Theme make_theme(ThemeKind kind);
/// Gives ImGui's own widgets the theme's colours and the design's measures, at scale.
void apply_style(const Theme& theme, float scale);

[[nodiscard]] ImU32 to_u32(const ImVec4& colour);
/// Black or white, whichever reads better on a ground.
[[nodiscard]] ImU32 readable_on(ImU32 ground);
[[nodiscard]] ImU32 with_alpha(ImU32 colour, float alpha);
/// What a colour index stands for on the map, without the pattern of the owners beyond eight; see
/// colour_index().
[[nodiscard]] const ImVec4& map_colour(const MapColours& colours, ColourBy colour_by,
                                       unsigned index);

}  // namespace mh
