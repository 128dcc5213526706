#pragma once
// A heap whose engine can be chosen: the classic one or the fast one, on the same break.

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>

#include "core/heap/heap.hpp"

namespace mh {

class Break;
class FastHeap;

enum class Engine { classic, fast };

/// Passes every call on to the engine that was chosen. The other one is empty.
class EngineHeap final : public Heap {
 public:
  /// classic is the classic engine on this break; both must outlive the heap. It begins with it.
  /// The fast engine moves the break no further than it must, to the end of a page.
  EngineHeap(Heap& classic, Break& end);
  ~EngineHeap();
  EngineHeap(const EngineHeap&) = delete;
  EngineHeap& operator=(const EngineHeap&) = delete;

  [[nodiscard]] Engine engine() const { return at() == &classic_ ? Engine::classic : Engine::fast; }
  /// The present heap must be empty, and no call under way but those that look at it: they are
  /// waited for.
  void choose(Engine engine);

  void* allocate(std::size_t size) override { return at()->allocate(size); }
  void release(void* pointer) override { at()->release(pointer); }
  void* allocate_zeroed(std::size_t count, std::size_t size) override {
    return at()->allocate_zeroed(count, size);
  }
  void* reallocate(void* pointer, std::size_t size) override {
    return at()->reallocate(pointer, size);
  }
  void* allocate_aligned(std::size_t alignment, std::size_t size) override {
    return at()->allocate_aligned(alignment, size);
  }
  [[nodiscard]] std::size_t usable_size(const void* pointer) const override {
    return at()->usable_size(pointer);
  }
  [[nodiscard]] mh_stats stats() const override {
    const std::shared_lock lock(choosing_);
    return at()->stats();
  }
  [[nodiscard]] mh_error check(const void** where) const override {
    const std::shared_lock lock(choosing_);
    return at()->check(where);
  }
  WalkEnd walk(mh_visitor visitor, void* context) const override {
    const std::shared_lock lock(choosing_);
    return at()->walk(visitor, context);
  }
  bool walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context,
                   WalkEnd& end) const override {
    const std::shared_lock lock(choosing_);
    return at()->walk_within(timeout_ns, visitor, context, end);
  }
  void walk_free(mh_visitor visitor, void* context) const override {
    at()->walk_free(visitor, context);
  }
  bool block_at(const void* address, mh_block& block) const override {
    return at()->block_at(address, block);
  }
  [[nodiscard]] bool covers(const void* address) const override { return at()->covers(address); }
  void reset() override { at()->reset(); }
  void set_error_handler(mh_error_handler handler, void* context) override {
    at()->set_error_handler(handler, context);
  }
  void undisturbed(void (*action)(void*), void* context) const override {
    at()->undisturbed(action, context);
  }
  [[nodiscard]] EventWriter& events() override { return at()->events(); }
  void announce() override { at()->announce(); }
  void name_block(const void* payload, const char* name) override {
    at()->name_block(payload, name);
  }
  void mark(const char* text) override { at()->mark(text); }
  [[nodiscard]] mh_policy policy() const override { return at()->policy(); }
  bool set_policy(const mh_policy& policy) override { return at()->set_policy(policy); }
  void set_explaining(bool on) override { at()->set_explaining(on); }
  [[nodiscard]] bool explaining() const override { return at()->explaining(); }
  [[nodiscard]] PoolGround* pool_ground() override { return at()->pool_ground(); }

 private:
  [[nodiscard]] Heap* at() const { return chosen_.load(std::memory_order_acquire); }

  Heap& classic_;
  std::unique_ptr<FastHeap> fast_;
  std::atomic<Heap*> chosen_;
  // Whoever looks at an engine shares it: the break that it looks at may soon be the other's.
  mutable std::shared_mutex choosing_;
};

}  // namespace mh
