#include "app/streams/segment_stream.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "app/model/ring_stream.hpp"
#include "core/events/clock.hpp"
#include "core/events/os_thread.hpp"

namespace mh {

namespace {

constexpr std::uint64_t look_interval_ns = 20'000'000;
constexpr std::uint64_t walk_interval_ns = 500'000'000;

std::string text_in(const char* from, std::size_t most) {
  return {from, strnlen(from, most)};
}

/// The process can change it at any time: each byte is read once, into the copy.
ProcessFacts facts_in(const SegmentHeader& header) {
  ProcessInfo copy;
  std::memcpy(&copy, &header.process, sizeof copy);
  ProcessFacts facts;
  facts.process = header.process_id;
  facts.parent = copy.parent;
  facts.inherited = copy.inherited != 0;
  facts.program = text_in(copy.program, sizeof copy.program);
  const std::size_t bytes = std::min<std::size_t>(copy.command_bytes, sizeof copy.command);
  for (std::size_t at = 0; at < bytes;) {
    facts.command.push_back(text_in(copy.command + at, bytes - at));
    at += facts.command.back().size() + 1;
  }
  return facts;
}

}  // namespace

SegmentStream::SegmentStream(Segment segment, double ns_per_tick)
    : segment_(std::move(segment)),
      pulse_(segment_.header()),
      merger_(segment_, ns_per_tick),
      pace_(segment_),
      process_(facts_in(segment_.header())),
      start_time_(segment_.header().process.start_time),
      began_ns_(std::min(segment_.header().clock_ns, monotonic_ns())) {}

std::size_t SegmentStream::poll(std::vector<Event>& out, std::size_t limit) {
  const std::uint64_t now = monotonic_ns();
  pace_.refill(now);
  const std::size_t came = merger_.poll(out, limit);
  notice_loss(now);
  if (!ended_) look_for_the_end(came, now);
  return came;
}

/// What was lost is made good by a fresh walk, which the next call of the process gives.
void SegmentStream::notice_loss(std::uint64_t now_ns) {
  if (merger_.lost() == lost_seen_ || now_ns < walk_asked_ns_ + walk_interval_ns) return;
  lost_seen_ = merger_.lost();
  walk_asked_ns_ = now_ns;
  request_walk();
}

void SegmentStream::request_walk() {
  mh::request_walk(segment_.header());
}

bool SegmentStream::moved() {
  const std::uint64_t written = records_written(segment_);
  return std::exchange(written_, written) != written;
}

void SegmentStream::look_for_the_end(std::size_t came, std::uint64_t now_ns) {
  if (came != 0) return;
  if (!writers_gone_) {
    if (now_ns < looked_ns_ + look_interval_ns) return;
    looked_ns_ = now_ns;
    const OsThread found = look_up_thread(process_.process);
    const bool gone = found.state == OsThread::State::gone ||
                      (found.state == OsThread::State::alive && start_time_ != 0 &&
                       found.start_time != start_time_);
    if (!gone) return;
    writers_gone_.store(true);
  }
  // What it said last may have come between our look at the rings and its end.
  merger_.writers_gone();
  ended_ = ++polls_since_gone_ > 2 && merger_.drained();
}

}  // namespace mh
