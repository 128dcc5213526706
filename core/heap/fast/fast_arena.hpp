#pragma once
// The memory of a fast heap: regions full of blocks, the free ones in bins, the last one the top.
//
//   region.start ->  block | block | ... | top   <- region.end
//
// Memory comes from the break; where it cannot move, from mappings of some size. Each piece is a
// region. The newest has the top: a free block that is in no bin, so that it is used last, and the
// only one that grows. In an older region a fence stands at the end instead.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/events/event_writer.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/fast/fast_bins.hpp"
#include "core/heap/fast/fast_block.hpp"
#include "core/include/microheap.h"

namespace mh {

/// Takes blocks and gives them back, coalescing at once. The heap's lock guards it. Between two
/// calls: blocks tile each region; no two free ones are neighbours; each free one but the top is in
/// the bin of its size and has a footer; previous_used() says what the block before is.
class FastArena {
 public:
  struct Region {
    std::byte* start = nullptr;
    std::byte* end = nullptr;
    bool mapped = false;  ///< by mmap(), not below the break
  };

  constexpr explicit FastArena(Break& end) : break_(end) {}
  FastArena(const FastArena&) = delete;
  FastArena& operator=(const FastArena&) = delete;

  /// A block of at least size bytes (as FastBlock::size_for() says), for its taker to seal; nullptr
  /// if no free block is large enough and the heap may not grow or there is no memory.
  FastBlock* take(std::size_t size, bool may_grow, EventScope& scope);
  /// A large block of about this size that stayed whole, of state cached; nullptr if there is none.
  FastBlock* take_whole(std::size_t size);
  /// A block as take() gives it, with the payload at a multiple of alignment, a power of two
  /// above 16.
  FastBlock* take_aligned(std::size_t alignment, std::size_t size, EventScope& scope);
  /// Up to wanted blocks of exactly size bytes and of state cached, side by side where possible, so
  /// that whoever takes the last one first goes upwards; how many there were.
  unsigned take_many(std::size_t size, FastBlock** blocks, unsigned wanted, bool may_grow,
                     EventScope& scope);
  /// The block is free; its header was sealed, or its size is trusted for another reason.
  void give(FastBlock* block, EventScope& scope);
  /// The same for one that was in use and is not small. True if it stays whole for a while, as a
  /// large one may, with state cached, for the next request of its size.
  bool give_large(FastBlock* block, EventScope& scope);
  /// Merges such blocks if nobody wanted one lately. Now and then.
  void age_whole(EventScope& scope);
  /// Gives many blocks of one size, sorts them: neighbours are coalesced with each other first.
  void give_many(FastBlock** blocks, unsigned count, std::uint32_t grains, EventScope& scope);
  /// Grows a block in place to at least size bytes. False if what lies behind it is in use.
  bool extend(FastBlock* block, std::size_t size, EventScope& scope);
  /// Shrinks a block in place, if that leaves enough for another block.
  void cut(FastBlock* block, std::size_t size, EventScope& scope);
  /// Gives back what the system can have, but for keep bytes of the top; whether there was
  /// something.
  bool trim(std::size_t keep, EventScope& scope);
  /// Gives back mapped regions in which nothing is in use; whether there were some.
  bool unmap_free_regions(EventScope& scope);
  /// Gives everything back. Blocks are dead after it.
  void reset();

  /// What a damaged header, footer or link made the arena refuse; MH_OK if nothing. Asking forgets.
  mh_error take_damage(const void** where);

  /// Calls visit(const FastBlock*) for each block of a region, the fence included, while it returns
  /// true. False if it ended early or at a header that is not sealed, which *last tells.
  template <typename Visit>
  bool for_each(const Region& region, const FastBlock** last, Visit&& visit) const;
  /// Validates a region, and counts its free blocks.
  mh_error check(const Region& region, const void** where, std::size_t* free_blocks) const;
  /// Calls visit(const FastBlock*) for each free block in the bins, while it returns true.
  template <typename Visit>
  void for_each_binned(Visit&& visit) const;

