#include "app/sources/engine_heap.hpp"

#include "core/heap/fast/fast_heap.hpp"

namespace mh {

EngineHeap::EngineHeap(Heap& classic, Break& end)
    : classic_(classic),
      fast_(std::make_unique<FastHeap>(end, &heap_directory())),
      chosen_(&classic) {
  fast_->set_pad(0);  // people want to see blocks, not what the heap has in reserve
}

EngineHeap::~EngineHeap() = default;

void EngineHeap::choose(Engine engine) {
  const std::lock_guard lock(choosing_);
  Heap* const chosen = engine == Engine::classic ? &classic_ : static_cast<Heap*>(fast_.get());
  chosen_.store(chosen, std::memory_order_release);
}

}  // namespace mh
