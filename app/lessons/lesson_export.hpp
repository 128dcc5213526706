#pragma once
// A lesson's slides as files that need no display.

#include <string>

#include "app/lessons/lesson_deck.hpp"
#include "app/slides/slide_painter.hpp"

namespace mh {

/// The slide as an SVG file's bytes: the same everywhere.
[[nodiscard]] std::string slide_as_svg(const Slide& slide, const SlideOptions& options);

/// What a slide shows, in a sentence, for those who cannot see it.
[[nodiscard]] std::string slide_in_words(const Slide& slide);

/// Writes text to file, whole or not at all. An error sentence, or empty.
[[nodiscard]] std::string write_text_file(const std::string& file, const std::string& text);

}  // namespace mh
