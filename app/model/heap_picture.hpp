#pragma once
// The set of blocks at one moment: what the event stream says the heap looks like.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/model/block_tree.hpp"
#include "app/model/break_marks.hpp"
#include "app/model/cow.hpp"
#include "app/model/free_chain.hpp"
#include "app/model/free_sizes.hpp"
#include "core/events/event.hpp"

namespace mh {

/// A block of the picture. Sizes in bytes.
///
///   address                                                          address + size
///     | header | front |        requested        | padding | guard |
///                      payload_address()
struct PictureBlock {
  std::uint64_t address = 0;    ///< of the header
  std::uint64_t size = 0;       ///< all of it
  std::uint64_t requested = 0;  ///< 0 if free
  std::uint64_t since = 0;      ///< ns: when it got its present state
  std::uint32_t header = 0;
  std::uint16_t thread = 0;  ///< who allocated it, or freed it
  std::uint16_t front = 0;   ///< guard bytes if guarded, else a gap for the alignment
  std::uint8_t guard = 0;    ///< guard bytes at the end
  bool used = false;
  bool foreign = false;
  bool guarded = false;    ///< front and guard hold guard bytes
  bool set_aside = false;  ///< found damaged, never used again
  bool pool = false;       ///< holds the slots of a pool
  bool cached = false;     ///< free, but waiting for a thread
  bool mapped = false;     ///< outside the heap, in a mapping of its own

  [[nodiscard]] bool free() const { return !used && !foreign && !set_aside; }
  [[nodiscard]] std::uint64_t payload_address() const { return address + header + front; }
  /// Bytes from the payload's start to the guard, or to the end.
  [[nodiscard]] std::uint64_t capacity() const { return size - header - front - guard; }
  /// Behind what was requested.
  [[nodiscard]] std::uint64_t tail_padding() const { return used ? capacity() - requested : 0; }
  /// With the gap before the payload.
  [[nodiscard]] std::uint64_t padding() const {
    return tail_padding() + (guarded ? std::uint64_t{0} : front);
  }
  [[nodiscard]] std::uint64_t guard_bytes() const {
    return guarded ? std::uint64_t{front} + guard : 0;
  }
  [[nodiscard]] std::uint64_t end() const { return address + size; }
  bool operator==(const PictureBlock&) const = default;
};

/// Sums over the picture. Bytes, or counts. heap == header + requested + padding + guard + free +
/// set_aside + foreign holds at the end of each call of a complete stream; between the events of a
/// call the break may have moved while the block in the new memory is still to come, and those
/// bytes are counted in heap only.
struct PictureTotals {
  std::uint64_t heap = 0, header = 0, requested = 0, padding = 0, guard = 0, free = 0,
                set_aside = 0, foreign = 0;
  std::uint64_t cached = 0;  ///< of the free bytes
  std::uint64_t mapped = 0;  ///< of the heap's bytes: outside, between neither start nor break
  std::uint64_t cached_blocks = 0, mapped_blocks = 0;
  std::uint64_t used_blocks = 0, free_blocks = 0, set_aside_blocks = 0;
  std::uint64_t pool_blocks = 0;  ///< of the used blocks
  std::uint64_t allocs = 0, frees = 0;
  bool operator==(const PictureTotals&) const = default;
};

/// A slot of a pool. Sizes in bytes.
struct PictureSlot {
  std::uint64_t block = 0;    ///< address of the block that holds it
  std::uint64_t address = 0;  ///< of its first byte
  std::uint64_t size = 0;
  std::uint64_t number = 0;  ///< from 0, in its block
  bool used = false;
  bool operator==(const PictureSlot&) const = default;
};

/// Where a free block stands in the free list. Addresses of headers, 0: none.
struct FreePlace {
  std::uint64_t number = 0;  ///< from 1; 0: farther than was looked
  std::uint64_t previous = 0, next = 0;
};

/// Blocks are kept in shards of shard_bytes of address. A copy of a picture shares its shards and
/// copies one when either changes it, so copies (keyframes, snapshots) are cheap. Copies may be
/// used in different threads at the same time; one picture by one thread, or by many that only
/// read.
class HeapPicture {
 public:
  static constexpr std::uint64_t shard_bytes = std::uint64_t{1} << Shard::bits;
  static_assert(shard_bytes == 16 * 1024);
  static constexpr std::uint64_t max_block_bytes = (std::uint64_t{1} << 36) - 16;

