#include "app/views/imgui_canvas.hpp"

#include <algorithm>
#include <cmath>

namespace mh {
ImVec2 ImGuiCanvas::place(SlidePoint p) const {
  return {origin_.x + length(p.x), origin_.y + length(p.y)};
}

void ImGuiCanvas::fill(const SlideRect& rect, Colour colour, double radius) {
  list_.AddRectFilled(place({rect.x, rect.y}), place({rect.right(), rect.bottom()}),
                      colour_of(colour), length(radius));
}

/// Half of the line lies inside the rectangle, as in SVG.
void ImGuiCanvas::outline(const SlideRect& rect, Colour colour, double width, double radius) {
  const ImVec2 a = place({rect.x, rect.y});
  const ImVec2 b = place({rect.right(), rect.bottom()});
  // ImGui draws its lines half a unit inside.
  list_.AddRect({a.x - 0.5F, a.y - 0.5F}, {b.x + 0.5F, b.y + 0.5F}, colour_of(colour),
                length(radius), 0, std::max(length(width), 1.0F));
}

void ImGuiCanvas::hatch(const SlideRect& rect, Colour ground, Colour stripe, double pitch,
                        double width) {
  const ImVec2 a = place({rect.x, rect.y});
  const ImVec2 b = place({rect.right(), rect.bottom()});
  list_.AddRectFilled(a, b, colour_of(ground));
  list_.PushClipRect(a, b, true);
  // The stripes of all rectangles line up, as those of one pattern do: they lie where x + y is a
  // multiple of the step.
  const float step = std::max(length(pitch) * 1.4142F, 2.0F);
  for (float c = std::floor((a.x + a.y) / step) * step; c < b.x + b.y + step; c += step) {
    list_.AddLine({c - b.y, b.y}, {c - a.y, a.y}, colour_of(stripe), length(width));
  }
  list_.PopClipRect();
}

void ImGuiCanvas::line(SlidePoint from, SlidePoint to, Colour colour, double width) {
  list_.AddLine(place(from), place(to), colour_of(colour), std::max(length(width), 1.0F));
}

void ImGuiCanvas::curve(SlidePoint from, SlidePoint control1, SlidePoint control2, SlidePoint to,
                        Colour colour, double width) {
  list_.AddBezierCubic(place(from), place(control1), place(control2), place(to), colour_of(colour),
                       std::max(length(width), 1.0F));
}

void ImGuiCanvas::triangle(SlidePoint a, SlidePoint b, SlidePoint c, Colour colour) {
  list_.AddTriangleFilled(place(a), place(b), place(c), colour_of(colour));
}

void ImGuiCanvas::disc(SlidePoint centre, double radius, Colour colour) {
  list_.AddCircleFilled(place(centre), length(radius), colour_of(colour));
}

void ImGuiCanvas::text(SlidePoint at, const TextLook& look, std::string_view words) {
  if (words.empty()) return;
  fonts_.need_letters(words);
  const SlideFonts::Choice font = fonts_.choose(look.face, length(look.size));
  if (font.font == nullptr) return;
  const char* const begin = words.data();
  const char* const end = begin + words.size();
  ImVec2 from = place(at);
  const float width = font.font->CalcTextSizeA(font.line, 3.4e38F, 0, begin, end).x;
  if (look.anchor == Anchor::middle) from.x -= width / 2;
  if (look.anchor == Anchor::end) from.x -= width;
  from.y -= font.ascent;
  list_.AddText(font.font, font.line, from, colour_of(look.colour), begin, end);
}

}  // namespace mh
