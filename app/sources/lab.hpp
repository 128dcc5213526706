#pragma once
// The lab: worker threads and a hand on the real heap.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/model/player.hpp"
#include "app/model/ring_stream.hpp"
#include "app/model/source.hpp"
#include "app/model/workload.hpp"
#include "app/sources/crew.hpp"
#include "app/sources/engine_heap.hpp"
#include "app/sources/gate.hpp"
#include "app/sources/hand.hpp"
#include "app/sources/hand_threads.hpp"
#include "app/sources/heap_check.hpp"
#include "app/sources/mischief.hpp"
#include "app/sources/pool_hand.hpp"
#include "core/heap/heap.hpp"

namespace mh {

/// The lab's heap, its hand and its workers. Methods are for one thread, the window's, whose events
/// are those of the thread "you"; only walk() is also for the reader's thread. While that thread
/// holds the reader still (Recorder::Reading), it should not call methods that change something:
/// they may wait for the reader, up to the segment's patience.
class Lab final : public Source, public Player::Gate {
 public:
  static constexpr unsigned max_threads = Workload::max_threads;
  static constexpr std::uint16_t hand_thread =
      100;  ///< number of the thread "you"; workers have 1..64

  /// On this heap, which nobody else uses meanwhile.
  explicit Lab(Heap& heap);
  /// On one whose engine can be chosen.
  explicit Lab(EngineHeap& heap);
  ~Lab() override;
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Source
  std::unique_ptr<Stream> open_stream() override { return std::make_unique<RingStream>(segment_); }
  [[nodiscard]] Segment& segment() { return segment_; }
  bool walk(std::uint64_t timeout_ns, mh_visitor visitor, void* context, WalkEnd& end) override;

  // By hand. Each block allocated by hand gets the next free name (p, q, r, ..., z, a, ..., o, p1,
  // ...) or the one given. Addresses are those of headers. Any block can be freed or reallocated by
  // hand, also a worker's. Errors come back as a sentence.
  using Outcome = Hand::Outcome;
  Outcome hand_malloc(std::uint64_t size, std::string_view name = {}) {
    return told(hand_.allocate(size, name));
  }
  Outcome hand_calloc(std::uint64_t count, std::uint64_t size, std::string_view name = {}) {
    return told(hand_.allocate_zeroed(count, size, name));
  }
  Outcome hand_aligned_alloc(std::uint64_t alignment, std::uint64_t size,
                             std::string_view name = {}) {
    return told(hand_.allocate_aligned(alignment, size, name));
  }
  Outcome hand_free_null() { return told(hand_.release_null()); }
  Outcome hand_realloc(std::uint64_t block, std::uint64_t size, std::string_view name = {},
                       std::uint64_t pointer = 0);
  Outcome hand_free(std::uint64_t block, std::uint64_t pointer = 0);
  /// Those of them that can be freed.
  Hand::Freed hand_free_all(std::span<const std::uint64_t> blocks, bool undoable);
  /// Has a call by hand made by a thread of that number, 1 to max_threads, while this one waits:
  /// whose block it is can be seen. 0: by this thread. No workload may be running. The thread lives
  /// on, with its cache, until a workload starts or the heap is emptied.
  Outcome by_thread(unsigned number, const std::function<Outcome()>& call);
  /// Makes a mistake on purpose; see MischiefMaker. The workers stand still meanwhile.
  Outcome make_mischief(Mischief mischief, std::uint64_t block, std::uint64_t amount = 0);
  Outcome write_through(std::uint64_t dangling, std::string_view name, std::uint64_t bytes);
  /// What the last mistake wrote over; once.
  std::optional<MischiefMaker::Written> take_written() {
    return std::exchange(written_, std::nullopt);
  }
  /// Puts a mark on the timeline, see mh_mark().
  void mark(const std::string& text) { heap_.mark(text.c_str()); }
  /// Takes the last operation by hand back: frees what it allocated, allocates again what it freed
  /// (perhaps elsewhere), gives the old size back.
  Outcome undo() { return told(hand_.undo()); }
  Outcome redo() { return told(hand_.redo()); }
  [[nodiscard]] bool can_undo() const { return hand_.can_undo(); }
  [[nodiscard]] bool can_redo() const { return hand_.can_redo(); }
  /// The calls made by hand since the heap was empty, to be made again.
  [[nodiscard]] const Journal& journal() const { return hand_.journal(); }
  /// The header address of the live block of that name.
  [[nodiscard]] std::optional<std::uint64_t> block_called(std::string_view name) const {
    return hand_.block_called(name);
  }
  [[nodiscard]] std::string name_of(std::uint64_t block) const { return hand_.name_of(block); }
  /// The real block that contains address, now. False if there is none.
  bool block_at(std::uint64_t address, mh_block& block) const {
    return heap_.block_at(reinterpret_cast<const void*>(address), block);
  }
  /// What the pointer to a block is; see Hand::pointer_to().
  [[nodiscard]] std::uint64_t pointer_to(std::uint64_t block) const {
    return hand_.pointer_to(block);
  }
  // Pools by hand, and their objects. Undone and redone as calls are; only a pool that was
  // destroyed does not come back.
  Outcome make_pool(std::uint64_t object_size, std::uint64_t slots, std::string_view name = {});
  Outcome pool_alloc(std::string_view pool, std::string_view name = {});
  Outcome free_object(std::string_view name);
  Outcome free_last_object(std::string_view pool);
  Outcome free_slot(std::uint64_t slot);  ///< by its address
  Outcome destroy_pool(std::string_view pool);
  [[nodiscard]] const PoolHand& pools() const { return pools_; }

