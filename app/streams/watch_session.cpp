#include "app/streams/watch_session.hpp"

#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/events/clock.hpp"
#include "core/events/os_thread.hpp"

namespace mh {

namespace {

// Rings are touched only where threads write. A writer waits long for a living reader, so that
// nothing is lost on a busy machine; for a dead one it waits for a second, see EventWriter.
constexpr Segment::Options segment_options{
    .slot_count = 256, .ring_records = 1U << 16, .patience_us = 10'000'000};
constexpr std::uint64_t claim_patience_ns = 1'000'000'000;

int memory_file() {
  return memfd_create("microheap", MFD_CLOEXEC | MFD_ALLOW_SEALING);
}

}  // namespace

std::unique_ptr<WatchSession> WatchSession::create(std::string& error) {
  std::unique_ptr<WatchSession> session(new WatchSession);
  std::uint64_t cookie = 0;
  if (getrandom(&cookie, sizeof cookie, 0) != sizeof cookie) cookie = monotonic_ns();
  session->file_ = memory_file();
  session->mapping_ = SessionMapping::create(session->file_, cookie);
  if (session->file_ < 0 || !session->mapping_.valid()) {
    error = std::string("the system gives no shared memory: ") + std::strerror(errno);
    return nullptr;
  }
  session->address_ = {static_cast<std::uint32_t>(getpid()),
                       static_cast<std::uint32_t>(session->file_), cookie};
  session->start_time_ = look_up_thread(session->address_.watcher).start_time;
  {
    Segment trial = Segment::anonymous({.slot_count = 1, .ring_records = 64, .patience_us = 0});
    session->ns_per_tick_ = Merger(trial).ns_per_tick();
  }
  for (std::size_t place = 0; place < session->held_.size(); ++place) session->offer(place);
  if (!session->held_[0].segment.valid()) {
    error = std::string("there is no room in shared memory: ") + std::strerror(errno);
    return nullptr;
  }
  return session;
}

WatchSession::~WatchSession() {
  if (mapping_.valid()) close_doors();
  for (Held& held : held_) {
    held.pulse.reset();
    if (held.segment.valid()) held.segment.header().reader_attached.store(0);
    if (held.file >= 0) close(held.file);
  }
  if (file_ >= 0) close(file_);
}

void WatchSession::offer(std::size_t place) {
  Held& held = held_[place];
  held.pulse.reset();
  held = {};
  const int file = memory_file();
  if (file < 0) return;
  Segment segment = Segment::create(file, segment_options);
  if (!segment.valid()) {
    close(file);
    return;
  }
  SegmentHeader& header = segment.header();
  header.process_id = 0;
  header.reader_process = address_.watcher;
  header.reader_start_time = start_time_;
  header.reader_attached.store(1);
  held.file = file;
  held.segment = std::move(segment);
  held.pulse = std::make_unique<Pulse>(held.segment.header());
  Offer& offer = mapping_.page().offers[place];
  offer.process.store(0);
  offer.file.store(static_cast<std::uint32_t>(file));
  offer.state.store(static_cast<std::uint32_t>(OfferState::offered), std::memory_order_release);
}

void WatchSession::withdraw(std::size_t place) {
  Held& held = held_[place];
  mapping_.page().offers[place].state.store(static_cast<std::uint32_t>(OfferState::none));
  if (held.file >= 0) close(std::exchange(held.file, -1));
}

/// Somebody claimed it and never said that it is ready: it died on the way.
bool WatchSession::is_stale(std::size_t place) {
  Held& held = held_[place];
  const std::uint64_t now = monotonic_ns();
  if (held.claimed_ns == 0) held.claimed_ns = now;
  if (now - held.claimed_ns < claim_patience_ns) return false;
  const std::uint32_t process = mapping_.page().offers[place].process.load();
  return process == 0 || look_up_thread(process).state == OsThread::State::gone;
}

void WatchSession::meet(std::vector<std::unique_ptr<SegmentStream>>& came) {
  for (std::size_t place = 0; place < held_.size(); ++place) {
    Held& held = held_[place];
    const std::uint32_t state = mapping_.page().offers[place].state.load(std::memory_order_acquire);
    if (state == static_cast<std::uint32_t>(OfferState::offered) && held.segment.valid()) continue;
    if (state == static_cast<std::uint32_t>(OfferState::claimed) && !is_stale(place)) continue;
    if (state == static_cast<std::uint32_t>(OfferState::ready) && held.segment.valid()) {
      withdraw(place);
      came.push_back(std::make_unique<SegmentStream>(std::move(held.segment), ns_per_tick_));
      held.pulse.reset();  // the stream has its own
    } else {
      withdraw(place);
    }
    offer(place);
  }
}

}  // namespace mh
