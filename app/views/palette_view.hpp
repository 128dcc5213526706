#pragma once
// The palette (Ctrl+K): a field to type into, and below it what was found.

#include <optional>
#include <string>
#include <vector>

#include "app/model/palette.hpp"
#include "app/render/window_context.hpp"
#include "app/views/ui.hpp"

namespace mh {

class PaletteView {
 public:
  void open(std::vector<PaletteItem> items);
  void close() { open_ = false; }
  [[nodiscard]] bool is_open() const { return open_; }
  /// The item that Enter would choose; empty: none is there.
  [[nodiscard]] std::string first_choice() const;

  /// True if the key means something here.
  bool press(const KeyPress& key);
  void draw(const Ui& ui, ImVec2 display, Situation there_is);
  /// What was chosen, once; the palette is closed then.
  [[nodiscard]] std::optional<Choice> take_choice();

 private:
  void look_again();
  void choose(std::size_t index);
  void draw_field(const Ui& ui, float width);
  void draw_row(const Ui& ui, std::size_t index, float width, Situation there_is);
  void draw_foot(const Ui& ui, Situation there_is) const;

  std::vector<PaletteItem> items_;    ///< all
  std::vector<PaletteItem> matches_;  ///< those that fit what was typed
  std::string typed_;
  std::optional<Choice> choice_;
  std::size_t chosen_ = 0;  ///< of the matches
  std::size_t top_ = 0;     ///< the first match in view
  bool open_ = false;
  bool opening_ = false;  ///< the field is to get the keyboard
};

}  // namespace mh
