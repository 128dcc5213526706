#pragma once
// What a slide is drawn on: a window, a picture or an SVG file. Lengths are units of the slide, of
// which it is 1600 wide; y goes down.

#include <cstdint>
#include <string_view>

namespace mh {

struct Colour {
  std::uint8_t r = 0, g = 0, b = 0, a = 255;

  static constexpr Colour rgb(std::uint32_t hex) {
    return {static_cast<std::uint8_t>(hex >> 16), static_cast<std::uint8_t>(hex >> 8),
            static_cast<std::uint8_t>(hex), 255};
  }
  bool operator==(const Colour&) const = default;
};

/// The colour at that strength: 0 is not seen.
[[nodiscard]] constexpr Colour faded(Colour colour, double strength) {
  colour.a = static_cast<std::uint8_t>(static_cast<double>(colour.a) * strength);
  return colour;
}

struct SlidePoint {
  double x = 0, y = 0;
};

struct SlideRect {
  double x = 0, y = 0, width = 0, height = 0;

  [[nodiscard]] double right() const { return x + width; }
  [[nodiscard]] double bottom() const { return y + height; }
  [[nodiscard]] bool contains(SlidePoint p) const {
    return p.x >= x && p.x < right() && p.y >= y && p.y < bottom();
  }
};

enum class Face { regular, medium, semibold, mono };
enum class Anchor { start, middle, end };

struct TextLook {
  Face face = Face::regular;
  double size = 20;  ///< of the letters (one em)
  Colour colour;
  Anchor anchor = Anchor::start;
};

/// Where text is wide is known without a font: see text_width().
class Canvas {
 public:
  virtual ~Canvas() = default;

  virtual void fill(const SlideRect& rect, Colour colour, double radius = 0) = 0;
  virtual void outline(const SlideRect& rect, Colour colour, double width, double radius = 0) = 0;
  /// Diagonal stripes over a ground: what must be told apart without colour too.
  virtual void hatch(const SlideRect& rect, Colour ground, Colour stripe, double pitch,
                     double width) = 0;
  virtual void line(SlidePoint from, SlidePoint to, Colour colour, double width) = 0;
  /// A cubic Bézier curve.
  virtual void curve(SlidePoint from, SlidePoint control1, SlidePoint control2, SlidePoint to,
                     Colour colour, double width) = 0;
  virtual void triangle(SlidePoint a, SlidePoint b, SlidePoint c, Colour colour) = 0;
  virtual void disc(SlidePoint centre, double radius, Colour colour) = 0;
  /// One line of text; at is on its base line, where the anchor says.
  virtual void text(SlidePoint at, const TextLook& look, std::string_view words) = 0;
};

/// Width of a line of text. From the typefaces' own tables, for ASCII; other characters count as
/// wide as a digit, those of Chinese, Japanese and Korean as wide as high. The same on every
/// machine, whether the typefaces are there or not. A letter as wide as it is high, beside which a
/// line may be broken without a space.
[[nodiscard]] bool is_wide(char32_t c);
[[nodiscard]] double text_width(Face face, double size, std::string_view words);

}  // namespace mh