  [[nodiscard]] unsigned region_count() const { return region_count_; }
  [[nodiscard]] const Region& region(unsigned index) const { return regions_[index]; }
  [[nodiscard]] const FastBlock* top() const { return top_; }
  /// Where the break stands.
  [[nodiscard]] std::byte* program_break() const { return break_.current(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< of all regions
  /// Of those, what is not free: in use or cached.
  [[nodiscard]] std::size_t taken_bytes() const {
    return bytes_ - top_size_ - binned_bytes_ - whole_bytes_;
  }
  /// The most so far, together with what lay beside it then.
  [[nodiscard]] std::size_t peak_bytes() const { return peak_bytes_; }
  /// The heap has so many bytes beside the arena, in mappings of single blocks.
  void set_beside(std::size_t bytes) {
    beside_ = bytes;
    note_peak();
  }
  [[nodiscard]] std::uint64_t break_moves() const { return break_moves_; }
  /// Blocks parted from free ones, ever, the top included; free ones that became one.
  [[nodiscard]] std::uint64_t splits() const { return splits_; }
  [[nodiscard]] std::uint64_t merges() const { return merges_; }
  /// Of the memory below the break: where it begins, or would begin now, and its end.
  [[nodiscard]] const std::byte* start() const;
  [[nodiscard]] const std::byte* end() const;
  /// Bytes from a block of a region to the next; from a fence, over what is not ours.
  [[nodiscard]] std::size_t covered_by(const FastBlock* block, const Region& region) const;
  /// Whether the memory below the break began since this was last asked.
  bool take_began() { return std::exchange(began_, false); }
  /// Lies in one of the regions.
  [[nodiscard]] bool contains(const void* pointer) const;
  [[nodiscard]] std::byte* lowest() const { return lowest_; }
  [[nodiscard]] std::byte* highest() const { return highest_; }
  /// From here on the block that take() gave last holds zeros; perhaps its end.
  [[nodiscard]] std::byte* fresh_from() const { return fresh_from_; }
  /// How many bytes at the end may stay free. If not fixed it grows with use.
  void set_trim_threshold(std::size_t bytes, bool fixed) {
    if (fixed_threshold_ && !fixed) return;
    trim_threshold_ = bytes;
    fixed_threshold_ = fixed;
  }
  /// It also tells how much of what went back was wanted again, within bounds.
  [[nodiscard]] std::size_t trim_threshold() const { return trim_threshold_; }
  /// Bytes to ask for beyond what is needed.
  void set_pad(std::size_t bytes) { pad_ = bytes; }

 private:
  static constexpr unsigned max_regions = 512;
  // Free blocks above it count how much of them may be resident.
  static constexpr std::size_t large_free = std::size_t{256} << 10;
  static constexpr std::size_t most_kept = std::size_t{16} << 20;
  static constexpr std::size_t peak_ratio = 32;  // free to used bytes, from which on one is over
  static constexpr std::size_t most_after_peak = std::size_t{4} << 20;
  static constexpr std::size_t least_whole = std::size_t{256} << 10;  ///< of one block
  static constexpr std::size_t always_whole = std::size_t{8} << 20;   ///< of all
  static constexpr std::uint64_t while_ms = 50;                       ///< "lately"
  static constexpr std::size_t usual_pad = std::size_t{4} << 20;      ///< of a large heap
  static constexpr std::size_t most_pad = std::size_t{1} << 30;
  static constexpr std::size_t page = 4096;

  /// How many of some blocks' pages are in memory, as far as their contents tell.
  struct PageSample {
    std::size_t looked_at = 0;
    std::size_t resident = 0;

    void add(const FastBlock* block);
    [[nodiscard]] bool few() const { return resident <= looked_at / 8 * 3; }
  };

  FastBlock* obtain(std::size_t size);
  bool may_stay_whole(const FastBlock* block, EventScope& scope);
  void pause_whole();
  void forget_whole();
  bool merge_whole(EventScope& scope);
  bool merge_whole_if_resident(EventScope& scope);
  FastBlock* split(FastBlock* block, std::size_t size, EventScope& scope);
  FastBlock* cut_from_top(std::size_t size, EventScope& scope);
  unsigned split_many(FastBlock* free, std::size_t size, FastBlock** blocks, unsigned wanted,
                      EventScope& scope);
  static FastBlock* lay_out(FastBlock* first, std::uint32_t grains, FastBlock** blocks,
                            unsigned count);
  void tell_split(const FastBlock* block, std::size_t size, EventScope& scope);
  void tell_laid_out(FastBlock* const* blocks, unsigned count, std::size_t size, bool last_is_cut,
                     EventScope& scope);
  void set_top(FastBlock* block, std::size_t size);
  void populate(const std::byte* up_to);
  void bin(FastBlock* block, std::size_t size, std::size_t resident);
  [[nodiscard]] bool unbin(FastBlock* block);
  void cut_many_from_top(std::size_t size, FastBlock** blocks, unsigned count, EventScope& scope);
  unsigned sort_sound(FastBlock** blocks, unsigned count, std::uint32_t grains);
  FastBlock* merge_previous(FastBlock* block, std::size_t* resident);
  [[nodiscard]] static std::size_t resident_of(FastBlock* block);
  std::size_t reuse(FastBlock* block);
  void note_wanted_back(std::size_t bytes);
  void release_pages(FastBlock* block);

  bool grow(std::size_t size, EventScope& scope);
  [[nodiscard]] static std::size_t room_of(const Region& region);
  bool grow_by_break(std::size_t size, EventScope& scope);
  bool grow_by_mapping(std::size_t size, EventScope& scope);
  bool lengthen_top(std::size_t bytes, EventScope& scope);
  bool begin_region(std::byte* base, std::size_t bytes, bool mapped, EventScope& scope);
  void close_region(EventScope& scope);
  void trim_top(std::size_t keep, EventScope& scope);
  static std::uint64_t coarse_clock_ms();
  void note_use();
  [[nodiscard]] bool used_lately() const;
  [[nodiscard]] const Region* last_below_break() const;
  void find_limits();
  void note_peak() { peak_bytes_ = std::max(peak_bytes_, bytes_ + beside_); }
  void note_damage(mh_error error, const void* where);

  Break& break_;
  FastBins bins_;
  FastBins whole_;  // large blocks of state cached
  std::size_t whole_bytes_ = 0;
  std::size_t binned_bytes_ = 0;
  std::size_t most_used_bytes_ = 0;  // of all blocks, when a large one came back
  std::uint64_t whole_used_at_ms_ = 0;
  PageSample whole_pages_;
  unsigned whole_looks_ = 0;  // counts blocks, of which some are looked at
  unsigned whole_pause_ = 0;  // how many large blocks shall not stay whole now
  unsigned whole_next_pause_ = 0;
  FastBlock* top_ = nullptr;
  std::size_t top_size_ = 0;
  std::byte* clean_from_ = nullptr;  // above it the top's region holds zeros
  std::byte* fresh_from_ = nullptr;
  std::byte* populated_to_ = nullptr;  // the system was asked for the pages before
  std::size_t small_run_ = 0;  // bytes cut from the top for small blocks, nothing large between
  std::size_t bytes_ = 0;
  std::size_t beside_ = 0;
  std::size_t peak_bytes_ = 0;
  std::size_t trim_threshold_ = std::size_t{256} << 10;
  std::size_t trimmed_from_ = 0;  // bytes_ before the last time that the top was trimmed
  std::uint64_t used_at_ms_ = 0;  // when a large free range, or the top, was cut last
  std::size_t pad_ = std::size_t{128} << 10;
  std::uint64_t break_moves_ = 0;
  std::uint64_t splits_ = 0;
  std::uint64_t merges_ = 0;
  std::byte* lowest_ = nullptr;
  std::byte* highest_ = nullptr;
  mh_error damage_ = MH_OK;
  const void* damage_at_ = nullptr;
  bool fixed_threshold_ = false;
  bool peak_is_over_ = false;  // a block that is not small goes back, and little is in use still
  bool began_ = false;
  bool break_refuses_ = false;  // the last time that it was asked for more
  unsigned region_count_ = 0;
  std::array<Region, max_regions> regions_{};  // the last one has the top
};

template <typename Visit>
void FastArena::for_each_binned(Visit&& visit) const {
  for (unsigned bin = 0; bin < FastBins::bin_count; ++bin) {
    for (const FastBlock* block = bins_.first(bin); block != nullptr; block = block->next_free()) {
      if (!visit(block)) return;
    }
  }
}

template <typename Visit>
bool FastArena::for_each(const Region& region, const FastBlock** last, Visit&& visit) const {
  for (const std::byte* at = region.start; at < region.end;) {
    const FastBlock* const block = FastBlock::at(at);
    *last = block;
    const std::size_t size = block->size();
    if (!block->sealed() || size == 0 || size > static_cast<std::size_t>(region.end - at)) {
      return false;
    }
    if (!visit(block)) return false;
    at += size;
  }
  return true;
}

}  // namespace mh
