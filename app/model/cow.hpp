#pragma once
// A value that is shared until somebody writes: copying the pointer is cheap, the writer pays.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace mh {

/// Owners in different threads may read, write() and let go at the same time, each through a Cow of
/// its own: what is shared is never changed, and what is changed has one owner.
template <typename T>
class Cow {
 public:
  Cow() = default;  ///< holds nothing
  static Cow make() {
    Cow made;
    made.shared_ = new Shared;
    return made;
  }
  Cow(const Cow& other) : shared_(other.shared_) {
    if (shared_ != nullptr) shared_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Cow(Cow&& other) noexcept : shared_(std::exchange(other.shared_, nullptr)) {}
  Cow& operator=(Cow other) noexcept {
    std::swap(shared_, other.shared_);
    return *this;
  }
  ~Cow() {
    if (shared_ != nullptr && shared_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete shared_;
    }
  }

  [[nodiscard]] explicit operator bool() const { return shared_ != nullptr; }
  const T& operator*() const { return shared_->value; }
  const T* operator->() const { return &shared_->value; }

  /// Bytes that one value takes on the heap.
  static constexpr std::size_t allocation_bytes() { return sizeof(Shared); }

  /// Asks for the value's first cache line, where the count of owners is.
  void prefetch() const { __builtin_prefetch(shared_, 1); }

  /// The value, for writing. Copied first if somebody else holds it too.
  T& write() {
    // The acquire pairs with the release of an owner that let go: its reads are over.
    if (shared_->owners.load(std::memory_order_acquire) != 1) *this = copy();
    return shared_->value;
  }

 private:
  // From the start of a cache line: for large values, what a lookup reads lies in as few as can be.
  static constexpr std::size_t alignment = sizeof(T) >= 128 ? 64 : alignof(std::max_align_t);
  struct alignas(alignment) Shared {
    Shared() = default;
    explicit Shared(const T& from) : value(from) {}
    std::atomic<std::uint32_t> owners{1};
    T value;
  };

  [[nodiscard]] Cow copy() const {
    Cow made;
    made.shared_ = new Shared(shared_->value);
    return made;
  }

  Shared* shared_ = nullptr;
};

}  // namespace mh
