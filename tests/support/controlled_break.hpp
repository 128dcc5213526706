#pragma once
// A break that misbehaves on request.

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "core/heap/break/program_break.hpp"

namespace mh::test {

/// A reserved break that can fail, and that "somebody else" can move.
class ControlledBreak final : public Break {
 public:
  /// At a fixed address, if one is given and free, as ReservedBreak.
  explicit ControlledBreak(std::size_t capacity = std::size_t{64} << 20, std::uintptr_t address = 0)
      : inner_(capacity, address) {}

  [[nodiscard]] std::byte* current() const override { return inner_.current(); }
  std::byte* grow(std::size_t bytes) override {
    if (before_grow) {
      std::exchange(before_grow, nullptr)();
    }
    if (grows_until_failure > 0 && --grows_until_failure == 0) {
      errno = ENOMEM;
      return nullptr;
    }
    return inner_.grow(bytes);
  }
  bool shrink(std::size_t bytes) override { return !refuse_shrink && inner_.shrink(bytes); }

  std::byte* foreign_grow(std::size_t bytes) { return inner_.grow(bytes); }
  bool foreign_shrink(std::size_t bytes) { return inner_.shrink(bytes); }

  unsigned grows_until_failure = 0;  ///< the n-th grow() from now fails; 0: none
  bool refuse_shrink = false;
  std::function<void()> before_grow;  ///< called once: a race with somebody else's sbrk()

 private:
  ReservedBreak inner_;
};

}  // namespace mh::test
