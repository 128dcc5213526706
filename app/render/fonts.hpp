#pragma once
// The typefaces inside the program: found when it was configured, so that it needs no file later.

#include <cstddef>
#include <span>

namespace mh {

enum class FontFace { inter_regular, inter_medium, inter_semibold, mono_regular, mono_medium };

/// The face's font file (TrueType or OpenType). Empty if it was not found when the program was
/// configured.
[[nodiscard]] std::span<const std::byte> font_data(FontFace face);

/// Height of a line, from the top of the tallest letter to the foot of the deepest, for letters of
/// size 1 (one em); 1 if the data is not a font. face: of a collection.
[[nodiscard]] float font_line_height(std::span<const std::byte> font, int face = 0);

/// Height above the base line of the tallest letter, of letters of size 1 (one em); 1 if the data
/// is not a font.
[[nodiscard]] float font_ascent(std::span<const std::byte> font);

}  // namespace mh
