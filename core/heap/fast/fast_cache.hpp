#pragma once
// What a thread keeps at hand of a fast heap: for each size of small blocks a stack of free ones,
// and behind it a shelf. Taking one and putting one back needs no lock and no atomic instruction.

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/heap/fast/fast_bins.hpp"
#include "core/heap/fast/fast_block.hpp"
#include "core/heap/fast/fast_lock.hpp"
#include "core/heap/fast/fast_pool.hpp"

namespace mh {

class FastHeap;

/// One thread's stacks for one heap. Blocks in them have state cached.
class FastCache {
 public:
  /// Blocks of less than this many grains are cached.
  static constexpr std::uint32_t grains_end = FastBlock::small_grains_end;
  /// The largest request that a cached block can serve, bytes.
  static constexpr std::size_t max_request =
      (grains_end - 1) * FastBlock::grain - FastBlock::header_bytes;

  /// Blocks of fewer grains, up to 8 KiB, may be kept too. They are of several sizes in a stack, as
  /// in one of the arena's bins, and only where a thread asks for the sizes that it frees.
  static constexpr std::uint32_t medium_end = 512;
  static constexpr unsigned bin_count = FastBins::bin_of(medium_end);
  /// Whether such blocks may serve a request.
  static constexpr bool is_medium(std::size_t size) {
    return size > max_request && size < medium_end * FastBlock::grain - 2 * FastBlock::header_bytes;
  }

  /// A stack of blocks of one size. limit grows with use, within capacity.
  class Bin {
   public:
    static constexpr unsigned capacity = 62;

    [[nodiscard]] unsigned count() const {
      return static_cast<std::uint16_t>(word_.load(std::memory_order_relaxed));
    }
    /// Calls of push(), ever.
    [[nodiscard]] std::uint64_t pushes() const {
      return word_.load(std::memory_order_relaxed) >> 16;
    }
    /// False if there is no room.
    bool push(FastBlock* block) {
      const std::uint64_t word = word_.load(std::memory_order_relaxed);
      if ((word & 0xffff) >= limit) [[unlikely]]
        return false;
      blocks[word & 0xffff] = block;
      word_.store(word + 0x10001, std::memory_order_relaxed);
      return true;
    }
    /// The same, and not counted.
    void put(FastBlock* block) {
      blocks[count()] = block;
      set_count(count() + 1);
    }
    /// Takes the block that came last; nullptr if there is none.
    FastBlock* pop() {
      const std::uint64_t word = word_.load(std::memory_order_relaxed);
      if ((word & 0xffff) == 0) [[unlikely]]
        return nullptr;
      word_.store(word - 1, std::memory_order_relaxed);
      FastBlock* const block = blocks[(word & 0xffff) - 1];
      if (block == nullptr) __builtin_unreachable();  // spares the caller a second look
      return block;
    }
    [[nodiscard]] FastBlock* top() const { return blocks[count() - 1]; }  ///< there must be one
    /// After all that was written before.
    void set_count(unsigned count) {
      const std::uint64_t word = word_.load(std::memory_order_relaxed);
      word_.store((word & ~std::uint64_t{0xffff}) | count, std::memory_order_release);
    }
    /// The blocks that came first are somewhere else now.
    void drop_oldest(unsigned many) {
      const unsigned kept = count() - many;
      std::copy_n(blocks.begin() + many, kept, blocks.begin());
      set_count(kept);
    }
    void clear() {
      word_.store(0, std::memory_order_relaxed);
      limit = drawn = 0;
    }
    /// How many blocks it gets when it is empty: as many as the thread has in use, so that what it
    /// keeps is bounded by what it needs, and at most half of what may stay.
    [[nodiscard]] unsigned batch() const { return std::clamp(drawn, 1U, (limit + 1) / 2); }

   private:
    std::atomic<std::uint64_t> word_{0};  // count, and pushes << 16: one addition changes both

   public:
    std::uint32_t limit = 0;
    std::uint32_t drawn = 0;  ///< blocks that the thread was given and has not given back
    std::array<FastBlock*, capacity> blocks{};
  };

