#include "app/render/gl_program.hpp"

#include <glad/gl.h>

#include <array>
#include <stdexcept>
#include <vector>

namespace mh {
namespace {

constexpr const char* vertex_source = R"(#version 330 core
uniform vec2 rect_size;
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = corner * rect_size;
  gl_Position = vec4(corner.x * 2.0 - 1.0, 1.0 - corner.y * 2.0, 0.0, 1.0);
}
)";

unsigned compile(GLenum stage, const char* source) {
  const unsigned shader = glCreateShader(stage);
  glShaderSource(shader, 1, &source, nullptr);
  glCompileShader(shader);
  int compiled = 0;
  glGetShaderiv(shader, GL_COMPILE_STATUS, &compiled);
  if (compiled == GL_FALSE) {
    std::array<char, 1024> log{};
    glGetShaderInfoLog(shader, static_cast<GLsizei>(log.size()), nullptr, log.data());
    glDeleteShader(shader);
    throw std::runtime_error(std::string("the OpenGL driver refuses a shader: ") + log.data());
  }
  return shader;
}

}  // namespace

RectangleProgram::RectangleProgram(const std::string& fragment_source) {
  const unsigned vertex = compile(GL_VERTEX_SHADER, vertex_source);
  const unsigned fragment = compile(GL_FRAGMENT_SHADER, fragment_source.c_str());
  program_ = glCreateProgram();
  glAttachShader(program_, vertex);
  glAttachShader(program_, fragment);
  glLinkProgram(program_);
  glDeleteShader(vertex);
  glDeleteShader(fragment);
  int linked = 0;
  glGetProgramiv(program_, GL_LINK_STATUS, &linked);
  if (linked == GL_FALSE)
    throw std::runtime_error("the OpenGL driver cannot link a shader program");
  glGenVertexArrays(1, &vertices_);
}

RectangleProgram::~RectangleProgram() {
  glDeleteVertexArrays(1, &vertices_);
  glDeleteProgram(program_);
}

int RectangleProgram::uniform(const char* name) const {
  return glGetUniformLocation(program_, name);
}

void RectangleProgram::draw(const DrawRect& rect, const std::function<void()>& set_uniforms) const {
  std::array<int, 4> viewport{};
  glGetIntegerv(GL_VIEWPORT, viewport.data());
  const int y = viewport[1] + viewport[3] - static_cast<int>(rect.y + rect.height);
  glDisable(GL_SCISSOR_TEST);
  glDisable(GL_BLEND);
  glViewport(static_cast<int>(rect.x), y, static_cast<int>(rect.width),
             static_cast<int>(rect.height));
  glUseProgram(program_);
  glBindSampler(0, 0);  // the texture's own settings: Dear ImGui's sampler reads no integers
  glUniform2f(uniform("rect_size"), rect.width, rect.height);
  set_uniforms();
  glBindVertexArray(vertices_);
  glDrawArrays(GL_TRIANGLE_STRIP, 0, 4);
  glViewport(viewport[0], viewport[1], viewport[2], viewport[3]);
}

void set_uniform(int location, const ImVec4& colour) {
  glUniform3f(location, colour.x, colour.y, colour.z);
}

void set_uniform(int location, std::span<const ImVec4> colours) {
  std::vector<float> components;
  components.reserve(3 * colours.size());
  for (const ImVec4& colour : colours)
    components.insert(components.end(), {colour.x, colour.y, colour.z});
  glUniform3fv(location, static_cast<int>(colours.size()), components.data());
}

}  // namespace mh
