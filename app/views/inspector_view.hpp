#pragma once
// The right side: the selected block, byte by byte; or the heap's figures.

#include <vector>

#include "app/views/scene.hpp"

namespace mh {

class InspectorView {
 public:
  void draw(Scene& scene);

 private:
  void draw_block(Scene& scene, const PictureBlock& block);
  void draw_anatomy(Scene& scene, const PictureBlock& block) const;
  void draw_figures(Scene& scene, const PictureBlock& block) const;
  void draw_memory(Scene& scene, const PictureBlock& block);
  void draw_header_bytes(Scene& scene, const PictureBlock& block) const;
  void draw_payload_bytes(Scene& scene, const PictureBlock& block) const;
  void draw_buttons(Scene& scene, const PictureBlock& block) const;
  static void draw_heap(Scene& scene);

  std::vector<unsigned char> bytes_;  ///< of the block as it lies in memory now, from its header on
};

}  // namespace mh
