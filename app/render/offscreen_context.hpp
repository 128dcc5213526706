#pragma once
// OpenGL without a window system, through EGL: for servers, containers, CI and `microheap render`.

#include <cstdint>

#include "app/render/gl_context.hpp"

namespace mh {

/// Draws into a picture in memory, in software or on a GPU.
class OffscreenContext final : public GlContext {
 public:
  /// Throws DisplayError. content_scale is what content_scale() shall say.
  explicit OffscreenContext(PixelSize size, float content_scale = 1.0F);
  ~OffscreenContext() override;

  void make_current() override;
  [[nodiscard]] PixelSize framebuffer_size() const override { return size_; }
  void bind_target() override;
  void present() override;
  [[nodiscard]] float content_scale() const override { return content_scale_; }
  void resize(PixelSize size);  ///< the picture's contents are lost

 private:
  void open_display();
  void create_context();
  void create_target();
  void destroy_target();
  void close();

  // EGL's handles are pointers to what nobody sees.
  void* display_ = nullptr;
  void* context_ = nullptr;
  std::uint32_t framebuffer_ = 0;
  std::uint32_t colour_buffer_ = 0;
  PixelSize size_;
  float content_scale_;
};

}  // namespace mh
