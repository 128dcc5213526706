// The heaps of the drop-in, and what becomes of errors and of fork().

#include "core/preload/preload.hpp"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "core/preload/fallback_break.hpp"
#include "core/preload/options.hpp"
#include "core/preload/watched.hpp"

namespace mh::preload {

namespace {

constinit Immortal<ProgramBreak> the_break;
constinit Immortal<FallbackBreak> the_fallback_break;
constinit Immortal<ClassicHeap> the_classic_heap(the_fallback_break.object);

void watch_forked_child();

/// So that a child of fork() finds the heaps in order. What is registered first holds them last and
/// lets them go first: handlers of others then run while every thread can allocate.
void register_for_fork() {
  pthread_atfork(
      [] {
        fast_threads.before_fork();
        the_classic_heap.object.hold();
      },
      [] {
        the_classic_heap.object.let_go();
        fast_threads.after_fork_in_parent();
      },
      [] {
        the_classic_heap.object.let_go();
        fast_threads.after_fork_in_child();
        watch_forked_child();
      });
}

/// One for the process.
class Engine {
 public:
  /// environment: of the process, or nullptr where it is not known yet.
  Heap& heap(char** environment = environ) {
    Heap* const chosen = chosen_.load(std::memory_order_acquire);
    if (chosen == nullptr) return choose(environment);
    watched_.tend(*chosen);
    return *chosen;
  }
  void after_fork_in_child() {
    Heap* const chosen = chosen_.load(std::memory_order_relaxed);
    if (chosen != nullptr) watched_.after_fork_in_child(*chosen);
  }
  /// After each call that may have told an error. Without the heap's lock, so that whoever handles
  /// SIGABRT can allocate.
  void finish() {
    if (failed_.load(std::memory_order_relaxed)) std::abort();
  }

  void set_perturb(int value) {
    if (value != 0) fast_heap().forgo_caches();  // its short ways write nothing into blocks
    perturb_.store(value, std::memory_order_relaxed);
  }
  [[nodiscard]] bool perturbs() const { return perturb_.load(std::memory_order_relaxed) != 0; }
  /// What M_PERTURB asks for, in bytes that a program was just given.
  void fill_new(void* begin, std::size_t bytes) const {
    const int value = perturb_.load(std::memory_order_relaxed);
    if (value != 0 && begin != nullptr) std::memset(begin, ~value, bytes);
  }
  /// In a block that it gives back.
  void fill_old(void* pointer) {
    const int value = perturb_.load(std::memory_order_relaxed);
    if (value != 0) std::memset(pointer, value, heap().usable_size(pointer));
  }

 private:
  // The first call of a process, before it has a second thread: the loader's, or a constructor's.
  Heap& choose(char** environment) {
    const Options options = Options::from_environment(environment);
    FastHeap& fast = fast_heap();
    if (options.mmap_threshold != 0) fast.set_mapping_threshold(options.mmap_threshold, true);
    if (options.trim_threshold != 0) fast.set_trim_threshold(options.trim_threshold);
    if (options.top_pad != 0) fast.set_pad(options.top_pad);
    abort_on_error_ = options.abort_on_error;
    set_perturb(options.perturb);
    Heap& heap = options.engine == Options::Engine::fast
                     ? static_cast<Heap&>(fast)
                     : static_cast<Heap&>(the_classic_heap.object);
    if (options.engine == Options::Engine::classic) {
      the_classic_heap.object.set_policy(preset_for_programs());
    }
    heap.set_error_handler(&Engine::note_error, this);
    watched_.begin(heap, options.session);
    chosen_.store(&heap, std::memory_order_release);
    register_for_fork();  // it may allocate
    return heap;
  }

  /// Of the presets the one that wastes least: coalescing, splitting.
  static mh_policy preset_for_programs() {
    mh_policy policy = plainest_policy;
    policy.placement = MH_BEST_FIT;
    policy.coalescing = MH_COALESCE_AT_FREE;
    policy.split = 1;
    policy.header = MH_HEADER_COMPACT;
    policy.free_order = MH_ORDER_LIFO;
    policy.trimming = MH_TRIM_THRESHOLD;
    policy.growth = MH_GROW_CHUNKS;
    policy.growth_chunk = std::size_t{128} << 10;
    return policy;
  }

  static void note_error(const mh_report* report, void* context) {
    auto& engine = *static_cast<Engine*>(context);
    char text[200];
    char line[300];
    mh_format_report(report, text, sizeof text);
    std::snprintf(line, sizeof line, "microheap: %s (pointer %p, process %d)\n", text,
                  report->pointer, static_cast<int>(getpid()));
    say(line);
    if (engine.abort_on_error_) engine.failed_.store(true, std::memory_order_relaxed);
  }

  std::atomic<Heap*> chosen_{nullptr};
  std::atomic<bool> failed_{false};
  std::atomic<int> perturb_{0};
  bool abort_on_error_ = true;
  Watched watched_;
};

constinit Engine the_engine;

void watch_forked_child() {
  the_engine.after_fork_in_child();
}

/// So that both blocks hold what M_PERTURB says.
void* reallocate_elsewhere(void* pointer, std::size_t usable, std::size_t size) {
  void* const moved = allocate(size);
  if (moved == nullptr) return nullptr;
  std::memcpy(moved, pointer, usable);
  release(pointer);
  return moved;
}

// The library is linked so that this runs before all other constructors, even the C library's.
[[gnu::constructor]] void prepare(int, char**, char** environment) {
  the_engine.heap(environment);
}

}  // namespace

constinit Immortal<FastHeap> the_fast_heap(the_break.object);

Heap& heap() {
  return the_engine.heap();
}

void set_perturb(int value) {
  the_engine.set_perturb(value);
}

// The fast engine's short ways were tried before.

void* allocate(std::size_t size) {
  const std::size_t asked = size;
  if (size == 0) {
    size = 1;
    if (void* const payload = try_allocate(size); payload != nullptr) return payload;
  }
  Heap& heap = the_engine.heap();
  void* const payload =
      &heap == &fast_heap() ? fast_heap().allocate_locked(size) : heap.allocate(size);
  the_engine.finish();
  the_engine.fill_new(payload, asked);
  return payload;
}

void* allocate_aligned(std::size_t alignment, std::size_t size) {
  void* const payload = the_engine.heap().allocate_aligned(alignment, size == 0 ? 1 : size);
  the_engine.finish();
  if (payload == nullptr) errno = ENOMEM;  // also for an alignment that an engine does not have
  the_engine.fill_new(payload, size);
  return payload;
}

void* allocate_zeroed(std::size_t count, std::size_t size) {
  if (count == 0 || size == 0) count = size = 1;
  void* const payload = the_engine.heap().allocate_zeroed(count, size);
  the_engine.finish();
  return payload;
}

void* reallocate(void* pointer, std::size_t size) {
  Heap& heap = the_engine.heap();
  if (the_engine.perturbs()) {
    const std::size_t usable = heap.usable_size(pointer);
    if (usable != 0 && size > usable) return reallocate_elsewhere(pointer, usable, size);
  }
  void* const payload = heap.reallocate(pointer, size);
  the_engine.finish();
  return payload;
}

void release(void* pointer) {
  Heap& heap = the_engine.heap();
  the_engine.fill_old(pointer);
  &heap == &fast_heap() ? fast_heap().release_locked(pointer) : heap.release(pointer);
  the_engine.finish();
}

}  // namespace mh::preload
