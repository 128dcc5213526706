#pragma once
// Where OpenGL draws: a window on the screen, or a picture in memory.

#include <stdexcept>
#include <string>

#include "app/model/pixel_size.hpp"

namespace mh {

/// There is nowhere to draw. what() is a sentence that says why and what to do.
class DisplayError : public std::runtime_error {
 public:
  enum class Kind {
    no_display,  ///< no X or Wayland server, or none that can be opened
    no_opengl,   ///< no OpenGL, or one older than 3.3
  };
  DisplayError(Kind kind, const std::string& sentence) : runtime_error(sentence), kind_(kind) {}
  [[nodiscard]] Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

/// An OpenGL 3.3 core context and the target it draws into. One thread at a time.
class GlContext {
 public:
  GlContext() = default;
  virtual ~GlContext() = default;
  GlContext(const GlContext&) = delete;
  GlContext& operator=(const GlContext&) = delete;

  virtual void make_current() = 0;
  /// Size of the target in pixels; {0, 0} while a window is minimised.
  [[nodiscard]] virtual PixelSize framebuffer_size() const = 0;
  /// Makes the target and all of its area what OpenGL draws into. Also after drawing elsewhere.
  virtual void bind_target() = 0;
  /// Ends the frame: shows it in a window, finishes it in memory.
  virtual void present() = 0;
  /// Factor between a design's pixels and the display's (1.0, 1.25, 2.0 ...).
  [[nodiscard]] virtual float content_scale() const = 0;
};

/// Loads the OpenGL functions of the current context. Throws DisplayError if it is older than 3.3.
void load_gl_functions(void (*(*get_address)(const char* name))());
/// Maker and version of the current context, e.g. "Mesa llvmpipe ... (OpenGL 4.5)".
[[nodiscard]] std::string gl_description();

}  // namespace mh
