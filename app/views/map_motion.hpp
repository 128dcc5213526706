#pragma once
// What happens on the map at human speed: the same as between two slides, drawn over the blocks as
// they are now. Where much happens the glow has to do.

#include <cstdint>
#include <optional>

#include "app/model/map_geometry.hpp"
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

 private:
  static std::optional<Slide> heap_of(const Scene& scene);
  void begin(const Scene& scene, Slide next, std::uint64_t position);

  std::optional<Slide> is_;   ///< what is there
  std::optional<Slide> was_;  ///< what is left behind; none: nothing moves
  bool forward_ = true;
  double seconds_ = 0, done_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t version_ = ~std::uint64_t{0};
};

}  // namespace mh
