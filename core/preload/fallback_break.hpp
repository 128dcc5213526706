#pragma once
// Where the classic engine's memory comes from in a program that is not ours.

#include <cstddef>

#include "core/heap/break/program_break.hpp"

namespace mh::preload {

/// The program's break. Once that cannot move, because something is mapped right above it or a
/// limit is reached, a range of addresses further up with a break of its own; to the heap that
/// looks as if somebody had moved the break there. Uses nothing of the C++ runtime.
class FallbackBreak final : public Break {
 public:
  constexpr FallbackBreak() = default;

  [[nodiscard]] std::byte* current() const override;
  std::byte* grow(std::size_t bytes) override;
  bool shrink(std::size_t bytes) override;

 private:
  bool reserve(std::size_t bytes);

  ProgramBreak program_;
  std::byte* start_ = nullptr;  // of the newest range, if there is one
  std::byte* break_ = nullptr;
  std::byte* end_ = nullptr;
};

}  // namespace mh::preload
