#pragma once
// A switch with two positions.

#include "app/views/ui.hpp"

namespace mh {

/// A toggle with its label behind it. True: it was clicked.
bool toggle(const Ui& ui, const char* name, std::string_view label, bool on, float width);

/// A line that opens and closes what stands below it. True: it was clicked.
bool fold(const Ui& ui, const char* name, std::string_view label, bool open, float width);

}  // namespace mh
