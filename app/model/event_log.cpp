#include "app/model/event_log.hpp"

#include <algorithm>
#include <utility>

namespace mh {

EventLog::EventLog(std::size_t max_bytes)
    : max_chunks_(std::max<std::size_t>(2, max_bytes / sizeof(Chunk))) {}

void EventLog::append(const Event& event) {
  const std::size_t used = end_ % chunk_events;
  if (used == 0) {
    std::unique_ptr<Chunk> fresh;
    if (chunks_.size() == max_chunks_) {
      fresh = std::move(chunks_.front());  // its memory is warm
      cut_ = fresh->events[chunk_events - 1].more != 0;
      chunks_.pop_front();
      begin_ += chunk_events;
    } else {
      fresh = std::make_unique_for_overwrite<Chunk>();
    }
    chunks_.push_back(std::move(fresh));
  }
  chunks_.back()->events[used] = event;
  ++end_;
}

void EventLog::clear() {
  chunks_.clear();
  begin_ = end_ = 0;
  cut_ = false;
}

std::span<const Event> EventLog::run(std::uint64_t number, std::uint64_t limit) const {
  limit = std::min(limit, end_);
  if (number < begin_ || number >= limit) return {};
  const std::uint64_t index = number - begin_;
  const std::uint64_t in_chunk = index % chunk_events;
  const std::uint64_t length = std::min<std::uint64_t>(limit - number, chunk_events - in_chunk);
  return {&chunks_[index / chunk_events]->events[in_chunk], static_cast<std::size_t>(length)};
}

bool EventLog::call_ends_at(std::uint64_t position) const {
  if (position == begin_) return !cut_;
  // A name is given right after the call that made the block: together they are one step. While
  // explaining, the line of the source comes before it.
  std::uint64_t next = position;
  while (next < end_ && at(next).kind() == EventKind::step) ++next;
  const bool named_next = next < end_ && at(next).kind() == EventKind::label;
  return at(position - 1).more == 0 && !named_next;
}

std::uint64_t EventLog::end_of_call(std::uint64_t number) const {
  std::uint64_t position = std::max(number, begin_);
  while (position < end_ && !call_ends_at(position)) ++position;
  return std::min(position, end_);
}

std::uint64_t EventLog::start_of_call_before(std::uint64_t number) const {
  if (number <= begin_ || begin_ == end_) return begin_;
  std::uint64_t position = std::min(number, end_) - 1;
  while (position > begin_ && !call_ends_at(position)) --position;
  return position;
}

std::uint64_t EventLog::find_time(std::uint64_t time) const {
  std::uint64_t low = begin_;
  std::uint64_t high = end_;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (at(middle).time < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace mh
