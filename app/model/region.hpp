#pragma once
// Many blocks at once: what a rectangle on the map touches, and what lies in it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/model/colour_by.hpp"
#include "app/model/heap_picture.hpp"
#include "app/model/map_geometry.hpp"

namespace mh {

struct BlockRange {
  std::uint64_t from = 0, to = 0;  ///< to: the first address behind it
  bool operator==(const BlockRange&) const = default;
};

/// The addresses that a rectangle of the map covered when it was drawn: a stretch of each of its
/// rows. It stays with these addresses however the map is zoomed afterwards. Bytes, fractions
/// too.
struct MapRegion {
  double offset = 0;  ///< of the first stretch, from the heap's start; can be negative
  double length = 0;  ///< of a stretch
  double stride = 0;  ///< from stretch to stretch
  int count = 0;      ///< of stretches; 0: it touches no row
  bool operator==(const MapRegion&) const = default;
};

/// What a rectangle between two corners touches; positions as MapGeometry has them.
MapRegion region_between(const MapGeometry& geometry, double x0, double y0, double x1, double y1);

/// The blocks that a region touches, as whole blocks: disjoint ranges, ascending.
std::vector<BlockRange> ranges_of(const HeapPicture& picture, const MapRegion& region);

/// Sums over many blocks. Bytes, or counts.
struct RegionTotals {
  struct Owner {
    std::uint16_t thread = 0;
    std::uint64_t blocks = 0, requested = 0;  ///< in use
  };
  std::uint64_t used_blocks = 0, free_blocks = 0, set_aside_blocks = 0, foreign_blocks = 0;
  std::uint64_t header = 0, requested = 0, padding = 0, guard = 0, free = 0, set_aside = 0,
                foreign = 0;
  std::uint64_t largest_free = 0;                 ///< capacity of the largest free block
  std::array<std::uint64_t, ramp_steps> sizes{};  ///< blocks in use by size_step() of what was
                                                  ///< requested
  std::vector<Owner> owners;                      ///< by thread, ascending

  [[nodiscard]] std::uint64_t blocks() const {
    return used_blocks + free_blocks + set_aside_blocks + foreign_blocks;
  }
  [[nodiscard]] std::uint64_t bytes() const {
    return header + requested + padding + guard + free + set_aside + foreign;
  }
  void add(const PictureBlock& block);
};

/// Sums up a region a bit at a time, so that a million blocks hold up no frame.
class RegionSummary {
 public:
  /// Looks at up to `most` blocks. Where the picture changed since they were summed up, it begins
  /// anew after the present pass. Returns true while there is more to look at.
  bool advance(const HeapPicture& picture, const MapRegion& region, std::size_t most);

  /// Of the last whole pass; of what the first has seen so far, until it ends.
  [[nodiscard]] const RegionTotals& totals() const { return complete_ ? shown_ : counting_; }
  [[nodiscard]] bool complete() const { return complete_; }  ///< one pass went to its end
  /// Nothing changed during the last whole pass, nor until the last advance().
  [[nodiscard]] bool exact() const { return complete_ && !passing_ && unchanged_; }
  [[nodiscard]] double progress() const { return progress_; }  ///< of the first pass, 0 to 1
  [[nodiscard]] const std::vector<BlockRange>& ranges() const { return ranges_; }

 private:
  void count(const HeapPicture& picture, std::size_t most);

  MapRegion region_;
  std::vector<BlockRange> ranges_;
  RegionTotals shown_, counting_;
  std::uint64_t version_ = 0;  ///< of the picture when the pass began
  std::uint64_t next_ = 0;     ///< the address from which the pass goes on
  double progress_ = 0;
  bool passing_ = false, complete_ = false, unchanged_ = false;
};

}  // namespace mh
