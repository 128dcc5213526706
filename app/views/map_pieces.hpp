#pragma once
// Where a stretch of addresses lies on the window: a rectangle on each row that it touches.

#include <cstdint>
#include <vector>

#include "app/model/map_geometry.hpp"
#include "app/render/imgui_compat.hpp"

namespace mh {

/// A part of a block on one row, in ImGui's units.
struct MapPiece {
  float x0, x1, y0, y1;
  [[nodiscard]] float width() const { return x1 - x0; }
  [[nodiscard]] float height() const { return y1 - y0; }
};

/// The pieces of [from, to) that are in view. Positions of the geometry are pixels of the target
/// from origin, density of them for one of ImGui's units.
std::vector<MapPiece> map_pieces(const MapGeometry& geometry, ImVec2 origin, float density,
                                 std::uint64_t from, std::uint64_t to);

}  // namespace mh