  // Workers.
  /// Stops a running workload first. Throws std::invalid_argument with workload_error()'s sentence,
  /// or std::runtime_error if the system gives no more threads.
  void start(const Workload& workload);
  /// Workloads that are started from now on: their threads take turns, one operation each, so that
  /// the same workload ends with the same heap every time.
  void set_in_turns(bool on) { in_turns_ = on; }
  void pause_workload(bool paused) { gate_.set_paused(paused); }
  void stop();  ///< joins the workers; their blocks stay
  [[nodiscard]] bool running() const { return crew_.running(); }
  [[nodiscard]] bool workload_paused() const { return running() && gate_.paused(); }
  /// The workload that runs or ran last.
  [[nodiscard]] const std::optional<Workload>& workload() const { return workload_; }
  [[nodiscard]] std::uint64_t operations_done() const { return crew_.operations_done(); }
  /// Allocations of the workers for which there was no memory. They freed something and went on.
  [[nodiscard]] std::uint64_t failed_allocations() const { return crew_.failed_allocations(); }
  void set_rate(double operations_per_second);  ///< of the running workload; ignored if not above 0
  void set_live_blocks(std::uint64_t blocks);   ///< brought within 1 to Workload::max_live_blocks
  /// Stops the workers and empties the heap: the break goes back to where it began.
  void reset();

  [[nodiscard]] Engine engine() const {
    return engines_ != nullptr ? engines_->engine() : Engine::classic;
  }
  /// Empties the heap as reset() does, and goes on with this engine. False: it cannot be chosen.
  bool choose_engine(Engine engine);

  // The engine's switches. Each takes effect at once; those of the layout for new blocks.
  [[nodiscard]] const mh_policy& policy() const { return policy_; }
  /// False: the engine has no such policy, and keeps its own.
  bool set_policy(const mh_policy& policy);
  /// Explaining, the engine tells each search block by block.
  [[nodiscard]] bool explaining() const { return explaining_; }
  void set_explaining(bool on);

  // Player::Gate: holds workers, not the hand.
  void set_open(bool open) override { gate_.set_open(open); }
  void let_through(unsigned calls) override { gate_.let_through(calls); }
  void set_limit(double calls_per_second) override { gate_.set_limit(calls_per_second); }

  /// Figures of the heap. What they count "ever" they count from the last reset on.
  [[nodiscard]] mh_stats stats() const;
  /// A check of the whole heap: at once, or on a thread of its own.
  [[nodiscard]] CheckResult check_now() const { return check_heap(heap_); }
  [[nodiscard]] HeapCheck& check() { return check_; }
  /// Gives a fresh walk if the reader asked for one, and the names again after one. Call it now and
  /// then (every frame).
  void tick();

 private:
  static void note_error(const mh_report* report, void* context);
  Outcome told(Outcome outcome);
  Outcome noted(Outcome outcome);
  [[nodiscard]] bool lost(std::uint64_t block);
  [[nodiscard]] std::string why_not(std::uint64_t block);

  // Calls with their entry in the journal: lab_pools.cpp.
  Outcome create_pool(std::uint64_t object_size, std::uint64_t slots, std::string_view name);
  Outcome drop_pool(std::string_view pool);
  Outcome take_slot(std::string_view pool, std::string_view name);
  Outcome give_slot(std::string_view pool, std::string_view name);
  Outcome give_slot_undoably(const std::string& pool, const std::string& name);
  Outcome give_slot_at(std::uint64_t slot);

  void note_mischief(Mischief mischief, std::uint64_t block, std::uint64_t amount);
  void begin_journal();
  void listen();
  void listen_no_more();

  Heap& heap_;
  EngineHeap* engines_ = nullptr;  ///< heap_, if its engine can be chosen
  Segment segment_;
  WorkGate gate_;
  Crew crew_;
  Hand hand_;
  MischiefMaker mischief_;
  std::optional<MischiefMaker::Written> written_;
  HeapCheck check_;
  HandThreads hand_threads_;
  std::size_t errors_noticed_ = 0;
  std::vector<mh_report> reports_;  ///< errors of the hand's calls since the last outcome
  PoolHand pools_;
  std::optional<Workload> workload_;
  mh_stats before_{};  ///< the heap's figures at the last reset
  mh_policy policy_;   ///< as the heap has it: nobody else uses the heap
  bool explaining_;
  bool in_turns_ = false;
  std::uint32_t walks_seen_ = 0;
  bool introduced_ = false;  ///< the stream knows the thread "you"
};

}  // namespace mh
