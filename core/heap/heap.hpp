#pragma once
// What every engine can do: the interface between a heap and those who use it.

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "core/events/event_writer.hpp"
#include "core/heap/lock.hpp"
#include "core/include/microheap.h"

/// What the C interface calls a heap; NULL there is the process heap.
struct mh_heap {
 protected:
  ~mh_heap() = default;
};

namespace mh {

/// What a pool needs of the engine whose blocks it divides (pool.hpp). All but enter() is called
/// between enter() and leave().
class PoolGround {
 public:
  /// A block of the heap, as a pool gets it.
  struct Plot {
    std::byte* block = nullptr;    ///< its header; nullptr: there is no memory
    std::byte* payload = nullptr;  ///< aligned to 16
  };
  /// Begins a call: waits for room in the thread's event ring, then holds the heap's lock.
  virtual void enter() = 0;
  virtual void leave() = 0;
  /// A used block that says of itself that it holds slots. Want of memory has been told.
  virtual Plot obtain_for_pool(std::size_t size, EventScope& scope) = 0;
  virtual void give_back_from_pool(std::byte* payload, EventScope& scope) = 0;
  /// Counts an error, writes its event and calls the error handler.
  virtual void report(const mh_report& report, EventScope& scope) = 0;
  [[nodiscard]] virtual EventWriter& events() = 0;

 protected:
  constexpr PoolGround() = default;
  ~PoolGround() = default;
};

/// Lives for one call: holds the engine's lock, and leaves errno as the caller shall see it.
template <typename Engine>
class HeapCall {
 public:
  explicit HeapCall(Engine& engine) : engine_(engine), errno_(errno) { engine_.enter(); }
  ~HeapCall() {
    engine_.leave();
    errno = errno_;
  }
  HeapCall(const HeapCall&) = delete;
  HeapCall& operator=(const HeapCall&) = delete;

  std::nullptr_t fail_with(int error) {
    errno_ = error;
    return nullptr;
  }

 private:
  Engine& engine_;
  int errno_;
};

/// Where a walk was taken, and when.
struct HeapWalkEnd {
  const void* start = nullptr;  ///< of the heap
  const void* end = nullptr;    ///< the break
  std::uint64_t clock = 0;      ///< a reading of clock_now() taken under the lock, ticks
  mh_error error = MH_OK;       ///< what ended the walk before the last block
  const void* where = nullptr;  ///< the block that did
};

/// What the functions promise stands in microheap.h. Every method may be called from any thread.
class Heap : public mh_heap {
 public:
  using WalkEnd = HeapWalkEnd;

  /// The largest size that can be asked for, bytes: what an event's size field can say.
  static constexpr std::size_t max_request = Record::max_size;

  virtual void* allocate(std::size_t size) = 0;
  virtual void release(void* pointer) = 0;
  virtual void* allocate_zeroed(std::size_t count, std::size_t size) = 0;
  virtual void* reallocate(void* pointer, std::size_t size) = 0;
  virtual void* allocate_aligned(std::size_t alignment, std::size_t size) = 0;
  [[nodiscard]] virtual std::size_t usable_size(const void* pointer) const = 0;

  [[nodiscard]] virtual mh_stats stats() const = 0;
  [[nodiscard]] virtual mh_error check(const void** where) const = 0;
  /// Visits every block in the order of addresses, under the lock. Ends at a damaged block.
  virtual WalkEnd walk(mh_visitor visitor, void* context) const = 0;
  /// The same, unless the lock is not to be had within timeout_ns. False: nothing was visited.
  virtual bool walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context,
                           WalkEnd& end) const = 0;
  /// Visits the free blocks in the order in which a search looks at them.
  virtual void walk_free(mh_visitor visitor, void* context) const = 0;
  /// The block that contains address. False if there is none.
  virtual bool block_at(const void* address, mh_block& block) const = 0;
  /// Whether address may be of this heap: a look without a lock, for error messages of others.
  [[nodiscard]] virtual bool covers(const void* address) const = 0;

  /// Takes back every block, used or not, and moves the break to where the heap began. Pointers
  /// into the heap are dead after it. Figures that say "ever" keep their values; the peaks begin
  /// anew. What lies below somebody else's memory stays behind: the heap begins anew above it.
  /// Pools are dead too: they lie in the heap.
  virtual void reset() = 0;

  virtual void set_error_handler(mh_error_handler handler, void* context) = 0;

  /// Calls action(context) while no other call is at work in the heap: under its lock, where an
  /// engine has one for everything. action must not call the heap.
  virtual void undisturbed(void (*action)(void*), void* context) const { action(context); }

  /// The stream of this heap's events. After attaching a segment call announce().
  [[nodiscard]] virtual EventWriter& events() = 0;
  /// Tells a new reader what is there: reset, break, policy, every block with its state and owner.
  virtual void announce() = 0;
  /// Tells the stream what the used block of this payload is called, in at most 8 characters. The
  /// heap itself keeps no names: after announce() they have to be told again.
  virtual void name_block(const void* payload, const char* name) = 0;
  /// Puts a mark into the stream; up to 40 characters are kept.
  virtual void mark(const char* text) = 0;

  // The switches. An engine that has none says so: policy() is then the plainest, and set_policy()
  // changes nothing and returns false.
  [[nodiscard]] virtual mh_policy policy() const = 0;
  virtual bool set_policy(const mh_policy& policy) = 0;
  virtual void set_explaining(bool on) = 0;
  [[nodiscard]] virtual bool explaining() const = 0;

  /// Where pools get their blocks; nullptr: the engine has no pools.
  [[nodiscard]] virtual PoolGround* pool_ground() { return nullptr; }

 protected:
  constexpr Heap() = default;
  ~Heap() = default;
};

/// Which other heaps there are, so that a pointer of another heap can be called that.
class HeapDirectory {
 public:
  static constexpr std::size_t max_heaps = 64;

  /// False if there are max_heaps already: then the heap is simply not known to others.
  bool add(const Heap& heap);
  void remove(const Heap& heap);
  /// Whether a heap other than this one covers address.
  [[nodiscard]] bool covered_by_another(const Heap& heap, const void* address) const;

 private:
  mutable Lock lock_;
  const Heap* heaps_[max_heaps] = {};
};

/// The heap behind my_malloc(), on the process's own program break. It lives as long as the
/// process.
Heap& process_heap();
/// The heaps of the process: those of mh_heap_create(), and who else adds itself.
HeapDirectory& heap_directory();

}  // namespace mh
