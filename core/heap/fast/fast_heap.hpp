#pragma once
// The engine for real programs: boundary tags, bins found through a bitmap, a cache for each
// thread. The short ways through malloc and free stand here, so that whoever exports them has them
// inline.

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/events/event_writer.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/policy.hpp"
#include "core/heap/fast/fast_arena.hpp"
#include "core/heap/fast/fast_block.hpp"
#include "core/heap/fast/fast_cache.hpp"
#include "core/heap/fast/fast_lock.hpp"
#include "core/heap/fast/fast_mappings.hpp"
#include "core/heap/fast/fast_pool.hpp"
#include "core/heap/heap.hpp"
#include "core/include/microheap.h"

namespace mh {

/// What the methods promise stands in microheap.h; how it works, in core/README.md. Every method
/// may be called from any thread.
class FastHeap final : public Heap {
 public:
  /// Memory comes from end, which must outlive the heap, as must the directory. Moves nothing yet.
  constexpr explicit FastHeap(Break& end, const HeapDirectory* directory = nullptr)
      : arena_(end), directory_(directory) {}
  ~FastHeap();
  FastHeap(const FastHeap&) = delete;
  FastHeap& operator=(const FastHeap&) = delete;

  /// The short ways, without the lock; they are not always open. nullptr, or false, if they are
  /// not: then nothing has changed, and the other way is to be taken.
  void* try_allocate(std::size_t size) { return try_allocate(size, at_hand()); }
  bool try_release(void* pointer) { return try_release(pointer, at_hand()); }
  /// The same for a caller who knows where the thread's cache is.
  void* try_allocate(std::size_t size, FastCache& cache);
  bool try_release(void* pointer, FastCache& cache);

  /// The other ways: without the lock, where the thread kept something; with the lock for a moment,
  /// to exchange blocks with the pool; or for the whole call.
  void* allocate_locked(std::size_t size) {
    if (void* const payload = allocate_pooled(size); payload != nullptr) return payload;
    if (void* const payload = allocate_medium(size); payload != nullptr) return payload;
    return allocate_locked(size, FastBlock::grain, nullptr, {});
  }
  void release_locked(void* pointer) {
    if (!release_pooled(pointer)) release_in_full(pointer, {});
  }

  void* allocate(std::size_t size) override {
    if (void* const payload = try_allocate(size); payload != nullptr) [[likely]]
      return payload;
    return allocate_locked(size);
  }
  void release(void* pointer) override {
    if (try_release(pointer)) [[likely]]
      return;
    release_locked(pointer);
  }
  void* allocate_zeroed(std::size_t count, std::size_t size) override;
  void* reallocate(void* pointer, std::size_t size) override;
  void* allocate_aligned(std::size_t alignment, std::size_t size) override;
  [[nodiscard]] std::size_t usable_size(const void* pointer) const override;

  [[nodiscard]] mh_stats stats() const override;
  [[nodiscard]] mh_error check(const void** where) const override;
  WalkEnd walk(mh_visitor visitor, void* context) const override;
  bool walk_within(std::uint64_t timeout_ns, mh_visitor visitor, void* context,
                   WalkEnd& end) const override;
  void walk_free(mh_visitor visitor, void* context) const override;
  bool block_at(const void* address, mh_block& block) const override;
  [[nodiscard]] bool covers(const void* address) const override;

  void reset() override;
  void set_error_handler(mh_error_handler handler, void* context) override;

  [[nodiscard]] EventWriter& events() override { return events_; }
  void announce() override;
  void name_block(const void* payload, const char* name) override;
  void mark(const char* text) override;

  // It has no switches.
  [[nodiscard]] mh_policy policy() const override { return plainest_policy; }
  bool set_policy(const mh_policy&) override { return false; }
  void set_explaining(bool) override {}
  [[nodiscard]] bool explaining() const override { return false; }

  /// Gives back to the system what it can, but for keep bytes at the end of the heap. The calling
  /// thread's cache is emptied first. Whether there was something.
  bool trim(std::size_t keep);
  /// Requests of at least so many bytes get a mapping of their own; it grows when such blocks are
  /// freed, unless fixed. Never: max_request + 1.
  void set_mapping_threshold(std::size_t bytes, bool fixed);
  void set_trim_threshold(std::size_t bytes);
  void set_pad(std::size_t bytes);
  /// From now on the calling thread, and threads that have no cache yet, work without one: no call
  /// takes the short ways.
  void forgo_caches();

