#pragma once
// A slide as SVG: real shapes and real text, the same bytes for the same slide everywhere.

#include <map>
#include <string>

#include "app/slides/canvas.hpp"

namespace mh {

class SvgCanvas final : public Canvas {
 public:
  /// Of a slide of this size, units.
  SvgCanvas(double width, double height) : width_(width), height_(height) {}

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

  /// The whole file. title and description are for those who cannot see it.
  [[nodiscard]] std::string file(std::string_view title, std::string_view description) const;

 private:
  std::string pattern(Colour ground, Colour stripe, double pitch, double width);

  double width_, height_;
  std::string body_;
  std::string patterns_;
  std::map<std::string, std::string> pattern_names_;  ///< by what they look like
};

}  // namespace mh
