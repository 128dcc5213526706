#pragma once
// The teaching engine: a list of all blocks, a free list, one lock, memory from the break, and a
// switch for each decision.

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/block_list.hpp"
#include "core/heap/classic/free_list.hpp"
#include "core/heap/classic/guard.hpp"
#include "core/heap/classic/layout.hpp"
#include "core/heap/classic/placement.hpp"
#include "core/heap/classic/policy.hpp"
#include "core/heap/heap.hpp"

namespace mh {

/// With the plainest policy the simplest allocator that works. What always holds between two calls
/// stands in core/README.md.
class ClassicHeap : public Heap, private PoolGround {
 public:
  /// Memory comes from end, which must outlive the heap, as must the directory. Moves nothing yet.
  constexpr explicit ClassicHeap(Break& end, const HeapDirectory* directory = nullptr)
      : break_(end), directory_(directory) {}
  ClassicHeap(const ClassicHeap&) = delete;
  ClassicHeap& operator=(const ClassicHeap&) = delete;

  void* allocate(std::size_t size) override;
  void release(void* pointer) override;
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
  // Around fork(): nobody else is inside, so that the child finds the heap in order.
  void hold() { lock_.hold_for_fork(); }
  void let_go() { lock_.let_go_after_fork(); }
  void undisturbed(void (*action)(void*), void* context) const override;
  [[nodiscard]] EventWriter& events() override { return events_; }
  void announce() override;
  void name_block(const void* payload, const char* name) override;
  void mark(const char* text) override;

  [[nodiscard]] mh_policy policy() const override;
  bool set_policy(const mh_policy& policy) override;
  void set_explaining(bool on) override;
  [[nodiscard]] bool explaining() const override;

  [[nodiscard]] PoolGround* pool_ground() override { return this; }

 private:
  friend HeapCall<ClassicHeap>;
  using Call = HeapCall<ClassicHeap>;
  void enter() final;
  void leave() final;

  Plot obtain_for_pool(std::size_t size, EventScope& scope) override;
  void give_back_from_pool(std::byte* payload, EventScope& scope) override;
  void report(const mh_report& report, EventScope& scope) override;

  // Where a block comes from: classic_heap.cpp.
  Block* obtain(std::size_t requested, EventScope& scope);
  Block* place(std::size_t requested, EventScope& scope);
  Block* choose(FreeWalk& walk, Search& search) const;
  Block* grow(std::size_t requested, EventScope& scope);
  Block& keep_tail(Block& block, std::size_t requested, EventScope& scope);
  Block& align(Block& block, std::size_t alignment, EventScope& scope);
  Block& split_front(Block& block, std::size_t bytes, EventScope& scope);
  Block* split(Block& block, std::size_t size, EventScope& scope);
  void split_rest(Block& block, std::size_t requested, EventScope& scope);
  void hand_out(Block& block, std::size_t requested, std::uint8_t flags, EventScope& scope);
  void* out_of_memory(std::size_t requested, EventScope& scope);

  // Where it goes.
  void take_back(Block& block, EventScope& scope);
  void mark_free(Block& block, EventScope& scope);
  [[nodiscard]] bool merges(mh_coalescing how) const;
  [[nodiscard]] bool merges() const;
  Block& coalesce(Block& block, EventScope& scope);
  Block& merge_into_free_before(Block& block, EventScope& scope);
  [[nodiscard]] Block* free_block_before(const Block& block) const;
  bool coalesce_all(EventScope& scope);
  void absorb(Block& block, Block& next, EventScope& scope);
  void trim(EventScope& scope);

  // realloc in place.
  bool resize_in_place(Block& block, std::size_t requested, EventScope& scope);
  bool extend(Block& block, std::size_t wanted, EventScope& scope);
  void resize(Block& block, std::size_t requested, EventScope& scope);

  // The free list, and what it tells.
  void link(Block& block, EventScope& scope);
  bool unlink(Block& block, EventScope& scope);
  void relink_all(EventScope& scope);
  void tell_search(std::size_t requested, EventScope& scope,
                   SourceLine from = SourceLine::current());
  void tell_search_end(const Search& search, const FreeWalk& walk, Block* block, EventScope& scope,
                       SourceLine from = SourceLine::current());
  void tell_nothing_free(EventScope& scope, SourceLine from = SourceLine::current());

