#pragma once
// What a slide shows of a function of the engine: what it does, without the lines that only tell
// and count, and with the statement marked that an event tells of.

#include <cstddef>

#include "app/lessons/engine_source.hpp"
#include "app/slides/slide.hpp"

namespace mh {

/// line: number in the file (from 1) of the place that tells the event. It stands directly behind
/// the statement that did what is told; if it is not shown itself, that statement is marked.
[[nodiscard]] SlideCode shown_code(const SourceFunction& function, std::size_t line);

}  // namespace mh
