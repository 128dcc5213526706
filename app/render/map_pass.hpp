#pragma once
// Draws the map: a texture of cells, a shader that turns them into blocks.

#include <imgui.h>

#include <array>

#include "app/model/map_raster.hpp"
#include "app/render/gl_program.hpp"

namespace mh {

/// Linear-in-sRGB colours of the map, components 0..1.
struct MapColours {
  ImVec4 background, free_fill, free_edge, header, padding_light, padding_dark, beyond_fill,
      beyond_line, foreign_fill, foreign_line, guard_fill, guard_line, aside_fill, aside_line, glow;
  float header_tint = 0.25F;     ///< how much of the owner's hue a header shows
  std::array<ImVec4, 8> hues{};  ///< owners; see colour_index()
  std::array<ImVec4, ramp_steps> age_ramp{}, size_ramp{};
};

class MapPass {
 public:
  MapPass();
  ~MapPass();
  MapPass(const MapPass&) = delete;
  MapPass& operator=(const MapPass&) = delete;

  /// Hands the cells to the GPU; call it when MapRaster::update() returned true.
  void upload(const MapRaster& raster);

  struct Geometry {
    float pitch = 27, row_height = 20, scroll = 0, scale = 1;
  };
  /// Adds the map to a draw list; it is drawn when the list is. The pass must live until then.
  void add_to(ImDrawList& list, const DrawRect& rect, const Geometry& geometry,
              const MapColours& colours, ColourBy colour_by);

 private:
  void draw() const;
  RectangleProgram program_;
  unsigned texture_ = 0;
  int columns_ = 0, rows_ = 0;
  DrawRect rect_;
  Geometry geometry_;
  MapColours colours_;
  ColourBy colour_by_ = ColourBy::thread;
};

}  // namespace mh
