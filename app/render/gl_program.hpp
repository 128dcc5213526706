#pragma once
// A shader program that draws one rectangle of the window, from inside an ImGui draw list.

#include <imgui.h>

#include <functional>
#include <span>
#include <string>

namespace mh {

/// A rectangle in the pixels of the window, y down.
struct DrawRect {
  float x = 0, y = 0, width = 0, height = 0;
};

/// The vertex stage covers the rectangle; the fragment stage reads `in vec2 at`, pixels from its
/// top left corner. Needs the current OpenGL 3.3 context for its whole life.
class RectangleProgram {
 public:
  /// Throws std::runtime_error with the driver's message if the source does not compile.
  explicit RectangleProgram(const std::string& fragment_source);
  ~RectangleProgram();
  RectangleProgram(const RectangleProgram&) = delete;
  RectangleProgram& operator=(const RectangleProgram&) = delete;

  [[nodiscard]] int uniform(const char* name) const;
  /// Draws now; set_uniforms is called with the program in use.
  void draw(const DrawRect& rect, const std::function<void()>& set_uniforms) const;

 private:
  unsigned program_ = 0, vertices_ = 0;
};

/// Sets uniforms of the program in use. Colours are given as red, green, blue of an ImVec4.
void set_uniform(int location, const ImVec4& colour);
void set_uniform(int location, std::span<const ImVec4> colours);

}  // namespace mh
