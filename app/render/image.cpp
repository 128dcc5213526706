#include "app/render/image.hpp"

#include <glad/gl.h>

#include <algorithm>
#include <cstring>
#include <system_error>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb_image_write.h>

#include "app/model/output_file.hpp"

namespace mh {
namespace {

constexpr int channels = 4;

std::vector<std::uint8_t> encode_png(const Image& image) {
  std::vector<std::uint8_t> png;
  const auto append = [](void* context, void* data, int size) {
    auto& out = *static_cast<std::vector<std::uint8_t>*>(context);
    const auto* bytes = static_cast<const std::uint8_t*>(data);
    out.insert(out.end(), bytes, bytes + size);
  };
  stbi_write_png_to_func(append, &png, image.width(), image.height(), channels,
                         image.bytes().data(), image.width() * channels);
  return png;
}

std::string not_written(const std::filesystem::path& path, const std::string& reason) {
  return "The picture " + path.string() + " could not be written: " + reason + ".";
}

}  // namespace

Image::Image(int width, int height)
    : width_(width),
      height_(height),
      bytes_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * channels) {}

Colour8 Image::at(int x, int y) const {
  const std::size_t offset = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) +
                              static_cast<std::size_t>(x)) *
                             channels;
  return {bytes_[offset], bytes_[offset + 1], bytes_[offset + 2], bytes_[offset + 3]};
}

std::span<std::uint8_t> Image::row(int y) {
  const std::size_t length = static_cast<std::size_t>(width_) * channels;
  return std::span(bytes_).subspan(static_cast<std::size_t>(y) * length, length);
}

Image read_pixels(GlContext& context) {
  const PixelSize size = context.framebuffer_size();
  return read_pixels(context, {0, 0, size.width, size.height});
}

Image read_pixels(GlContext& context, const PixelRect& rect) {
  const PixelSize size = context.framebuffer_size();
  const int left = std::clamp(rect.x, 0, size.width);
  const int top = std::clamp(rect.y, 0, size.height);
  const int right = std::clamp(rect.x + rect.width, left, size.width);
  const int bottom = std::clamp(rect.y + rect.height, top, size.height);
  Image image(right - left, bottom - top);
  if (image.empty()) return image;

  context.bind_target();
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  // OpenGL counts rows from the bottom, and blending leaves alpha as it happens to be.
  glReadPixels(left, size.height - bottom, image.width(), image.height(), GL_RGBA, GL_UNSIGNED_BYTE,
               image.bytes().data());
  for (int y = 0; y < image.height() / 2; ++y) {
    std::swap_ranges(image.row(y).begin(), image.row(y).end(),
                     image.row(image.height() - 1 - y).begin());
  }
  const std::span<std::uint8_t> bytes = image.bytes();
  for (std::size_t alpha = channels - 1; alpha < bytes.size(); alpha += channels)
    bytes[alpha] = 255;
  return image;
}

std::string write_png(const Image& image, const std::filesystem::path& path) {
  if (image.empty()) return not_written(path, "it has no pixels");
  if (const std::string fault = output_fault(path); !fault.empty()) {
    return not_written(path, fault);
  }
  const std::vector<std::uint8_t> png = encode_png(image);
  if (png.empty()) return not_written(path, "there is not enough memory");
  const int error = write_file(path, png);
  return error == 0 ? std::string() : not_written(path, std::generic_category().message(error));
}

}  // namespace mh
