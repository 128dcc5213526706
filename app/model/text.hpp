#pragma once
// Text that comes from outside: bytes until it is known to be UTF-8 that can be shown.

#include <optional>
#include <string>
#include <string_view>

namespace mh {

/// Takes the next character off the front of a text in UTF-8. Nothing if the bytes there are none:
/// then one byte is taken. The text must not be empty.
std::optional<char32_t> take_character(std::string_view& text);
void append_character(std::string& text, char32_t character);

/// What a text file says, in UTF-8 and without a mark at its start. UTF-16 is known by its mark, or
/// by a zero beside its first letter; what it cannot mean is kept as bytes that are no UTF-8.
[[nodiscard]] std::string text_of_file(std::string bytes);

/// Why a line cannot be shown or stand in an XML file: it is not UTF-8, or holds a control
/// character. Empty: it can.
[[nodiscard]] std::string text_fault(std::string_view line);

/// The same text with U+FFFD for whatever cannot stand in an XML file.
[[nodiscard]] std::string without_faults(std::string_view text);

}  // namespace mh
