#include "app/render/timeline_pass.hpp"

#include <glad/gl.h>

namespace mh {
namespace {

// Two texels a column: (requested, padding, header, free), (break, lanes, guard, state), where the
// state is 0: nothing is known, 1: before the log begins, 2: kept.
constexpr const char* fragment_source = R"(#version 330 core
uniform sampler2D columns;
uniform vec4 layout_;  // chart height, lane height, lanes, scale
uniform vec3 background, used, padding_light, padding_dark, guard, header, free_fill, free_edge, break_line;
uniform vec3 hues[8];
uniform float threads_a_lane;
in vec2 at;
out vec4 colour;
void main() {
  colour = vec4(background, 1.0);
  int x = min(int(at.x), textureSize(columns, 0).x - 1);
  vec4 state = texelFetch(columns, ivec2(x, 1), 0);
  if (state.w < 0.5) return;
  vec3 c = background;
  if (at.y < layout_.x) {
    vec4 tops = texelFetch(columns, ivec2(x, 0), 0) * layout_.x;
    vec4 before = texelFetch(columns, ivec2(max(x - 1, 0), 0), 0) * layout_.x;
    float y = layout_.x - at.y;
    float stripe = smoothstep(0.4, 0.55, abs(fract((at.x + at.y) / (7.0 * layout_.w)) - 0.5) * 2.0);
    if (y < tops.x) c = used;
    else if (y < tops.y) c = mix(padding_light, padding_dark, stripe);
    else if (y < state.z * layout_.x) c = guard;
    else if (y < tops.z) c = header;
    else if (y < tops.w) {
      float edge = abs(y - tops.w);
      c = y > min(tops.w, before.w) - 1.0 * layout_.w || edge < 1.0 * layout_.w ? free_edge : free_fill;
    }
    float line = state.x * layout_.x;
    float line_before = texelFetch(columns, ivec2(max(x - 1, 0), 1), 0).x * layout_.x;
    float low = min(line, line_before), high = max(line, line_before);
    if (y > low - layout_.w && y < high + layout_.w) c = break_line;
  } else {
    float lane = floor((at.y - layout_.x - 4.0 * layout_.w) / layout_.y);
    float inside = at.y - layout_.x - 4.0 * layout_.w - lane * layout_.y;
    if (lane >= 0.0 && lane < layout_.z && inside < layout_.y * 0.62) {
      uint bits = uint(state.y);
      if (((bits >> uint(lane)) & 1u) != 0u)
        c = threads_a_lane > 1.5 ? mix(free_edge, used, 0.5) : hues[(uint(lane) + 1u) % 8u];
    }
  }
  if (state.w < 1.5) c = mix(c, background, 0.6);
  colour = vec4(c, 1.0);
}
)";

}  // namespace

TimelinePass::TimelinePass() : program_(fragment_source) {
  glGenTextures(1, &texture_);
  glBindTexture(GL_TEXTURE_2D, texture_);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
}

TimelinePass::~TimelinePass() {
  glDeleteTextures(1, &texture_);
}

void TimelinePass::upload(const std::vector<TimelineColumn>& columns) {
  columns_ = static_cast<int>(columns.size());
  if (columns_ == 0) return;
  std::vector<float> texels(columns.size() * 8);
  float* upper = texels.data();
  float* lower = upper + columns.size() * 4;
  for (const TimelineColumn& column : columns) {
    for (const float value : {column.requested, column.padding, column.header, column.free})
      *upper++ = value;
    for (const float value :
         {column.program_break, column.lanes, column.guard, column.valid * (1 + column.kept)}) {
      *lower++ = value;
    }
  }
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, texture_);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA32F, columns_, 2, 0, GL_RGBA, GL_FLOAT, texels.data());
}

void TimelinePass::add_to(ImDrawList& list, const DrawRect& rect, float chart_height,
                          float lane_height, int lanes, int threads_a_lane, float scale,
                          const MapColours& colours, const ImVec4& background,
                          const ImVec4& break_line) {
  rect_ = rect;
  chart_height_ = chart_height;
  lane_height_ = lane_height;
  lanes_ = lanes;
  threads_a_lane_ = threads_a_lane;
  scale_ = scale;
  colours_ = colours;
  background_ = background;
  break_line_ = break_line;
  list.AddCallback(
      [](const ImDrawList*, const ImDrawCmd* command) {
        static_cast<const TimelinePass*>(command->UserCallbackData)->draw();
      },
      this);
  list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void TimelinePass::draw() const {
  if (columns_ == 0) return;
  program_.draw(rect_, [this] {
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, texture_);
    glUniform1i(program_.uniform("columns"), 0);
    glUniform4f(program_.uniform("layout_"), chart_height_, lane_height_,
                static_cast<float>(lanes_), scale_);
    glUniform1f(program_.uniform("threads_a_lane"), static_cast<float>(threads_a_lane_));
    set_uniform(program_.uniform("background"), background_);
    set_uniform(program_.uniform("used"), colours_.hues[0]);
    set_uniform(program_.uniform("padding_light"), colours_.padding_light);
    set_uniform(program_.uniform("padding_dark"), colours_.padding_dark);
    set_uniform(program_.uniform("guard"), colours_.guard_fill);
    set_uniform(program_.uniform("header"), colours_.header);
    set_uniform(program_.uniform("free_fill"), colours_.free_fill);
    set_uniform(program_.uniform("free_edge"), colours_.free_edge);
    set_uniform(program_.uniform("break_line"), break_line_);
    set_uniform(program_.uniform("hues"), colours_.hues);
  });
}

}  // namespace mh
