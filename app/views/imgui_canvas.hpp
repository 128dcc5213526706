#pragma once
// A slide on ImGui's draw list: in the window, and for pictures.

#include "app/render/ui_layer.hpp"
#include "app/slides/canvas.hpp"

namespace mh {

inline ImU32 colour_of(Colour c) {
  return IM_COL32(c.r, c.g, c.b, c.a);
}

class ImGuiCanvas final : public Canvas {
 public:
  /// The slide's origin comes to origin, and a unit of it is scale of ImGui's units.
  ImGuiCanvas(ImDrawList& list, const SlideFonts& fonts, ImVec2 origin, double scale)
      : list_(list), fonts_(fonts), origin_(origin), scale_(scale) {}

  void fill(const SlideRect& rect, Colour colour, double radius) override;
  void outline(const SlideRect& rect, Colour colour, double width, double radius) override;
  void hatch(const SlideRect& rect, Colour ground, Colour stripe, double pitch,
             double width) override;
  void line(SlidePoint from, SlidePoint to, Colour colour, double width) override;
  void curve(SlidePoint from, SlidePoint control1, SlidePoint control2, SlidePoint to,
             Colour colour, double width) override;
  void triangle(SlidePoint a, SlidePoint b, SlidePoint c, Colour colour) override;
  void disc(SlidePoint centre, double radius, Colour colour) override;
  void text(SlidePoint at, const TextLook& look, std::string_view words) override;

 private:
  [[nodiscard]] ImVec2 place(SlidePoint p) const;
  [[nodiscard]] float length(double units) const { return static_cast<float>(units * scale_); }

  ImDrawList& list_;
  const SlideFonts& fonts_;
  ImVec2 origin_;
  double scale_;
};

}  // namespace mh