  /// What lies in one shard's range of addresses. Bytes; a block that crosses counts in each for
  /// its part.
  struct Summary {
    std::uint32_t header = 0, requested = 0, padding = 0, guard = 0, free = 0, set_aside = 0,
                  foreign = 0;
    std::uint16_t thread = 0;   ///< owner of most of the used bytes
    std::uint64_t changed = 0;  ///< ns: the newest change
  };

  /// Applies an event. False if it cannot be true of this picture (then the picture is as before,
  /// and rejected() counts it): a stream can be damaged.
  bool apply(const Event& event);
  /// Applies events one after the other. In a large heap each would wait for memory by itself; so
  /// what the events ahead are going to need is fetched early.
  void apply_all(std::span<const Event> events);
  /// The same for a caller with a loop of its own: call it before events[index] is applied.
  void look_ahead(std::span<const Event> events, std::size_t index) const {
    if (index + far_ahead < events.size()) tree_.prefetch_shard(events[index + far_ahead].address);
    if (index + near_ahead < events.size())
      tree_.prefetch_block(events[index + near_ahead].address);
  }
  /// Nothing is left but the version, which never goes back.
  void clear();
  /// The order of the free blocks is not known: the list is empty until a stream tells it anew, by
  /// a reset or by emptying it.
  void lose_free_list() { chain_.lose(tree_); }

  [[nodiscard]] std::uint64_t start() const {
    return start_;
  }  ///< of the heap; 0 before the first event
  [[nodiscard]] std::uint64_t program_break() const { return break_; }
  [[nodiscard]] const PictureTotals& totals() const { return totals_; }
  /// Bytes of payload of the largest free block; rounded down as FreeSizes does.
  [[nodiscard]] std::uint64_t largest_free() const { return free_sizes_.largest(); }
  [[nodiscard]] std::uint64_t rejected() const { return rejected_; }
  [[nodiscard]] std::uint64_t time() const { return time_; }  ///< ns: of the last event applied

  /// The block that contains address.
  [[nodiscard]] std::optional<PictureBlock> block_at(std::uint64_t address) const;
  /// The first block that begins at or after address.
  [[nodiscard]] std::optional<PictureBlock> block_from(std::uint64_t address) const;
  /// Calls visit(const PictureBlock&) for each block that overlaps [from, to), in order of address,
  /// while it returns true.
  template <typename Visit>
  void for_each(std::uint64_t from, std::uint64_t to, Visit&& visit) const;

  [[nodiscard]] std::uint64_t free_list_size() const { return chain_.size(); }  ///< blocks
  /// Calls visit(const PictureBlock&) for each block of the free list, in its order, while it
  /// returns true. A stream that tells nothing of the list leaves it empty.
  template <typename Visit>
  void for_each_free(Visit&& visit) const;
  /// Nothing if the block at address is not in the free list. Looks at no more than the list's
  /// first `most` blocks for the number and the one before.
  [[nodiscard]] std::optional<FreePlace> free_place(std::uint64_t address,
                                                    std::uint64_t most) const;

  /// The slots in the pool's block that starts at address; null if it is none. Valid until the next
  /// apply().
  [[nodiscard]] const PoolSlots* pool_of(std::uint64_t address) const {
    return tree_.pool(address);
  }
  /// The slot that contains address.
  [[nodiscard]] std::optional<PictureSlot> slot_at(std::uint64_t address) const;

