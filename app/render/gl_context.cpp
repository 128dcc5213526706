#include "app/render/gl_context.hpp"

#include <glad/gl.h>

namespace mh {

void load_gl_functions(void (*(*get_address)(const char* name))()) {
  const int version = gladLoadGL(get_address);
  const int major = GLAD_VERSION_MAJOR(version);
  const int minor = GLAD_VERSION_MINOR(version);
  if (major > 3 || (major == 3 && minor >= 3)) return;
  const std::string found = version == 0
                                ? "no usable OpenGL"
                                : "OpenGL " + std::to_string(major) + "." + std::to_string(minor);
  throw DisplayError(DisplayError::Kind::no_opengl,
                     "MicroHeap needs OpenGL 3.3, and this display offers " + found +
                         ". Install Mesa's drivers (libgl1-mesa-dri), or set "
                         "LIBGL_ALWAYS_SOFTWARE=1 to draw in software.");
}

std::string gl_description() {
  const auto text = [](GLenum name) {
    const GLubyte* value = glGetString(name);
    return std::string(value != nullptr ? reinterpret_cast<const char*>(value) : "unknown");
  };
  return text(GL_RENDERER) + " (OpenGL " + text(GL_VERSION) + ")";
}

}  // namespace mh