 private:
  // A shelf may hold so much, or this share of the heap.
  static constexpr std::size_t least_shelf = std::size_t{128} << 10;
  static constexpr std::size_t shelf_share = 16;
  static constexpr std::size_t medium_share = 32;  // of the heap, for a thread's medium blocks

  friend class FastThreads;
  class Call;

  void* try_allocate(std::size_t size, std::size_t whole, FastCache& cache);
  // With the lock for a moment, or without it.
  void* allocate_pooled(std::size_t size);
  void* allocate_medium(std::size_t size);
  bool release_pooled(void* pointer);
  // With the lock for the whole call.
  /// What the caller called, for those who listen.
  struct Told {
    CallKind call{};  ///< none: malloc() or free()
    std::uint64_t argument = 0;
    std::uint64_t address = 0;
  };
  void release_in_full(void* pointer, const Told& told);
  void* allocate_locked(std::size_t size, std::size_t alignment, std::byte** fresh,
                        const Told& told);
  void* allocate_any(std::size_t size, std::size_t alignment, EventScope& scope, std::byte** fresh);
  void* allocate_small(std::size_t size, EventScope& scope);
  FastBlock* take_block(std::size_t size, std::size_t alignment, EventScope& scope);
  void* allocate_mapped(std::size_t size, std::size_t alignment, EventScope& scope);
  void* allocate_large(std::size_t size, std::size_t alignment, EventScope& scope,
                       std::byte** fresh);
  void release_block(FastBlock* block, EventScope& scope);
  void give_large(FastBlock* block, EventScope& scope);
  void release_mapping(const FastMapping* mapping, EventScope& scope);
  void* try_reallocate(void* pointer, std::size_t size);
  void* reallocate_locked(void* pointer, std::size_t size);
  bool resize_block(FastBlock* block, std::size_t size, bool may_move, EventScope& scope);
  void* resize_at_last(void* pointer, std::size_t size);
  void shrink_request(void* payload, std::size_t size);
  void* resize_mapping(const FastMapping* mapping, std::size_t size, bool must_stay,
                       EventScope& scope);

  /// Whether it can be read as a header, and nobody listens.
  bool may_be_block(const FastBlock* block) const;
  /// Of a block in use.
  struct InUse {
    std::uint32_t grains = 0;
    std::uint32_t hash = 0;
  };
  /// False if it is none, of any size, or somebody listens.
  bool in_use(const FastBlock* block, InUse& found) const;

  // Caches.
  [[nodiscard]] FastCache& at_hand() const { return *fast_thread.caches[place()]; }
  FastCache* cache_of_this_thread();
  [[nodiscard]] unsigned place() const { return place_.load(std::memory_order_relaxed); }
  void prepare_thread();
  void enter();
  FastCache* make_cache();
  unsigned fill(FastCache& cache, std::uint32_t grains, EventScope& scope);
  bool give_excess(FastCache& cache, EventScope& scope);
  void flush(FastCache& cache, std::uint32_t grains, unsigned many, EventScope& scope);
  void empty(FastCache& cache, EventScope& scope);
  static void finish_push(FastCache::Bin& bin, std::uint32_t grains);
  void retire(FastCache& cache);
  void pool_or_give(FastBlock** blocks, unsigned many, std::uint32_t grains, EventScope& scope);
  void empty_pool(EventScope& scope);
  bool give_all_back(std::size_t keep, EventScope& scope);
  bool give_addresses_back(EventScope& scope);
  void give_back_if_past_peak(std::size_t least_free, EventScope& scope);
  bool drain_pool(EventScope& scope);
  [[nodiscard]] bool pool_has_room(std::uint32_t grains, unsigned many) const;
  static void widen(FastCache::Bin& bin, std::uint32_t grains);
  [[nodiscard]] std::size_t shelf_limit() const;
  static bool shelve(FastCache& cache, std::uint32_t grains);
  static unsigned take_from_shelf(FastCache& cache, std::uint32_t grains);
  unsigned take_from_pool(FastCache::Bin& bin, std::uint32_t grains);
  void hold() { lock_.hold_for_fork(); }
  void let_go() { lock_.let_go_after_fork(); }

