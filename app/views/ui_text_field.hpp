#pragma once
// A field for a word or a number.

#include <string>
#include <string_view>

#include "app/views/ui.hpp"

namespace mh {

/// What differs from field to field.
struct FieldLook {
  float height = 32;
  bool small = false;  ///< in the letters of the rest
  /// Whether a text can become something that it takes; null: anything can.
  bool (*takes)(std::string_view) = nullptr;
};

/// One line of text; unit stands dimmed at its right end. True when Enter was pressed in it; then
/// it gives the keyboard back.
bool text_field(const Ui& ui, const char* name, std::string& text, float width, const char* unit,
                const FieldLook& look = {});

}  // namespace mh
