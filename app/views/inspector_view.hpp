#pragma once
// The right side: the selected block, byte by byte; or the heap's figures.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/views/scene.hpp"

namespace mh {

/// Draws what many selected blocks have in common.
void draw_region(Scene& scene, const RegionSummary& region);

class InspectorView {
 public:
  void draw(Scene& scene);

 private:
  void draw_block(Scene& scene, const PictureBlock& block);
  void draw_anatomy(Scene& scene, const PictureBlock& block) const;
  void draw_figures(Scene& scene, const PictureBlock& block) const;
  static void draw_part(const Scene& scene, const PictureBlock& block, CellKind kind, ImVec2 a,
                        ImVec2 b);
  static void draw_guard_row(const Scene& scene, const PictureBlock& block);
  static void draw_free_place(const Scene& scene, const PictureBlock& block);
  static void draw_pool(const Scene& scene, const PictureBlock& block, const PoolSlots& slots);
  void draw_memory(Scene& scene, const PictureBlock& block);
  void draw_header_bytes(Scene& scene, const PictureBlock& block) const;
  void draw_payload_bytes(Scene& scene, const PictureBlock& block) const;
  static void draw_payload_line(const Scene& scene, const PictureBlock& block, std::size_t begin,
                                std::span<const unsigned char> bytes, ImVec2 at);
  static void draw_line(const Ui& ui, std::string_view offset, std::span<const unsigned char> bytes,
                        ImU32 ink, std::string_view meaning);
  static std::string offset_of(const PictureBlock& block, std::size_t byte);
  void draw_buttons(Scene& scene, const PictureBlock& block) const;

  std::vector<unsigned char> bytes_;  ///< of the block as it lies in memory now, from its header on
};

}  // namespace mh
