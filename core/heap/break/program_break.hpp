#pragma once
// Where a heap's memory comes from: one end that moves. Preconditions are stated, not checked.

#include <cstddef>
#include <cstdint>

namespace mh {

/// A contiguous range with a movable end, the break. Calls are serialised by the heap's lock.
class Break {
 public:
  virtual ~Break() = default;
  /// Where the break stands now; somebody else may have moved it.
  [[nodiscard]] virtual std::byte* current() const = 0;
  /// Moves the break up by bytes (> 0) and returns the old break; nullptr with errno ENOMEM if it
  /// cannot. The new memory can be read and written; what it holds is not defined.
  virtual std::byte* grow(std::size_t bytes) = 0;
  /// Moves the break down by bytes (> 0, at most what grow() gave). False if it cannot.
  virtual bool shrink(std::size_t bytes) = 0;
};

/// The process's own program break, through sbrk(). Shared with everybody else in the process who
/// calls sbrk().
class ProgramBreak final : public Break {
 public:
  [[nodiscard]] std::byte* current() const override;
  std::byte* grow(std::size_t bytes) override;
  bool shrink(std::size_t bytes) override;
};

/// A reserved range of addresses with a break of its own; memory above the break is unmapped again.
/// For heaps side by side, and for the same addresses every time. Like the kernel's own break it
/// keeps whole pages: the rest of the page in which the break stands can still be touched.
class ReservedBreak final : public Break {
 public:
  /// An address that no program, library or sanitizer of a 64-bit Linux process takes by itself:
  /// above the program and its break, below the range of mmap(). 64 GiB from here on are free.
  static constexpr std::uintptr_t quiet_address = 0x5670'0000'0000;

  /// Reserves capacity bytes, at the fixed address if one is given and free (else anywhere).
  /// The address is a multiple of the page size. Throws std::bad_alloc.
  explicit ReservedBreak(std::size_t capacity, std::uintptr_t address = 0);
  ~ReservedBreak() override;
  ReservedBreak(const ReservedBreak&) = delete;
  ReservedBreak& operator=(const ReservedBreak&) = delete;
  [[nodiscard]] std::byte* current() const override { return break_; }
  std::byte* grow(std::size_t bytes) override;
  bool shrink(std::size_t bytes) override;

 private:
  [[nodiscard]] std::size_t pages_up_to(const std::byte* position) const;

  std::byte* start_ = nullptr;
  std::byte* break_ = nullptr;
  std::size_t capacity_ = 0;  // bytes, whole pages
  std::size_t page_bytes_ = 0;
};

}  // namespace mh
