#pragma once
// What an event of the engine means, in a sentence for a class.

#include <cstdint>
#include <string>

#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"

namespace mh {

/// Bytes that a search visits and needs: "fits, 16 left over", "too small: needs 112".
[[nodiscard]] std::string verdict_words(VisitVerdict verdict, std::uint64_t size,
                                        std::uint64_t needed);

/// A sentence on an event that was just applied to picture. Empty: it is not worth a step of its
/// own.
[[nodiscard]] std::string event_words(const Event& event, const HeapPicture& picture);

/// Whether an event is a step of its own where an operation is explained.
[[nodiscard]] bool is_step(EventKind kind);

}  // namespace mh
