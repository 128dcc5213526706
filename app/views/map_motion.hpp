#pragma once
// What happens on the map at human speed: the same as between two slides, drawn over the blocks as
// they are now. Where much happens the glow has to do.

#include <cstddef>
#include <cstdint>
#include <optional>

#include "app/model/map_geometry.hpp"
#include "app/model/region.hpp"
#include "app/slides/slide.hpp"
#include "app/views/map_pieces.hpp"
#include "app/views/scene.hpp"

namespace mh {

class MapMotion {
 public:
  /// Takes note of what changed since the last frame. True: changes are calm enough to be shown
  /// here.
  bool follow(Scene& scene);
  void draw(const Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin) const;
  /// The search's frame on its way to the next block, over all else.
  void draw_walk(const Scene& scene, ImDrawList& list, const MapGeometry& geometry,
                 ImVec2 origin) const;
  /// Bytes were just written where nobody should write.
  void flash(const BlockRange& bytes);

  /// The heap on its way; null: nothing moves.
  [[nodiscard]] const SlideHeap* heap() const { return now_ ? &now_->heaps.front() : nullptr; }
  /// So many of the last search's visits are told.
  [[nodiscard]] std::size_t visits_told() const {
    return now_ ? now_->visits_told : ~std::size_t{0};
  }
  /// Whether a block of the picture is yet to come to where it is.
  [[nodiscard]] bool awaits(const PictureBlock& block) const;

 private:
  void begin(const Scene& scene, Slide next, std::uint64_t position);
  void fade(Scene& scene);

  std::optional<Slide> is_;   ///< what is there
  std::optional<Slide> was_;  ///< what is left behind; none: nothing moves
  std::optional<Slide> now_;  ///< between the two
  bool forward_ = true;
  double seconds_ = 0, done_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t version_ = ~std::uint64_t{0};
  BlockRange flash_{};
  double flash_left_ = 0;  ///< seconds
};

}  // namespace mh
