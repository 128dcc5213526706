#pragma once
// Events packed for a file: a column for each field, differences instead of values, each column
// under zstd by itself.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/events/event.hpp"

namespace mh {

/// Appends the events, packed, to out.
void pack_events(std::span<const Event> events, std::vector<std::byte>& out);

/// Takes count events out of what pack_events() wrote, and appends them to out. False, and out is
/// as before, if the bytes are anything else: whatever they hold, this ends, and takes no more
/// memory than so many events need.
[[nodiscard]] bool unpack_events(std::span<const std::byte> bytes, std::size_t count,
                                 std::vector<Event>& out);

}  // namespace mh
