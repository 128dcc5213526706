#pragma once
// The bytes of the blocks in view, written out on the map where a byte has room, and the names of
// what they are.

#include <cstdint>
#include <string>
#include <vector>

#include "app/model/map_geometry.hpp"
#include "app/views/map_pieces.hpp"
#include "app/views/scene.hpp"

namespace mh {

class ByteOverlay {
 public:
  /// Whether a byte is large enough to be written out.
  static bool has_room(const Scene& scene, const MapGeometry& geometry);
  void draw(Scene& scene, ImDrawList& list, const MapGeometry& geometry, ImVec2 origin);

 private:
  /// What a frame's bytes are drawn with.
  struct Canvas {
    const Scene& scene;
    ImDrawList& list;
    const MapGeometry& geometry;
    ImVec2 origin;
    std::uint64_t first;   ///< address of bytes_[0]
    std::size_t readable;  ///< of bytes_
    float cell, height;    ///< of a byte, ImGui's units
  };
  /// What bytes [from, to) of the heap are called, under them.
  struct Name {
    std::uint64_t from, to;
    std::string words;  ///< with what they say
    std::string word;   ///< where that has no room
    ImU32 ink, frame;
    ImU32 ground = 0;  ///< behind the words, where they stand on a pattern
  };
  void draw_block(const Canvas& canvas, const PictureBlock& block) const;
  void draw_byte(const Canvas& canvas, const PictureBlock& block, std::uint64_t address) const;
  [[nodiscard]] std::vector<Name> names_of(const Canvas& canvas, const PictureBlock& block) const;
  [[nodiscard]] std::vector<Name> links_of(const Canvas& canvas, const PictureBlock& block) const;
  static void draw_name(const Canvas& canvas, const Name& name);
  /// The bytes at an address, as far as they could be read.
  [[nodiscard]] std::span<const unsigned char> bytes_at(const Canvas& canvas, std::uint64_t address,
                                                        std::size_t size) const;

  std::vector<unsigned char> bytes_;
};

}  // namespace mh
