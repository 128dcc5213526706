#pragma once
// What the colour of a block tells: its state, its thread, its age or its size.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/model/heap_picture.hpp"

namespace mh {

/// What the colour of a used block tells.
enum class ColourBy { state, thread, age, size };
inline constexpr ColourBy all_colour_by[] = {ColourBy::state, ColourBy::thread, ColourBy::age,
                                             ColourBy::size};

/// "state", "thread", ... as settings and scripts call them.
const char* colour_by_name(ColourBy colour_by);
std::optional<ColourBy> colour_by_from_name(std::string_view name);
/// "state, thread, age or size": for messages.
std::string colour_by_names();

/// Ages and sizes are ordered, and shown by a ramp of so many steps; owners have hues of their own.
inline constexpr unsigned ramp_steps = 16;
constexpr bool is_ramp(ColourBy colour_by) {
  return colour_by == ColourBy::age || colour_by == ColourBy::size;
}

/// The step of an age, ns: two to a factor of ten, from 0 (below 100 us) to ramp_steps - 1 (from
/// 1000 s on).
unsigned age_step(std::uint64_t age);
/// The age at which a step ends, ns; UINT64_MAX for the last.
std::uint64_t age_step_end(unsigned step);
/// The step of a size, bytes: one to a power of two, from 0 (up to 16) to ramp_steps - 1 (above
/// 256 KiB).
unsigned size_step(std::uint64_t size);
/// The largest size of a step, bytes; UINT64_MAX for the last.
std::uint64_t size_step_end(unsigned step);

/// The colour index of a block. By state: 0 for all; by thread: its number, or 0 for the hand; by
/// age or size: the step of the ramp. now, ns: the moment at which the age is judged.
unsigned colour_index(ColourBy colour_by, const PictureBlock& block, std::uint64_t now);
/// Of what a thread owns; 0 where the colour does not tell the thread.
unsigned owner_index(ColourBy colour_by, std::uint16_t thread);

}  // namespace mh