  [[nodiscard]] Summary summary(std::uint64_t address) const;  ///< of the shard that holds address
  /// A number that grows whenever something in [from, to) changes: a block, its name, its slots, or
  /// on which side of the break it lies; not for its place in the free list. Equal numbers, equal
  /// contents; also between pictures of one recording.
  [[nodiscard]] std::uint64_t version(std::uint64_t from, std::uint64_t to) const;
  /// The name given to the block that starts at address; empty if none. Valid until the next
  /// apply().
  [[nodiscard]] std::string_view label(std::uint64_t address) const;
  [[nodiscard]] bool has_labels() const { return labels_ && !labels_->empty(); }
  /// The block called name that is in use, if any.
  [[nodiscard]] std::optional<PictureBlock> block_called(std::string_view name) const;
  /// Bytes of memory that this picture takes, shared shards counted in full.
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t far_ahead = 16,
                               near_ahead = 8;  // events; measured, and not critical
  using Labels = std::map<std::uint64_t, std::string>;

  // One for each kind of event that changes the picture. False, before anything changed, if it
  // cannot be.
  bool reset(std::uint64_t start);
  bool move_break(std::uint64_t to);
  bool add(std::uint64_t address, std::uint64_t size, const BlockRecord& kind);
  bool allocate(const Event& event);
  bool release(const Event& event);
  bool resize(const Event& event);
  bool split(const Event& event);
  bool coalesce(const Event& event);
  bool set_owner(const Event& event);
  bool set_label(const Event& event);
  bool set_aside(const Event& event);
  bool make_pool(const Event& event);
  bool set_slot(std::uint64_t address, bool used);
  bool change_list(const Event& event);
  bool set_cached(const Event& event);
  bool add_mapped(const Event& event);
  bool remove_mapped(const Event& event);
  bool apply_change(const Event& event);

  void erase_between(std::uint64_t from, std::uint64_t to);
  [[nodiscard]] bool outside(std::uint64_t from, std::uint64_t to) const {
    return from >= break_ || to <= start_;
  }
  [[nodiscard]] bool well_formed(std::uint64_t address, std::uint64_t size,
                                 std::uint64_t header) const;
  [[nodiscard]] bool can_lie(std::uint64_t address, std::uint64_t size, std::uint64_t header) const;
  [[nodiscard]] BlockTree::Cursor covering(std::uint64_t address) const;
  void count(const BlockRecord& record, std::uint64_t sign);
  void forget_label(std::uint64_t address);
  void forget_labels(std::uint64_t from, std::uint64_t to);
  void forget_pool(const BlockTree::Entry& block, std::uint64_t address);
  void leave_list(const BlockRecord& record);
  static PictureBlock describe(std::uint64_t address, const BlockRecord& record);

  BlockTree tree_;
  FreeChain chain_;
  Cow<Labels> labels_;
  BreakMarks marks_;
  PictureTotals totals_;
  FreeSizes free_sizes_;
  ChangeStamp now_;  ///< of the event that is being applied
  std::uint64_t start_ = 0;
  std::uint64_t break_ = 0;
  std::uint64_t time_ = 0;
  std::uint64_t rejected_ = 0;
};

template <typename Visit>
void HeapPicture::for_each(std::uint64_t from, std::uint64_t to, Visit&& visit) const {
  BlockTree::Cursor cursor = covering(from);
  if (!cursor) cursor = tree_.first(from);
  for (; cursor && cursor.address < to; cursor = tree_.next(cursor)) {
    const PictureBlock block = describe(cursor.address, *cursor.record);
    if (!visit(block)) return;
  }
}

template <typename Visit>
void HeapPicture::for_each_free(Visit&& visit) const {
  for (std::uint64_t address = chain_.head(); address != 0;) {
    const BlockRecord& record = *tree_.find(address);
    const PictureBlock block = describe(address, record);
    if (!visit(block)) return;
    address = record.next_free();
  }
}

}  // namespace mh
