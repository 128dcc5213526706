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
#include "app/model/cow.hpp"
#include "core/events/event.hpp"

namespace mh {

/// A block of the picture. Sizes in bytes.
struct PictureBlock {
  std::uint64_t address = 0;    ///< of the header
  std::uint64_t size = 0;       ///< header, payload and padding
  std::uint64_t requested = 0;  ///< 0 if free
  std::uint64_t since = 0;      ///< ns: when it got its present state
  std::uint32_t header = 0;
  std::uint16_t thread = 0;  ///< who allocated it, or freed it
  bool used = false;
  bool foreign = false;

  [[nodiscard]] std::uint64_t payload_address() const { return address + header; }
  [[nodiscard]] std::uint64_t capacity() const { return size - header; }
  [[nodiscard]] std::uint64_t padding() const { return used ? capacity() - requested : 0; }
  [[nodiscard]] std::uint64_t end() const { return address + size; }
  bool operator==(const PictureBlock&) const = default;
};

/// Sums over the picture. Bytes, or counts. heap == header + requested + padding + free + foreign
/// holds at the end of each call of a complete stream; between the events of a call the break may
/// have moved while the block in the new memory is still to come, and those bytes are counted in
/// heap only.
struct PictureTotals {
  std::uint64_t heap = 0, header = 0, requested = 0, padding = 0, free = 0, foreign = 0;
  std::uint64_t used_blocks = 0, free_blocks = 0;
  std::uint64_t allocs = 0, frees = 0;
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
    std::uint32_t header = 0, requested = 0, padding = 0, free = 0, foreign = 0;
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

  [[nodiscard]] std::uint64_t start() const {
    return start_;
  }  ///< of the heap; 0 before the first event
  [[nodiscard]] std::uint64_t program_break() const { return break_; }
  [[nodiscard]] const PictureTotals& totals() const { return totals_; }
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

  [[nodiscard]] Summary summary(std::uint64_t address) const;  ///< of the shard that holds address
  /// A number that grows whenever something in [from, to) changes: a block, its name, or on which
  /// side of the break it lies. Equal numbers, equal contents; also between pictures of one
  /// recording.
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

  /// When the break last passed over an address: whatever lies at or above Mark::address changed
  /// then.
  class BreakMarks {
   public:
    void pass(std::uint64_t address, std::uint64_t version);
    [[nodiscard]] std::uint64_t newest_below(std::uint64_t to) const;

   private:
    struct Mark {
      std::uint64_t address, version;
    };
    std::vector<Mark> marks_;  ///< both ascending
  };

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
  bool apply_change(const Event& event);

  [[nodiscard]] bool can_lie(std::uint64_t address, std::uint64_t size, std::uint64_t header) const;
  [[nodiscard]] BlockTree::Cursor covering(std::uint64_t address) const;
  void count(const BlockRecord& record, std::uint64_t sign);
  void forget_label(std::uint64_t address);
  static PictureBlock describe(std::uint64_t address, const BlockRecord& record);

  BlockTree tree_;
  Cow<Labels> labels_;
  BreakMarks marks_;
  PictureTotals totals_;
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

}  // namespace mh
