#pragma once
// A picture in memory, and how it becomes a PNG file.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "app/render/gl_context.hpp"

namespace mh {

struct Colour8 {
  std::uint8_t r = 0, g = 0, b = 0, a = 255;
  bool operator==(const Colour8&) const = default;
};

/// A rectangle of pixels; y counts down from the top.
struct PixelRect {
  int x = 0, y = 0, width = 0, height = 0;
};

/// RGBA, 8 bits each, row by row from the top.
class Image {
 public:
  Image() = default;
  Image(int width, int height);

  [[nodiscard]] int width() const { return width_; }
  [[nodiscard]] int height() const { return height_; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  [[nodiscard]] Colour8 at(int x, int y) const;  ///< inside the picture
  [[nodiscard]] std::span<std::uint8_t> bytes() { return bytes_; }
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return bytes_; }
  [[nodiscard]] std::span<std::uint8_t> row(int y);

 private:
  int width_ = 0;
  int height_ = 0;
  std::vector<std::uint8_t> bytes_;
};

/// What has been drawn into the context's target so far: all of it, or a rectangle, which is cut to
/// the target. Upright and opaque. Call it before present().
[[nodiscard]] Image read_pixels(GlContext& context);
[[nodiscard]] Image read_pixels(GlContext& context, const PixelRect& rect);

/// Writes a PNG file; makes its folder if there is none. A file of that name is replaced only when
/// the new one is complete. Returns what went wrong, as a sentence; empty if nothing did.
[[nodiscard]] std::string write_png(const Image& image, const std::filesystem::path& path);

}  // namespace mh