  std::array<Bin, bin_count> bins{};  ///< as FastBins::bin_of() says; 0 and 1 are never used
  FastCache* next = nullptr;          ///< of the same heap, guarded by its lock
  FastCache* previous = nullptr;
  std::size_t shelf_limit = 0;  ///< how many bytes may lie on the shelf
  FastShelf shelf;              ///< for more of the small blocks that this thread freed
  std::size_t medium_bytes = 0;
  std::size_t medium_limit = 0;
  std::uint64_t declined = 0;  ///< a bit for each medium bin: what was freed found no room

  static constexpr std::size_t least_medium = std::size_t{128} << 10;

  /// A block of at least so many grains, 64 up, that is kept; nullptr if there is none.
  FastBlock* take_medium(std::uint32_t grains);
  /// Keeps a block that is in use, of 64 grains up. False if there is no room.
  bool keep_medium(FastBlock* block, std::uint32_t grains, std::uint32_t hash, bool counted);
  /// How many small blocks of a size it has beyond as many as the thread uses.
  [[nodiscard]] unsigned excess(std::uint32_t grains) const {
    const unsigned kept = bins[grains].count() + shelf.count(grains);
    const unsigned used = bins[grains].drawn - std::min(bins[grains].drawn, kept);
    return kept - std::min(kept, used);
  }
  /// Of all blocks in it.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t sum = shelf.bytes() + medium_bytes;
    for (std::uint32_t grains = 2; grains < grains_end; ++grains) {
      sum += std::size_t{bins[grains].count()} * grains * FastBlock::grain;
    }
    return sum;
  }
  /// What it held is nobody's any more.
  void forget_blocks() {
    for (Bin& bin : bins) {
      bin.set_count(0);
      bin.drawn = 0;
    }
    shelf.clear();
    medium_bytes = 0;
  }

  /// How many blocks of a medium bin may be kept.
  static constexpr unsigned medium_limit_for(std::uint32_t grains) {
    return std::clamp(2048 / grains, 2U, 16U);
  }
  /// How many blocks of a size may be kept: some 8 KiB, at least 8 blocks.
  static constexpr unsigned limit_for(std::uint32_t grains) {
    const std::uint32_t fit = 8192 / (grains * static_cast<std::uint32_t>(FastBlock::grain));
    return fit < 8 ? 8 : fit > Bin::capacity ? Bin::capacity : fit;
  }
};
static_assert(sizeof(FastCache::Bin) == 512);

/// Stands for a cache where there is none: always empty, always full.
extern constinit FastCache no_fast_cache;

/// What a thread knows of the fast heaps. Plain data: it is used before constructors and while
/// threads end.
struct FastThread {
  static constexpr unsigned max_heaps = 8;  ///< with caches; others work without
  static constexpr unsigned first_place = 1;
  std::array<FastCache*, max_heaps> caches;  ///< by the heap's place; place 0 has none
  FastThread* next;
  FastThread* previous;
  bool listed;
  bool ended;  ///< what the thread still does it does without caches
};

[[gnu::tls_model("initial-exec")]] extern constinit thread_local FastThread fast_thread;

/// All threads with caches, and all heaps with a place in them. One for the process.
class FastThreads {
 public:
  /// Gives the heap a place, 1 to max_heaps - 1; 0 if all are taken.
  unsigned enter(FastHeap& heap);
  /// Takes the place back. No thread may be using the heap.
  void leave(unsigned place);
  /// Notes that the calling thread has a cache, so that it is given back when the thread ends.
  /// False if that is not possible.
  bool list_this_thread();
  /// Around fork(): the child has only the thread that called it. What the others had in their
  /// caches is given back.
  void before_fork();
  void after_fork_in_parent();
  void after_fork_in_child();

 private:
  static void end_thread(void* thread);
  void give_back(FastThread& thread);

  FastLock lock_;
  FastThread* threads_ = nullptr;
  std::array<FastHeap*, FastThread::max_heaps> heaps_{};
  unsigned key_ = 0;  // pthread_key_t
  bool has_key_ = false;
};

extern constinit FastThreads fast_threads;

}  // namespace mh
