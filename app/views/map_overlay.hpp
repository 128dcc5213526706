#pragma once
// What is written on the map where there is room: names, sizes, header marks, bytes; and outlines.

#include <cstdint>
#include <vector>

#include "app/model/map_geometry.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// Draws over the rows of the map. Positions of the geometry are pixels of the target from origin.
class MapOverlay {
 public:
  /// Labels of the blocks in view that are large enough, and their bytes when a byte has room.
  void draw_labels(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin);
  /// A line round a block, on every row that it touches.
  static void draw_outline(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                           ImVec2 origin, const PictureBlock& block, ImU32 colour, float thickness);

 private:
  /// A part of a block on one row.
  struct Piece {
    float x0, x1, y0, y1;
  };
  static std::vector<Piece> pieces(const MapGeometry& geometry, ImVec2 origin, float density,
                                   std::uint64_t from, std::uint64_t to);
  void label_block(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin,
                   const PictureBlock& block) const;
  void draw_bytes(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin);
  void draw_header_fields(Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                          ImVec2 origin, const PictureBlock& block) const;

  std::vector<unsigned char> bytes_;
};

}  // namespace mh
