#pragma once
// The events of one heap of a recording, as a stream that ends.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/model/stream.hpp"
#include "app/streams/recording.hpp"

namespace mh {

class RecordingStream final : public Stream {
 public:
  /// Both must outlive the stream.
  RecordingStream(const Recording& recording, const Recording::Heap& heap)
      : recording_(recording), heap_(heap) {}

  void listen(bool /*on*/) override {}
  bool moved() override { return !ended(); }
  void forget_ended_threads() override {}
  /// A recording does not go on with the clock.
  [[nodiscard]] std::uint64_t to_ns(std::uint64_t /*ticks*/) const override { return until_ns_; }
  void request_walk() override {}
  std::size_t poll(std::vector<Event>& out, std::size_t limit) override;
  [[nodiscard]] const std::vector<ThreadInfo>& threads() const override {
    return heap_.facts.threads;
  }
  [[nodiscard]] std::uint64_t lost() const override { return heap_.facts.lost; }
  [[nodiscard]] std::uint64_t released_until_ns() const override { return until_ns_; }
  [[nodiscard]] bool ended() const override { return damaged_ || position_ == heap_.events(); }
  /// It ended before its end.
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  const Recording& recording_;
  const Recording::Heap& heap_;
  std::uint64_t position_ = 0;
  std::uint64_t until_ns_ = 0;
  bool damaged_ = false;
};

}  // namespace mh
