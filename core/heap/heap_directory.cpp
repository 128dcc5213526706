#include <algorithm>
#include <iterator>
#include <mutex>

#include "core/heap/heap.hpp"

namespace mh {

bool HeapDirectory::add(const Heap& heap) {
  const std::lock_guard guard(lock_);
  if (std::find(std::begin(heaps_), std::end(heaps_), &heap) != std::end(heaps_)) return true;
  const auto place = std::find(std::begin(heaps_), std::end(heaps_), nullptr);
  if (place == std::end(heaps_)) return false;
  *place = &heap;
  return true;
}

void HeapDirectory::remove(const Heap& heap) {
  const std::lock_guard guard(lock_);
  std::replace(std::begin(heaps_), std::end(heaps_), &heap, static_cast<const Heap*>(nullptr));
}

bool HeapDirectory::covered_by_another(const Heap& heap, const void* address) const {
  const std::lock_guard guard(lock_);
  return std::any_of(std::begin(heaps_), std::end(heaps_), [&](const Heap* other) {
    return other != nullptr && other != &heap && other->covers(address);
  });
}

}  // namespace mh
