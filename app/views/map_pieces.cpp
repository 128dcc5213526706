#include "app/views/map_pieces.hpp"

#include <algorithm>
#include <cmath>

namespace mh {

std::vector<MapPiece> map_pieces(const MapGeometry& geometry, ImVec2 origin, float density,
                                 std::uint64_t from, std::uint64_t to) {
  std::vector<MapPiece> result;
  if (to <= from) return result;
  const MapGeometry::Point begin = geometry.locate(from);
  const MapGeometry::Point end = geometry.locate(to);
  const int first = std::max(begin.row, 0);
  const int last = std::min(end.row, geometry.rows() - 1);
  for (int row = first; row <= last; ++row) {
    const double x0 = row == begin.row ? begin.x : 0;
    const double x1 = row == end.row ? end.x : geometry.width();
    if (x1 - x0 < 0.5) continue;
    const double y = geometry.row_top(row);
    const auto to_ui = [density](double pixels) {
      return static_cast<float>(std::round(pixels)) / density;
    };
    result.push_back({origin.x + to_ui(x0), origin.x + to_ui(x1), origin.y + to_ui(y),
                      origin.y + to_ui(y + geometry.row_height())});
  }
  return result;
}

}  // namespace mh
