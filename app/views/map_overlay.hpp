#pragma once
// What is written on the map where there is room: names, sizes, header marks, bytes; and outlines.

#include "app/model/map_geometry.hpp"
#include "app/views/byte_overlay.hpp"
#include "app/views/map_motion.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// Draws over the rows of the map. Positions of the geometry are pixels of the target from origin.
class MapOverlay {
 public:
  /// Labels of the blocks in view that are large enough and where they are to be, and their bytes
  /// when a byte has room.
  void draw_labels(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin,
                   const MapMotion& motion);
  /// A line round a block, or a part of one, on every row that it touches.
  static void draw_outline(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                           ImVec2 origin, const BlockRange& range, ImU32 colour, float thickness);
  /// Crosses out the blocks that were found damaged and are not set aside yet.
  static void draw_damage(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                          ImVec2 from, ImVec2 to);
  /// Marks the blocks of a selection, on every row in view.
  static void draw_ranges(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                          ImVec2 origin, const std::vector<BlockRange>& ranges);

 private:
  void label_block(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin,
                   const PictureBlock& block) const;
  static void label_pool(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                         ImVec2 origin, const PictureBlock& block, const PoolSlots& slots);

  ByteOverlay bytes_;
};

}  // namespace mh
