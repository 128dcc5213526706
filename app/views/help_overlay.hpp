#pragma once
// The list of shortcuts (F1), and the keys themselves: one table for both.

#include <optional>
#include <span>

#include "app/render/window_context.hpp"
#include "app/views/scene.hpp"

namespace mh {

/// A key and what it does. mods: GLFW_MOD_CONTROL and GLFW_MOD_SHIFT.
struct Shortcut {
  int key;
  int mods;
  Command command;
  bool repeats;      ///< also while the key is held
  const char* keys;  ///< as people read it; nullptr: an alternative that the list leaves out
  const char* words;
};

[[nodiscard]] std::span<const Shortcut> shortcuts();
[[nodiscard]] std::optional<Command> command_of(const KeyPress& press);

/// The list, over everything else; a click or Escape closes it.
void draw_help(Scene& scene, ImVec2 display);

}  // namespace mh
