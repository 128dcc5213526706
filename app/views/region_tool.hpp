#pragma once
// What the window does with many selected blocks: sums them up, frees them, a bit in each frame.

#include <optional>
#include <string>

#include "app/model/region.hpp"
#include "app/sources/region_free.hpp"
#include "app/views/scene.hpp"

namespace mh {

class RegionTool {
 public:
  /// Before panels are drawn, while the reader stands still: tells the scene what is selected.
  void look(Scene& scene);
  /// After drawing, while the reader runs. Says what was freed when all is.
  std::optional<std::string> work(Lab& lab);

  /// Begins to free all blocks in use of the region.
  void free_all(const MapRegion& region);
  [[nodiscard]] bool freeing() const { return freeing_.has_value(); }
  std::string stop();                  ///< while freeing; says what was freed until now
  void forget() { freeing_.reset(); }  ///< the heap was emptied

  [[nodiscard]] const RegionSummary& summary() const { return summary_; }

 private:
  RegionSummary summary_;
  std::optional<RegionFree> freeing_;
};

}  // namespace mh
