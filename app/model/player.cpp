#include "app/model/player.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "core/events/clock.hpp"

namespace mh {

namespace {

constexpr std::uint64_t advance_budget_ns = 8'000'000;
constexpr std::uint64_t slice_events = 8192;    // replayed while the reader is held still, at most
constexpr std::uint64_t nearest_bookmark = 32;  // events before the playhead
constexpr std::size_t max_bookmarks = 48;
constexpr double max_owed_calls = 1e15;

}  // namespace

Player::Player(Recorder& recorder) : recorder_(recorder) {}

// ---- Live and past ----

void Player::set_gate(Gate* gate) {
  gate_ = gate;
  if (gate_ == nullptr) return;
  gate_->set_open(gate_open_);
  gate_->set_limit(speed_);
}

void Player::set_gate_open(bool open) {
  gate_open_ = open;
  if (gate_ != nullptr) gate_->set_open(open);
}

void Player::go_live() {
  live_ = true;
  paused_ = false;
  set_gate_open(true);
}

void Player::pause() {
  paused_ = true;
  if (live_) set_gate_open(false);
}

void Player::resume() {
  paused_ = false;
  owed_calls_ = 0;
  if (live_) set_gate_open(true);
}

void Player::set_speed(double events_per_second) {
  speed_ = std::isnan(events_per_second) || events_per_second < 0 ? 0 : events_per_second;
  if (gate_ != nullptr) gate_->set_limit(speed_);
}

void Player::reset() {
  live_ = true;
  paused_ = !gate_open_;
  position_ = 0;
  owed_calls_ = 0;
  shown_.reset();
  bookmarks_.clear();
  seen_position_ = ~std::uint64_t{0};
}

void Player::enter_past(std::uint64_t position) {
  live_ = false;
  paused_ = true;
  position_ = position;
}

/// The playhead was moved to the end of the log: what the source does goes on there.
void Player::arrive_at_end() {
  live_ = true;
  paused_ = !gate_open_;
}

void Player::seek(std::uint64_t position) {
  const Recorder::Reading reading = recorder_.read();
  const EventLog& log = reading.log();
  const std::uint64_t target = log.end_of_call(std::max(position, reading.oldest_position()));
  if (target < log.end()) {
    enter_past(target);
  } else if (!live_) {
    arrive_at_end();
  }
}

void Player::seek_time(std::uint64_t ns) {
  std::uint64_t position = 0;
  {
    const Recorder::Reading reading = recorder_.read();
    position = reading.log().find_time(ns + 1);
  }
  seek(position);
}

void Player::step(int calls) {
  if (calls == 0) return;
  const auto count = static_cast<std::uint64_t>(std::abs(static_cast<long long>(calls)));
  if (live_) {
    paused_ = true;
    set_gate_open(false);
    if (calls > 0) {
      if (gate_ != nullptr) gate_->let_through(static_cast<unsigned>(count));
      return;
    }
  }
  const Recorder::Reading reading = recorder_.read();
  const EventLog& log = reading.log();
  std::uint64_t target = live_ ? log.end() : position_;
  if (calls > 0) {
    target = forward_by_calls(log, target, count);
  } else {
    for (std::uint64_t i = 0; i < count && target > log.begin(); ++i)
      target = log.start_of_call_before(target);
  }
  target = log.end_of_call(std::max(target, reading.oldest_position()));
  if (target < log.end()) {
    enter_past(target);
  } else if (!live_) {
    arrive_at_end();
  }
}

std::uint64_t Player::forward_by_calls(const EventLog& log, std::uint64_t from,
                                       std::uint64_t calls) const {
  std::uint64_t position = std::max(from, log.begin());
  for (std::uint64_t i = 0; i < calls && position < log.end(); ++i)
    position = log.end_of_call(position + 1);
  return position;
}

// ---- Time passes ----

bool Player::advance(double seconds) {
  if (!live_ && !paused_) play(seconds);
  if (!live_) catch_up();
  const std::uint64_t now_at = position();
  const bool changed = live_ != seen_live_ || paused_ != seen_paused_ || now_at != seen_position_;
  seen_live_ = live_;
  seen_paused_ = paused_;
  seen_position_ = now_at;
  return changed;
}

/// Moves the playhead of the past by whole calls, as far as the budget allows.
void Player::play(double seconds) {
  const std::uint64_t deadline = monotonic_ns() + advance_budget_ns;
  owed_calls_ = std::min(owed_calls_ + speed_ * seconds, max_owed_calls);
  if (std::isinf(speed_)) owed_calls_ = max_owed_calls;
  while (owed_calls_ >= 1 && monotonic_ns() < deadline) {
    const Recorder::Reading reading = recorder_.read();
    const EventLog& log = reading.log();
    position_ = log.end_of_call(std::max(position_, reading.oldest_position()));
    // A call has at least one event: as many calls as a slice has events take about a slice's time.
    const auto calls =
        std::min(static_cast<std::uint64_t>(owed_calls_), std::uint64_t{slice_events / 8});
    position_ = forward_by_calls(log, position_, calls);
    owed_calls_ -= static_cast<double>(calls);
    while (!replay_some(reading, false)) {
    }
    if (position_ == log.end()) {
      go_live();
      return;
    }
  }
  // What the budget did not allow is not owed: slow motion must not run away when the machine is
  // busy.
  owed_calls_ = std::min(owed_calls_, 1.0);
}

// ---- The picture of the past ----

Player::View Player::view() {
  if (live_) {
    Recorder::Reading reading = recorder_.read();
    const std::uint64_t end = reading.log().end();
    return View(std::move(reading), nullptr, end);
  }
  Recorder::Reading reading = catch_up();
  return View(std::move(reading), &shown_->picture, position_);
}

/// Brings shown_ to the playhead, a slice at a time so that the reader can go on in between.
Recorder::Reading Player::catch_up() {
  while (true) {
    Recorder::Reading reading = recorder_.read();
    const EventLog& log = reading.log();
    if (position_ < reading.oldest_position())
      position_ = log.end_of_call(reading.oldest_position());
    position_ = std::min(position_, log.end());
    if (replay_some(reading, true)) return reading;
  }
}

/// Replays at most a slice. True when shown_ is at the playhead.
bool Player::replay_some(const Recorder::Reading& reading, bool leave_bookmarks) {
  start_from_nearest(reading);
  const std::uint64_t slice_end = std::min(position_, shown_->position + slice_events);
  while (shown_->position < slice_end) {
    const std::uint64_t stop = leave_bookmarks ? next_bookmark() : position_;
    const auto events = reading.log().run(shown_->position, std::min(slice_end, stop));
    shown_->picture.apply_all(events);
    shown_->position += events.size();
    if (leave_bookmarks && shown_->position == stop && stop < position_) leave_bookmark();
  }
  return shown_->position == position_;
}

/// Makes shown_ the newest picture at or before the playhead that there is: itself, a bookmark or a
/// keyframe.
void Player::start_from_nearest(const Recorder::Reading& reading) {
  if (shown_ && shown_->position == position_) return;
  const std::uint64_t begin = reading.log().begin();
  bookmarks_.erase(bookmarks_.begin(),
                   std::find_if(bookmarks_.begin(), bookmarks_.end(),
                                [&](const Bookmark& b) { return b.position >= begin; }));
  if (shown_ && (shown_->position > position_ || shown_->position < begin)) shown_.reset();

  const auto after =
      std::upper_bound(bookmarks_.begin(), bookmarks_.end(), position_,
                       [](std::uint64_t p, const Bookmark& b) { return p < b.position; });
  if (after != bookmarks_.begin() && (!shown_ || shown_->position < std::prev(after)->position)) {
    shown_ = *std::prev(after);
  }
  auto [position, picture] = reading.keyframe(position_);
  if (!shown_ || shown_->position < position) shown_ = Bookmark{position, std::move(picture)};
}

/// Where the next bookmark goes: on the way to the playhead they lie ever closer, the last of them
/// nearest_bookmark before it, so that stepping back starts from one a few events away.
std::uint64_t Player::next_bookmark() const {
  const std::uint64_t remaining = position_ - shown_->position;
  if (remaining <= nearest_bookmark) return position_;
  std::uint64_t distance = nearest_bookmark;
  while (distance * 4 < remaining) distance *= 4;
  return position_ - distance;
}

void Player::leave_bookmark() {
  const auto at =
      std::lower_bound(bookmarks_.begin(), bookmarks_.end(), shown_->position,
                       [](const Bookmark& b, std::uint64_t p) { return b.position < p; });
  if (at != bookmarks_.end() && at->position == shown_->position) return;
  bookmarks_.insert(at, *shown_);
  if (bookmarks_.size() <= max_bookmarks) return;
  // The farthest from the playhead goes.
  const std::uint64_t below = position_ - std::min(position_, bookmarks_.front().position);
  const std::uint64_t above =
      bookmarks_.back().position - std::min(position_, bookmarks_.back().position);
  bookmarks_.erase(below >= above ? bookmarks_.begin() : std::prev(bookmarks_.end()));
}

}  // namespace mh
