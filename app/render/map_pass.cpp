#include "app/render/map_pass.hpp"

#include <glad/gl.h>

namespace mh {
namespace {

static_assert(ramp_steps == 16, "the shader counts on it");

// The cell's layout is that of Cell in app/model/map_raster.hpp, the kinds are CellKind's.
constexpr const char* fragment_source = R"(#version 330 core
uniform usampler2D cells;
uniform vec4 rows;  // pitch, row height, scroll, scale
uniform vec3 background, free_fill, free_edge, header, padding_light, padding_dark;
uniform vec3 beyond_fill, beyond_line, foreign_fill, foreign_line;
uniform vec3 guard_fill, guard_line, aside_fill, aside_line, glow_colour;
uniform float header_tint;
uniform vec3 hues[8];
uniform vec3 ramp[16];
uniform bool ramped;
in vec2 at;
out vec4 colour;

// Threads beyond the eight hues repeat them with a pattern: dots, lines, a grid.
vec3 owner(uint index, float y) {
  if (ramped) return ramp[min(index, 15u)];
  vec3 hue = hues[index % 8u];
  uint pattern = (index / 8u) % 8u;
  vec2 p = vec2(at.x, y) / rows.w;
  float mark = 0.0;
  uint kind = pattern % 4u;
  if (kind == 1u) mark = step(length(mod(p, 6.0) - 3.0), 1.3);
  if (kind == 2u) mark = step(mod(p.y, 5.0), 1.2);
  if (kind == 3u) mark = max(step(mod(p.y, 6.0), 1.0), step(mod(p.x, 6.0), 1.0));
  vec3 base = pattern >= 4u ? hue * 0.62 : hue;
  return mix(base, base * 0.45, mark);
}

float stripes(float y, float period) {
  return smoothstep(0.42, 0.5, abs(fract((at.x + y) / (period * rows.w)) - 0.5) * 2.0);
}

// Thin lines in both directions.
float crossed(float y, float period) {
  vec2 p = abs(fract(vec2(at.x + y, at.x - y) / (period * rows.w)) - 0.5) * 2.0;
  return max(smoothstep(0.76, 0.84, p.x), smoothstep(0.76, 0.84, p.y));
}

// A pool is a tray, its slots lie in it: used ones filled, free ones hollow.
vec3 pool(uint kind, uint index, float y, float side, float rim, float share, float glow) {
  vec3 hue = owner(index, y);
  vec3 tray = mix(background, hue, 0.34);
  float inset = rows.y > 12.0 * rows.w ? 2.5 * rows.w : rows.y > 6.0 ? 1.0 : 0.0;
  if (rim < inset) return mix(tray, hue, 0.5);
  if (kind == 10u) return mix(tray, hue, share);
  float inner = rim - inset, radius = min(2.0 * rows.w, rows.y * 0.15);
  vec3 c = kind == 11u ? mix(hue, glow_colour, 0.6 * glow)
                       : min(side, inner) < 1.0 * rows.w ? free_edge : free_fill;
  if (radius > 1.0 && side < radius && inner < radius) {
    float outside = length(vec2(radius - side, radius - inner)) - radius + 0.5;
    c = mix(c, tray, clamp(outside, 0.0, 1.0));
  }
  return c;
}

void main() {
  float fy = at.y + rows.z;
  int row = int(floor(fy / rows.x));
  float y = fy - float(row) * rows.x;
  colour = vec4(background, 1.0);
  ivec2 size = textureSize(cells, 0);
  if (y >= rows.y || row < 0 || row >= size.y) return;
  uint cell = texelFetch(cells, ivec2(min(int(at.x), size.x - 1), row), 0).r;
  uint kind = cell & 15u;
  if (kind == 0u) return;
  uint index = (cell >> 4) & 255u;
  float left = float((cell >> 12) & 15u) + 0.5, right = float((cell >> 16) & 15u) + 0.5;
  float glow = float((cell >> 20) & 63u) / 63.0, share = float(cell >> 26) / 63.0;
  float side = min(left, right), rim = min(y, rows.y - y);

  vec3 c = background;
  if (kind == 1u) {
    c = mix(owner(index, y), glow_colour, 0.6 * glow);
  } else if (kind == 2u) {
    bool edge = rows.y > 5.0 && (side < 1.0 * rows.w || rim < 1.0 * rows.w);
    c = mix(edge ? free_edge : free_fill, owner(index, y), 0.75 * glow);
  } else if (kind == 3u) {
    c = index == 255u ? mix(header, free_edge, 0.25) : mix(header, ramped ? ramp[min(index, 15u)] : hues[index % 8u], header_tint);
  } else if (kind == 4u) {
    c = rows.y < 6.0 ? mix(padding_light, padding_dark, 0.4) : mix(padding_light, padding_dark, stripes(y, 6.0));
    c = mix(c, glow_colour, 0.4 * glow);
  } else if (kind == 5u) {
    c = mix(foreign_fill, foreign_line, stripes(y, 8.0));
  } else if (kind == 6u) {
    c = mix(beyond_fill, beyond_line, rows.y < 6.0 ? 0.5 : stripes(y, 9.0));
  } else if (kind == 7u) {
    c = mix(free_fill, owner(index, 0.0), share <= 0.0 ? 0.0 : 0.18 + 0.82 * share);
  } else if (kind == 8u) {
    float bars = rows.y < 8.0 ? 0.0 : step(mod(y, 5.0 * rows.w), 1.3 * rows.w);
    c = mix(mix(guard_fill, guard_line, bars), glow_colour, 0.4 * glow);
  } else if (kind == 9u) {
    c = mix(mix(aside_fill, aside_line, rows.y < 6.0 ? 0.6 : crossed(y, 9.0)), glow_colour, 0.5 * glow);
    if (rows.y > 5.0 && (side < 1.0 * rows.w || rim < 1.0 * rows.w)) c = aside_line;
  } else if (kind == 13u) {
    bool edge = rows.y > 5.0 && (side < 1.0 * rows.w || rim < 1.0 * rows.w);
    float bars = rows.y < 6.0 ? 0.4 : step(mod(at.x, 5.0 * rows.w), 1.3 * rows.w);
    c = mix(edge ? free_edge : mix(free_fill, free_edge, bars), owner(index, y), 0.75 * glow);
  } else if (kind >= 10u) {
    c = pool(kind, index, y, side, rim, share, glow);
  }
  // Rounded corners, where there is room for them.
  float radius = kind == 7u || kind >= 11u ? 0.0 : min(2.5 * rows.w, rows.y * 0.2);
  if (radius > 1.0 && side < radius && rim < radius) {
    float outside = length(vec2(radius - side, radius - rim)) - radius + 0.5;
    c = mix(c, background, clamp(outside, 0.0, 1.0));
  }
  colour = vec4(c, 1.0);
}
)";

}  // namespace

