#pragma once
// The keys of the commands' table, as the window system counts them.

#include <optional>

#include "app/model/command.hpp"
#include "app/render/window_context.hpp"

namespace mh {

[[nodiscard]] std::optional<Command> command_of(const KeyPress& press);

/// Copies, pastes or takes back letters: while a text field has the keyboard it is for that.
[[nodiscard]] bool edits_text(const KeyPress& press);

}  // namespace mh
