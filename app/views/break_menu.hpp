#pragma once
// "Break it": the classic mistakes, to be made with the selected block.

#include "app/views/scene.hpp"

namespace mh {

/// In the map's context menu, while that is drawn.
void draw_break_submenu(Scene& scene);

/// The same as a menu of its own, for the keyboard: digits choose.
class BreakMenu {
 public:
  void open() { opening_ = true; }
  /// False if it is not open.
  bool close() {
    closing_ = open_;
    return open_;
  }
  void draw(Scene& scene, ImVec2 middle);

 private:
  bool opening_ = false;
  bool open_ = false;
  bool closing_ = false;
};

}  // namespace mh
