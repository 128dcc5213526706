#pragma once
// A heap that is known by its events alone: another process's, or a recorded one.

#include <cstdint>
#include <memory>
#include <utility>

#include "app/model/source.hpp"

namespace mh {

class ToldSource final : public Source {
 public:
  /// The stream tells all from the heap's beginning on.
  explicit ToldSource(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) {}

  /// Once.
  std::unique_ptr<Stream> open_stream() override { return std::move(stream_); }
  [[nodiscard]] bool can_walk() const override { return false; }
  bool walk(std::uint64_t /*timeout_ns*/, mh_visitor /*visitor*/, void* /*context*/,
            WalkEnd& /*end*/) override {
    return false;
  }

 private:
  std::unique_ptr<Stream> stream_;
};

}  // namespace mh
