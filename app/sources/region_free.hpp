#pragma once
// Frees all blocks of a region by hand, some in each frame.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "app/model/region.hpp"
#include "app/sources/lab.hpp"

namespace mh {

/// Collects blocks while the picture stands still, and frees them when it moves again: the heap
/// must not be used while the reader is held. Up to Hand::undo_group blocks are one action that can
/// be undone; more are freed for good.
class RegionFree {
 public:
  explicit RegionFree(const MapRegion& region) : region_(region) {}

  /// Finds the next blocks in use, in order of address.
  void collect(const HeapPicture& picture);
  /// Frees for about that long.
  void work(Lab& lab, std::chrono::nanoseconds about);
  [[nodiscard]] bool done() const { return all_collected_ && freed_from_ == blocks_.size(); }
  /// What was done, in a sentence.
  [[nodiscard]] std::string outcome() const;

 private:
  MapRegion region_;
  std::vector<std::uint64_t> blocks_;  ///< collected, by address of the header
  std::size_t freed_from_ = 0;         ///< those before it are done with
  std::size_t at_once_ = 16;           ///< between two looks at the clock
  std::uint64_t next_ = 0;             ///< the address from which to collect
  bool all_collected_ = false;
  bool undoable_ = false;
  Hand::Freed result_;
};

}  // namespace mh
