#pragma once
// A recording for other programs.

#include <string>

#include "app/streams/recording.hpp"

namespace mh {

/// For ms_print and massif-visualizer: bytes in use over time, and how much more they took.
std::string as_massif(const Recording& recording, const Recording::Heap& heap);
/// Trace event JSON, for Perfetto and chrome://tracing: counters over time, marks, errors.
std::string as_trace(const Recording& recording, const Recording::Heap& heap);

}  // namespace mh
