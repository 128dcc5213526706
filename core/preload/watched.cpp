#include "core/preload/watched.hpp"

namespace mh::preload {

bool Watched::join(Heap& heap, bool inherited) {
  Segment segment = join_session(address_, inherited);
  if (!segment.valid()) {
    heap.events().detach();
    return false;
  }
  held_.segment = static_cast<Segment&&>(segment);  // unmaps the parent's
  heap.events().attach(held_.segment);
  return true;
}

void Watched::begin(Heap& heap, const SessionAddress& address) {
  address_ = address;
  if (address_.watcher != 0) join(heap, false);
}

void Watched::after_fork_in_child(Heap& heap) {
  if (!held_.segment.valid()) return;
  heap.events().expect_segment();
  inherited_.store(true, std::memory_order_relaxed);
}

void Watched::begin_again(Heap& heap) {
  if (!inherited_.exchange(false, std::memory_order_relaxed)) return;
  if (join(heap, true)) heap.announce();
}

}  // namespace mh::preload
