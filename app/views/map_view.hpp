#pragma once
// The map in the middle of the window: rows of addresses, the break, the block under the pointer.

#include <cstdint>
#include <string>
#include <vector>

#include "app/model/map_geometry.hpp"
#include "app/model/map_raster.hpp"
#include "app/render/map_pass.hpp"
#include "app/views/free_list_arrows.hpp"
#include "app/views/map_motion.hpp"
#include "app/views/map_overlay.hpp"
#include "app/views/scene.hpp"

namespace mh {

class MapView {
 public:
  /// Takes note of what happened since the last frame; before what else tells it is drawn.
  void follow(Scene& scene) {
    calm_ = motion_.follow(scene);
    scene.visits_told = motion_.visits_told();
  }
  void flash(const BlockRange& bytes) { motion_.flash(bytes); }
  /// Draws into the current window, from `from` to `to` (ImGui's units).
  void draw(Scene& scene, ImVec2 from, ImVec2 to);

  void fit() { geometry_.fit(); }
  /// At the block at address if it is in view, else at the middle of the map.
  void zoom(double notches, std::uint64_t address);
  void show(const PictureBlock& block);  ///< as large as a row allows
  void show(const BlockRange& range) { geometry_.show_all(range.from, range.to); }
  void reveal(std::uint64_t address) { geometry_.reveal(address); }
  void add_scroll(double notches) { scroll_ += notches; }

  /// Closes the context menu; false if there is none.
  bool close_menu() {
    close_menu_ = menu_open_;
    return menu_open_;
  }

  /// The map without panels: rows, minimap and legend, for a picture of the map alone.
  [[nodiscard]] TargetRect area() const { return area_; }

 private:
  struct Layout {
    ImVec2 from, to;  ///< the rows
    float label_width;
  };
  void draw_title(Scene& scene, ImVec2 from, ImVec2 to) const;
  void handle_pointer(Scene& scene, const Layout& layout);
  void handle_wheel(Scene& scene, bool over, double x, double y);
  void handle_drag(Scene& scene, bool over, double x, double y);
  void handle_click(Scene& scene);
  void draw_selection(Scene& scene, const Layout& layout) const;
  void draw_row_labels(Scene& scene, const Layout& layout) const;
  void draw_break(Scene& scene, const Layout& layout);
  void draw_minimap(Scene& scene, ImVec2 from, ImVec2 to);
  void draw_hover(Scene& scene) const;
  void draw_context_menu(Scene& scene);

  MapGeometry geometry_;
  MapRaster raster_;
  MapPass pass_;
  MapOverlay overlay_;
  MapMotion motion_;
  FreeListArrows arrows_;
  MapRaster overview_;
  double overview_made_ = -1;
  double shown_break_ = 0;  ///< where the break is drawn: it slides to where it stands
  double scroll_ = 0;       ///< notches of the wheel not yet used
  bool dragging_ = false;
  bool moved_ = false;  ///< the press became a drag
  bool calm_ = false;   ///< blocks are followed one by one
  bool pressed_with_shift_ = false;
  struct {
    double x = 0, y = 0;
  } pressed_at_;                         ///< pixels of the rows
  std::uint64_t hovered_slot_ = 0;       ///< address of the pool's slot under the pointer
  float row_above_ = 0, row_below_ = 0;  ///< edges of the row under it, ImGui's units
  bool menu_open_ = false;
  bool close_menu_ = false;
  TargetRect area_;
};

}  // namespace mh