MapPass::MapPass() : program_(fragment_source) {
  glGenTextures(1, &texture_);
  glBindTexture(GL_TEXTURE_2D, texture_);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
}

MapPass::~MapPass() {
  glDeleteTextures(1, &texture_);
}

void MapPass::upload(const MapRaster& raster) {
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, texture_);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  if (columns_ != raster.columns() || rows_ != raster.rows()) {
    columns_ = raster.columns();
    rows_ = raster.rows();
    glTexImage2D(GL_TEXTURE_2D, 0, GL_R32UI, columns_, rows_, 0, GL_RED_INTEGER, GL_UNSIGNED_INT,
                 raster.cells().data());
  } else {
    glTexSubImage2D(GL_TEXTURE_2D, 0, 0, 0, columns_, rows_, GL_RED_INTEGER, GL_UNSIGNED_INT,
                    raster.cells().data());
  }
}

void MapPass::add_to(ImDrawList& list, const DrawRect& rect, const Geometry& geometry,
                     const MapColours& colours, ColourBy colour_by) {
  rect_ = rect;
  colour_by_ = colour_by;
  geometry_ = geometry;
  colours_ = colours;
  list.AddCallback(
      [](const ImDrawList*, const ImDrawCmd* command) {
        static_cast<const MapPass*>(command->UserCallbackData)->draw();
      },
      this);
  list.AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

void MapPass::draw() const {
  if (columns_ == 0) return;
  program_.draw(rect_, [this] {
    glActiveTexture(GL_TEXTURE0);
    glBindTexture(GL_TEXTURE_2D, texture_);
    glUniform1i(program_.uniform("cells"), 0);
    glUniform4f(program_.uniform("rows"), geometry_.pitch, geometry_.row_height, geometry_.scroll,
                geometry_.scale);
    set_uniform(program_.uniform("background"), colours_.background);
    set_uniform(program_.uniform("free_fill"), colours_.free_fill);
    set_uniform(program_.uniform("free_edge"), colours_.free_edge);
    set_uniform(program_.uniform("header"), colours_.header);
    set_uniform(program_.uniform("padding_light"), colours_.padding_light);
    set_uniform(program_.uniform("padding_dark"), colours_.padding_dark);
    set_uniform(program_.uniform("beyond_fill"), colours_.beyond_fill);
    set_uniform(program_.uniform("beyond_line"), colours_.beyond_line);
    set_uniform(program_.uniform("foreign_fill"), colours_.foreign_fill);
    set_uniform(program_.uniform("foreign_line"), colours_.foreign_line);
    set_uniform(program_.uniform("guard_fill"), colours_.guard_fill);
    set_uniform(program_.uniform("guard_line"), colours_.guard_line);
    set_uniform(program_.uniform("aside_fill"), colours_.aside_fill);
    set_uniform(program_.uniform("aside_line"), colours_.aside_line);
    set_uniform(program_.uniform("glow_colour"), colours_.glow);
    glUniform1f(program_.uniform("header_tint"), colours_.header_tint);
    set_uniform(program_.uniform("hues"), colours_.hues);
    set_uniform(program_.uniform("ramp"),
                colour_by_ == ColourBy::size ? colours_.size_ramp : colours_.age_ramp);
    glUniform1i(program_.uniform("ramped"), is_ramp(colour_by_) ? 1 : 0);
  });
}

}  // namespace mh
