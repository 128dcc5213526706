#include "app/streams/recording_stream.hpp"

namespace mh {

/// Whole chunks: at least one, and more as long as they begin within the limit.
std::size_t RecordingStream::poll(std::vector<Event>& out, std::size_t limit) {
  if (ended()) return 0;
  const std::size_t before = out.size();
  const bool whole = recording_.for_each_event(
      heap_, position_, heap_.events(), [&](std::span<const Event> events, std::uint64_t) {
        out.insert(out.end(), events.begin(), events.end());
        position_ += events.size();
        return out.size() - before < limit;
      });
  damaged_ = !whole;
  if (out.size() != before) until_ns_ = out.back().time;
  return out.size() - before;
}

}  // namespace mh
