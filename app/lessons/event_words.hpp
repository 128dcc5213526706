#pragma once
// What an event of the engine means, in a sentence for a class.

#include <cstdint>
#include <string>

#include "app/lessons/block_names.hpp"
#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"

namespace mh {

/// Bytes that a search visits and needs: "fits, 16 left over", "too small: needs 112".
[[nodiscard]] std::string verdict_words(VisitVerdict verdict, std::uint64_t size,
                                        std::uint64_t needed, std::uint64_t header);

/// The heap at an event.
struct EventScene {
  const HeapPicture& picture;  ///< the event was just applied to it
  const BlockNames& names;     ///< before the event
  std::uint64_t break_before = 0;
};

/// A sentence on an event. Empty: it is not worth a step of its own.
[[nodiscard]] std::string event_words(const Event& event, const EventScene& scene);

/// The same in a few words, for a list of what an operation did. The picture is as it was before
/// the event.
[[nodiscard]] std::string brief_words(const Event& event, const EventScene& scene);

/// Whether an event is a step of its own where an operation is explained.
[[nodiscard]] bool is_step(EventKind kind);

}  // namespace mh