  // Errors.
  mh_error find(const void* pointer, FastBlock*& block, const FastMapping*& mapping) const;
  mh_error name_error(const void* pointer, FastBlock*& found) const;
  void report(mh_error error, const void* pointer, const FastBlock* block, EventScope& scope);
  void* refuse(std::size_t size, EventScope& scope);
  void settle();
  mh_error check_regions(const void** where) const;

  template <typename Visit>
  void for_each_block(Visit&& visit) const;
  [[nodiscard]] std::uint64_t count_used() const;
  const FastBlock* covering(const void* address, const FastBlock** damaged) const;
  WalkEnd walk_locked(mh_visitor visitor, void* context) const;
  void describe();

  FastArena arena_;
  const HeapDirectory* directory_;
  EventWriter events_;
  // Where blocks may lie that the short ways know; written with the lock.
  std::atomic<std::uintptr_t> lowest_{0};
  std::atomic<std::size_t> grains_{0};
  std::atomic<unsigned> place_{0};  // in FastThread::caches; 0: none yet, or none to be had
  std::atomic<bool> entered_{false};

  mutable FastLock lock_;
  FastMappings mappings_;
  std::size_t mapping_threshold_ = std::size_t{128} << 10;
  bool fixed_threshold_ = false;
  FastCache* caches_ = nullptr;        // in use
  FastCache* spare_caches_ = nullptr;  // of threads that ended, a few
  unsigned spare_count_ = 0;
  mh_stats counts_{};                // the figures that only go up
  std::uint64_t dropped_ = 0;        // blocks in use when the heap was reset
  std::size_t used_after_peak_ = 0;  // bytes, when the most went back to the system
  mh_error_handler handler_ = nullptr;
  void* handler_context_ = nullptr;
  const void* known_damage_ = nullptr;
  FastPool* pool_ = nullptr;  // from the first cache on
};

inline void* FastHeap::try_allocate(std::size_t size, FastCache& cache) {
  constexpr std::size_t tiny = FastBlock::smallest - FastBlock::grain - FastBlock::header_bytes;
  // The rarer sizes first: without a comparison of its own the usual ones go faster.
  if (size - tiny - 1 >= FastCache::max_request - tiny) [[unlikely]]
    return size - 1 < tiny ? try_allocate(size, FastBlock::smallest, cache) : nullptr;
  const std::size_t rounded = size + FastBlock::header_bytes + FastBlock::grain - 1;
  return try_allocate(size, rounded & ~(FastBlock::grain - 1), cache);
}

/// whole: the size of the block.
inline void* FastHeap::try_allocate(std::size_t size, std::size_t whole, FastCache& cache) {
  if (events_.active()) [[unlikely]]
    return nullptr;
  FastCache::Bin& bin = cache.bins[whole / FastBlock::grain];
  FastBlock* const block = bin.pop();
  if (block == nullptr) [[unlikely]]
    return nullptr;
  block->use_cached(static_cast<std::uint32_t>(whole - size));
  return block->payload();
}

inline bool FastHeap::may_be_block(const FastBlock* block) const {
  // In the heap and at a multiple of 16: turned round, a remainder makes the number huge.
  const std::uintptr_t offset =
      reinterpret_cast<std::uintptr_t>(block) - lowest_.load(std::memory_order_relaxed);
  if (std::rotr(offset, 4) >= grains_.load(std::memory_order_relaxed)) [[unlikely]]
    return false;
  return !events_.active();
}

inline bool FastHeap::in_use(const FastBlock* block, InUse& found) const {
  if (!may_be_block(block)) return false;
  found.grains = block->grains();
  found.hash = FastBlock::hash(block, found.grains);
  return block->is_used(found.hash);
}

inline bool FastHeap::try_release(void* pointer, FastCache& cache) {
  FastBlock* const block = FastBlock::of_payload(pointer);
  if (!may_be_block(block)) [[unlikely]]
    return false;
  const std::uint32_t grains = block->grains();
  const std::uint32_t hash = FastBlock::small_hash(block, grains);
  if (!block->is_used(hash)) [[unlikely]]
    return false;
  // It is small, as the hash says; but who forges a hash shall not choose where we write.
  if (!cache.bins[grains % FastCache::grains_end].push(block)) [[unlikely]]
    return false;
  // Last, because the store may have to wait; see finish_push().
  block->become(hash, FastState::cached, 0);
  return true;
}

}  // namespace mh
