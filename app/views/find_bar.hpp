#pragma once
// The field that finds a block by its address, name or size.

#include <optional>
#include <string>

#include "app/model/find_block.hpp"
#include "app/views/scene.hpp"

namespace mh {

class FindBar {
 public:
  void open() { open_ = focus_ = true; }
  [[nodiscard]] bool is_open() const { return open_; }
  /// False: it was not open.
  bool close();
  /// Draws it over the map, whose top right corner is `corner`. Returns what was found when
  /// something was looked for.
  std::optional<FoundBlock> draw(Scene& scene, ImVec2 corner, float room);

 private:
  bool open_ = false;
  bool focus_ = false;
  std::string text_;
};

}  // namespace mh
