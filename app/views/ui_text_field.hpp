#pragma once
// A field for a word or a number.

#include <string>

#include "app/views/ui.hpp"

namespace mh {

/// One line of text; unit stands dimmed at its right end. True when Enter was pressed in it.
bool text_field(const Ui& ui, const char* name, std::string& text, float width, const char* unit);

}  // namespace mh
