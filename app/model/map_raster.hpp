#pragma once
// From blocks to cells: for every pixel column of every row of the map, what lies there. The map
// costs pixels, not blocks; a row is made anew only when something in it changed.

#include <cstdint>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/model/map_geometry.hpp"

namespace mh {

enum class CellKind : std::uint32_t {
  outside = 0,
  used,
  free,
  header,
  padding,
  foreign,
  beyond,
  density
};

/// One pixel column of a row, 32 bits, as the shader of the map reads it:
///   bits 0-3 kind | 4-11 colour | 12-15 pixels to the left edge | 16-19 to the right edge (15:
///   farther) | 20-25 glow 0..63 | 26-31 share in use 0..63 (density only)
using Cell = std::uint32_t;

constexpr CellKind cell_kind(Cell cell) {
  return static_cast<CellKind>(cell & 15U);
}
constexpr unsigned cell_colour(Cell cell) {
  return (cell >> 4) & 255U;
}
constexpr unsigned cell_share(Cell cell) {
  return cell >> 26;
}

/// What the colour of a used block tells.
enum class ColourBy { state, thread };

/// The colour index of a block: 0 for all by state; by thread its number, or 0 for the hand.
unsigned colour_index(ColourBy colour_by, std::uint16_t thread);

class MapRaster {
 public:
  static constexpr std::uint64_t glow_ns = 450'000'000;

  struct Options {
    ColourBy colour_by = ColourBy::thread;
    std::uint64_t now = 0;                       ///< ns, the moment at which glows are judged
    double glow = 1;                             ///< strength, 0: no motion
    std::uint64_t glow_ns = MapRaster::glow_ns;  ///< how long what changed glows
    std::uint64_t identity = 0;  ///< of the picture's source; another number drops what is kept
  };
  /// Brings the cells up to date with what geometry shows of picture. Returns true if any changed.
  bool update(const HeapPicture& picture, const MapGeometry& geometry, const Options& options);

  /// The whole heap as one row of density cells, for the minimap. Not to be mixed with update().
  const std::vector<Cell>& make_overview(const HeapPicture& picture, int columns,
                                         ColourBy colour_by);

  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] const std::vector<Cell>& cells() const {
    return cells_;
  }  ///< rows() times columns()
  /// True while a glow has yet to decay.
  [[nodiscard]] bool glowing() const { return glowing_; }
  [[nodiscard]] int rows_made() const { return rows_made_; }  ///< by the last update()

 private:
  struct Row {
    double offset = 0;
    std::uint64_t version = ~0ULL;
    std::uint64_t hot_until = 0;  ///< ns: glows in it until then
    bool was_hot = false;
  };
  struct Span;
  void make_row(const HeapPicture& picture, const MapGeometry& geometry, const Options& options,
                int row);
  void make_blocks(const HeapPicture& picture, const Span& span, const Options& options, Row& row);
  void make_density(const HeapPicture& picture, const Span& span, const Options& options);
  void make_from_summaries(const HeapPicture& picture, const Span& span, const Options& options);
  void fill_outside(const HeapPicture& picture, const Span& span);

  std::vector<Cell> cells_;
  std::vector<Row> row_state_;
  int columns_ = 0, rows_ = 0, rows_made_ = 0;
  double row_bytes_ = 0;
  std::uint64_t start_ = 0, break_ = 0;
  Options last_;
  bool glowing_ = false;

  struct Share {
    double used = 0, all = 0, best = 0;
    unsigned colour = 0;
  };
  std::vector<Share> shares_;  ///< of one row, kept for its memory
};

}  // namespace mh
