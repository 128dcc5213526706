#include "app/sources/heap_check.hpp"

#include "app/model/format.hpp"
#include "core/events/clock.hpp"

namespace mh {

CheckResult check_heap(const Heap& heap) {
  const std::uint64_t begin = monotonic_ns();
  const void* where = nullptr;
  CheckResult result;
  result.error = heap.check(&where);
  result.block = reinterpret_cast<std::uintptr_t>(where);
  result.ns = monotonic_ns() - begin;
  mh_block block{};
  result.set_aside = result.error != MH_OK && heap.block_at(where, block) && block.set_aside != 0;
  return result;
}

std::string finding_in_words(const CheckResult& result, const std::string& name) {
  if (result.error == MH_OK) {
    return "The heap is sound: every header, guard and link is as it should be";
  }
  const std::string block = name.empty() ? format_address(result.block) : name;
  return "The first damaged block is " + block + (result.set_aside ? ", set aside: " : ": ") +
         mh_error_text(result.error);
}

std::string in_words(const CheckResult& result, const std::string& name) {
  const std::string finding = finding_in_words(result, name);
  if (result.error != MH_OK) return finding + ".";
  return finding + " (" + format_duration(result.ns) + ").";
}

void HeapCheck::start() {
  if (running()) return;
  done_.store(false, std::memory_order_relaxed);
  thread_ = std::thread([this] {
    result_ = check_heap(heap_);
    done_.store(true, std::memory_order_release);
  });
}

std::optional<CheckResult> HeapCheck::take() {
  if (!running() || !done_.load(std::memory_order_acquire)) return std::nullopt;
  join();
  return result_;
}

}  // namespace mh