  // The end of the heap: classic_break.cpp.
  struct Growth {
    std::byte* seen;     ///< the break, before it moves
    std::byte* base;     ///< where the new memory begins that can be used
    std::size_t before;  ///< bytes between seen and the new block
    std::size_t needed;  ///< bytes of that block at least ...
    std::size_t size;    ///< ... and by policy
  };
  [[nodiscard]] Growth plan_growth(std::size_t least, std::size_t requested) const;
  [[nodiscard]] bool fits_a_header(const Growth& growth) const;
  std::byte* move_break(Growth& growth);
  [[nodiscard]] bool can_grow(EventScope& scope);
  Block* grow_by(std::size_t least, std::size_t requested, EventScope& scope);
  [[nodiscard]] bool ends_free() const;
  Block* append_at(std::byte* base, std::size_t size, EventScope& scope, SourceLine grown);
  bool find_last_kept(Block*& kept, EventScope& scope);
  [[nodiscard]] Block* behind(const Block* block) const;
  bool unlink_behind(const Block* kept, EventScope& scope);
  void restore_behind(const Block* kept, EventScope& scope);
  [[nodiscard]] bool give_back_to(std::byte* new_end);
  void publish_range();

  // Which block a pointer means, and what is wrong with it: classic_errors.cpp.
  mh_error find(const void* pointer, Block*& found) const;
  mh_error name_error(const void* pointer, Block*& found) const;
  [[nodiscard]] Block* header_before(std::byte* payload) const;
  [[nodiscard]] Block* sealed_at(std::byte* at) const;
  Block* find_or_report(const void* pointer, EventScope& scope);
  Block* find_callers(const void* pointer, EventScope& scope);
  [[nodiscard]] Block* covering(const void* address, Block** damaged) const;
  void report(mh_error error, const void* pointer, const Block* block, EventScope& scope,
              SourceLine from = SourceLine::current());
  void report_damage(mh_error error, const void* where, EventScope& scope,
                     SourceLine from = SourceLine::current());
  void tell(const mh_report& report, EventScope& scope, SourceLine from);
  void set_aside(Block& block, mh_error error, EventScope& scope);
  bool vet(Block& block, EventScope& scope);
  bool vet(const FreeWalk& walk, Block* block, EventScope& scope);
  bool is_unwritten(Block& block, EventScope& scope);
  bool has_its_guards(Block& block, EventScope& scope);
  void repair(const ListFault& fault, EventScope& scope);
  void heal_foreign_headers(EventScope& scope);
  void heal_headers(EventScope& scope);
  [[nodiscard]] Damage damage_of(const Block& block) const;

  // Looking: classic_look.cpp.
  [[nodiscard]] BlockWalk blocks() const { return {list_, limit()}; }
  [[nodiscard]] AddressRange range() const { return {list_.start(), limit()}; }
  [[nodiscard]] const std::byte* limit() const;
  mh_error check_blocks(const void*& where) const;
  mh_error check_free_list(const void*& where) const;
  void describe();
  static void tell_block(const Block& block, EventScope& scope);
  static mh_block describe(const Block& block);
  WalkEnd walk_locked(mh_visitor visitor, void* context) const;

  void count_in(const Block& block);
  void count_out(const Block& block);

  Break& break_;
  const HeapDirectory* directory_;
  mutable Lock lock_;
  BlockList list_;
  FreeList free_;
  const Block* in_hand_ = nullptr;  // free, and in no list: it is about to be handed out
  mh_policy policy_ = plainest_policy;
  Layout layout_ = layout_of(plainest_policy);
  Tally tally_;  // of the list; what check() compares with the blocks themselves
  mh_stats
      counts_{};  // the figures that only go up, and those by size class; stats() adds the rest
  const void* known_damage_ = nullptr;  // reported already: a search meets it again and again
  mh_error_handler handler_ = nullptr;
  void* handler_context_ = nullptr;
  EventWriter events_;
  std::atomic<std::uintptr_t> covered_from_{0};  // what covers() may look at without the lock
  std::atomic<std::uintptr_t> covered_to_{0};
};

}  // namespace mh
