#pragma once
// Holds the calls of a watched program: pause, single steps, and speed.

#include <atomic>
#include <cstdint>
#include <limits>

#include "app/model/player.hpp"
#include "core/events/segment.hpp"

namespace mh {

/// Says in the segment's header what its process may do. It goes on by itself once the reader shows
/// no more that it is alive, see EventWriter::reserve(). The gate is the window's, refill() the
/// reader's.
class Pace final : public Player::Gate {
 public:
  /// The segment must outlive it.
  explicit Pace(Segment& segment) : header_(segment.header()) {}

  void set_open(bool open) override {
    open_.store(open);
    tell();
  }
  void let_through(unsigned calls) override { header_.permits.fetch_add(calls); }
  void set_limit(double calls_per_second) override {
    limit_.store(calls_per_second);
    tell();
  }
  /// Gives the permits that time has brought; now: monotonic_ns().
  void refill(std::uint64_t now);

 private:
  void tell();

  SegmentHeader& header_;
  std::atomic<bool> open_{true};
  std::atomic<double> limit_{std::numeric_limits<double>::infinity()};
  std::uint64_t refilled_ns_ = 0;
  double owed_ = 0;  ///< the fraction of a permit
};

}  // namespace mh
