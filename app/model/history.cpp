#include "app/model/history.hpp"

#include <algorithm>
#include <utility>

#include "app/model/format.hpp"

namespace mh {

namespace {

constexpr std::uint64_t first_stride_ns = 1'000'000;
constexpr std::uint64_t first_stride_calls = 1;

}  // namespace

History::History(std::size_t max_samples)
    : max_samples_(std::max<std::size_t>(2, max_samples / 2 * 2)),
      stride_ns_(first_stride_ns),
      stride_calls_(first_stride_calls) {}

void History::clear() {
  samples_.clear();
  marks_.clear();
  mark_.clear();
  stride_ns_ = first_stride_ns;
  stride_calls_ = first_stride_calls;
  sample_start_ = sample_calls_ = 0;
  in_call_ = false;
}

bool History::sample_is_full(const Event& event) const {
  // The difference is signed in spirit: a damaged stream's time may go back, and wraps to something
  // large.
  return !in_call_ && sample_calls_ > 0 &&
         (sample_calls_ >= stride_calls_ || event.time - sample_start_ >= stride_ns_);
}

void History::note(const Event& event, std::uint64_t number, const HeapPicture& picture) {
  if (samples_.empty() || sample_is_full(event)) {
    if (samples_.size() == max_samples_) merge_neighbours();
    Sample next;
    if (!samples_.empty())
      next = samples_.back();  // its values, until the first call in it is complete
    next.active = 0;
    samples_.push_back(next);
    sample_start_ = event.time;
    sample_calls_ = 0;
  }
  if (event.kind() == EventKind::marker) note_mark(event, number);
  Sample& sample = samples_.back();
  const std::size_t lane = static_cast<std::size_t>(event.thread) - 1;  // thread 0 wraps to no lane
  const bool works = event.kind() == EventKind::alloc || event.kind() == EventKind::free;
  if (lane < lanes && works) sample.active |= std::uint64_t{1} << lane;
  sample.time = std::max<std::uint64_t>(sample.time, event.time);
  sample.event = number;
  in_call_ = event.more != 0;
  if (in_call_) return;
  ++sample_calls_;
  const PictureTotals& totals = picture.totals();
  sample.header = totals.header;
  sample.requested = totals.requested;
  sample.padding = totals.padding;
  sample.guard = totals.guard;
  sample.free = totals.free;
  sample.set_aside = totals.set_aside;
  sample.foreign = totals.foreign;
  sample.heap = totals.heap;
  sample.largest_free = picture.largest_free();
}

/// A longer text comes in pieces of eight characters, in one call.
void History::note_mark(const Event& event, std::uint64_t number) {
  mark_ += unpack_name(event.size);
  if (event.more != 0) return;
  if (marks_.size() == most_marks) marks_.pop_front();
  marks_.push_back({event.time, number, std::move(mark_)});
  mark_.clear();
}

/// Halves the number of samples: each pair keeps the values at its end and who was at work in
/// either.
void History::merge_neighbours() {
  for (std::size_t i = 0; i < samples_.size() / 2; ++i) {
    const Sample earlier = samples_[2 * i];
    Sample merged = samples_[2 * i + 1];
    merged.active |= earlier.active;
    samples_[i] = merged;
  }
  samples_.resize(samples_.size() / 2);
  stride_ns_ *= 2;
  stride_calls_ *= 2;
}

}  // namespace mh
