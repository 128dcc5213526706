#pragma once
// The free list on the map: an arrow from each free block to the next one that a search looks at.

#include <vector>

#include "app/model/map_geometry.hpp"
#include "app/model/region.hpp"
#include "app/slides/slide.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// Arrows to higher addresses run below their row, arrows to lower ones above it; from row to row
/// they go along the gap between rows, and straight across what lies between. Nothing is drawn
/// where they would be too many or too small to be followed.
class FreeListArrows {
 public:
  static constexpr std::size_t most_arrows = 60;

  /// origin: where the geometry's positions are counted from, in ImGui's units. moving: the heap on
  /// its way, whose arrows turn; null: all are at rest.
  void draw(const Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin,
            const SlideHeap* moving);
  /// Marks the first block of the list, after draw(); left and right bound the map.
  void draw_head(const Scene& scene, ImDrawList& list, float left, float right) const;

 private:
  /// A block of the list, or the way to it.
  struct Stop {
    float x, top, bottom;  ///< the middle of its payload, and its row
    float width;           ///< of what is in view there
    bool in_view;
    bool pointed_at;  ///< hovered or selected
  };
  struct Style {
    float gap;  ///< between rows
    int lane;   ///< -1, 0, 1: arrows that share a gap do not lie on each other
  };
  /// What an arrow is drawn of.
  struct Way {
    std::vector<ImVec2> line;
    ImVec2 tip{}, end{};  ///< of its head: the line ends where the head begins
  };
  static Stop stop_at(const Scene& scene, const MapGeometry& geometry, ImVec2 origin,
                      std::uint64_t header, const BlockRange& payload);
  bool collect(const Scene& scene, const MapGeometry& geometry, ImVec2 origin);
  static Way way_between(const Scene& scene, ImDrawList& list, const Stop& from, const Stop& to,
                         const Style& style);
  static Way turned(const Way& was, const Way& is, float done);
  static void draw_way(const Scene& scene, ImDrawList& list, const Way& way, bool strong,
                       float strength);
  static void draw_turning(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                           ImVec2 origin, const SlideHeap& heap);

  std::vector<Stop> stops_;  ///< in the order of the list, from its head on
};

}  // namespace mh
