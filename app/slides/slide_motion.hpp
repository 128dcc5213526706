#pragma once
// What happens between two slides of the same heap: one function, in the slides' own terms. Whoever
// draws slides draws what lies between them as well.

#include "app/slides/slide.hpp"

namespace mh {

/// The slide at time t on the way from one slide to another: at 0 it is the one, at 1 the other,
/// exactly. In between the heap's blocks lie side by side up to the break, as always, and
/// everything that is said is what the second slide says.
[[nodiscard]] Slide slide_between(const Slide& was, const Slide& is, double t);

/// How long that takes at its usual pace, in seconds; 0: nothing moves.
[[nodiscard]] double motion_seconds(const Slide& was, const Slide& is);

}  // namespace mh
