#pragma once
// From blocks to cells: for every pixel column of every row of the map, what lies there. The map
// costs pixels, not blocks; a row is made anew only when something in it changed.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "app/model/colour_by.hpp"
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
  density,
  guard,
  set_aside,
  pool,       ///< a pool's block around its slots; share: of its slots in use, where they are small
  slot_used,  ///< of a pool
  slot_free,
  cached  ///< free, but waiting for a thread
};

/// One pixel column of a row, 32 bits, as the shader of the map reads it:
///   bits 0-3 kind | 4-11 colour | 12-15 pixels to the left edge | 16-19 to the right edge (15:
///   farther) | 20-25 glow 0..63 | 26-31 share in use 0..63 (density and pool)
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

class MapRaster {
 public:
  static constexpr std::uint64_t glow_ns = 450'000'000;

  struct Options {
    ColourBy colour_by = ColourBy::thread;
    std::uint64_t now = 0;                       ///< ns, the moment at which glows are judged
    std::uint64_t age_now = 0;                   ///< ns, the moment at which ages are judged
    double glow = 1;                             ///< strength, 0: no motion
    bool free_glows = true;                      ///< what is free, too
    std::uint64_t glow_ns = MapRaster::glow_ns;  ///< how long what changed glows
    std::uint64_t identity = 0;  ///< of the picture's source; another number drops what is kept
  };
  /// Brings the cells up to date with what geometry shows of picture. Returns true if any changed.
  bool update(const HeapPicture& picture, const MapGeometry& geometry, const Options& options);

  /// The whole heap as one row of density cells, for the minimap. Not to be mixed with update().
  const std::vector<Cell>& make_overview(const HeapPicture& picture, int columns,
                                         ColourBy colour_by, std::uint64_t age_now);

  [[nodiscard]] int columns() const { return columns_; }
  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] const std::vector<Cell>& cells() const {
    return cells_;
  }  ///< rows() times columns()
  /// True while a glow has yet to decay.
  [[nodiscard]] bool glowing() const { return glowing_; }
  /// When the first row changes its colour because what it shows has become older, on the clock of
  /// Options::age_now; UINT64_MAX: never.
  [[nodiscard]] std::uint64_t next_ageing() const { return next_ageing_; }
  [[nodiscard]] int rows_made() const { return rows_made_; }  ///< by the last update()

 private:
  struct Row {
    double offset = 0;
    std::uint64_t version = ~0ULL;
    std::uint64_t hot_until = 0;    ///< ns: glows in it until then
    std::uint64_t ages_at = never;  ///< ns: its colours tell the ages until then
    bool was_hot = false;
  };
  struct Span;
  struct Body;
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
  bool take_shape(const HeapPicture& picture, const MapGeometry& geometry, const Options& options);
  void make_aged_rows(const HeapPicture& picture, const MapGeometry& geometry,
                      const Options& options);
  void make_row(const HeapPicture& picture, const MapGeometry& geometry, const Options& options,
                int row);
  void make_blocks(const HeapPicture& picture, const Span& span, const Options& options, Row& row);
  static void paint_used(const HeapPicture& picture, const Span& span, const PictureBlock& block,
                         const Body& body);
  static void paint_slots(const PoolSlots& slots, const Span& span, const PictureBlock& block,
                          const Body& body);
  void make_density(const HeapPicture& picture, const Span& span, const Options& options, Row& row);
  void make_from_summaries(const HeapPicture& picture, const Span& span, const Options& options,
                           Row& row);
  unsigned sampled_step(const HeapPicture& picture, std::uint64_t from, const Options& options,
                        std::optional<std::uint64_t>& youngest);
  void fill_outside(const HeapPicture& picture, const Span& span);

  std::vector<Cell> cells_;
  std::vector<Row> row_state_;
  int columns_ = 0, rows_ = 0, rows_made_ = 0;
  double row_bytes_ = 0;
  std::uint64_t start_ = 0, break_ = 0;
  Options last_;
  bool glowing_ = false;
  std::uint64_t next_ageing_ = never;
  std::size_t ageing_turn_ = 0;  ///< the row that is the next to be made anew for its age
  std::uint64_t looked_at_ = 0;  ///< blocks, in the last update()

  /// What lies in a pixel: lengths in pixels.
  struct Share {
    double used = 0, all = 0;
    double weight = 0;    ///< an owner's lead over the others; of a ramp: steps times lengths
    unsigned colour = 0;  ///< the owner who leads
    void add_used(double part, unsigned index, bool ramp);
    [[nodiscard]] unsigned colour_index(bool ramp) const;
  };
  std::vector<Share> shares_;  ///< of one row, kept for its memory
};

}  // namespace mh
