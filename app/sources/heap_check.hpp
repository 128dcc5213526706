#pragma once
// Heap::check() on a thread of its own: a large heap takes longer than a frame.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "core/heap/heap.hpp"

namespace mh {

/// What a check of the whole heap found.
struct CheckResult {
  mh_error error = MH_OK;   ///< the first one, in the order of addresses
  std::uint64_t block = 0;  ///< address of the damaged block's header, 0: none is known
  bool set_aside = false;   ///< the damage was found before: nobody uses the block any more
  std::uint64_t ns = 0;     ///< how long it took; the heap's lock was taken for most of it
};

/// Waits for the heap and goes through all of it.
[[nodiscard]] CheckResult check_heap(const Heap& heap);
/// The same without how long it took.
[[nodiscard]] std::string finding_in_words(const CheckResult& result, const std::string& name);
/// "The heap is sound ..." or "The first damaged block is p ...". name may be empty.
[[nodiscard]] std::string in_words(const CheckResult& result, const std::string& name);

/// Methods are for one thread.
class HeapCheck {
 public:
  explicit HeapCheck(const Heap& heap) : heap_(heap) {}
  ~HeapCheck() { join(); }
  HeapCheck(const HeapCheck&) = delete;
  HeapCheck& operator=(const HeapCheck&) = delete;

  void start();  ///< nothing happens while one is under way
  [[nodiscard]] bool running() const { return thread_.joinable(); }
  /// The result, once, as soon as there is one.
  std::optional<CheckResult> take();

 private:
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  const Heap& heap_;
  CheckResult result_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace mh
