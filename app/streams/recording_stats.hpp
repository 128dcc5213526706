#pragma once
// What a recording says, in figures.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "app/model/history.hpp"
#include "app/streams/recording.hpp"

namespace mh {

/// One heap at one moment. Bytes, or counts.
struct HeapMoment {
  std::uint64_t position = 0;  ///< events before it
  std::uint64_t time = 0;      ///< ns since the process began
  PictureTotals totals;
};

/// The figures of one heap, from its first event to its last.
struct HeapStats {
  std::uint64_t events = 0;
  std::uint64_t mallocs = 0, frees = 0, resizes = 0, failed = 0, errors = 0;
  std::uint64_t requested = 0;  ///< bytes, by all calls of malloc together
  HeapMoment peak;              ///< most bytes were in use
  HeapMoment end;
  std::uint64_t peak_heap = 0;  ///< bytes
  /// How many requests were of at most 16, 32, 64, ... bytes; the last: of more than all of those.
  static constexpr std::size_t size_classes = 20;
  std::array<std::uint64_t, size_classes + 1> sizes{};
  bool whole = true;  ///< false: damage ended it early
};

/// Plays it. history, if given, gets its samples.
HeapStats measure(const Recording& recording, const Recording::Heap& heap, History* history);

/// The heap that a user means who names none: the one with the most events.
const Recording::Heap& main_heap(const Recording& recording);
/// The heap of that process; the one with most events, if several programs ran in it. nullptr:
/// none.
const Recording::Heap* heap_of_process(const Recording& recording, std::uint64_t process);

std::string stats_as_text(const Recording& recording, const Recording::Heap& heap,
                          const HeapStats& stats, const std::string& file);
std::string stats_as_json(const Recording& recording, const Recording::Heap& heap,
                          const HeapStats& stats);

}  // namespace mh
