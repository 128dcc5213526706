#pragma once
// Blocks by address: an ordered map for one purpose, whose copies share what they have in common.
//
//   root, sorted by address
//    `- Area        16 GiB of address
//        `- Region  16 MiB
//            `- Shard  16 KiB: a bit for each of 1024 granules of 16 bytes, set where a block
//            starts,
//                      and the blocks themselves side by side, in order
//
// Each level is a SparseArray whose entries are shared between copies of the tree and copied by
// whoever writes (Cow). No node is empty, so the neighbour of an address is found by going up and
// down once, however large the block in between: nothing depends on the distance.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "app/model/cow.hpp"
#include "app/model/pool_slots.hpp"
#include "app/model/sparse_array.hpp"
#include "core/events/event.hpp"

namespace mh {

/// Addresses are below 2^48.
inline constexpr std::uint64_t block_address_mask = 0xffff'ffff'ffffULL;

/// What the picture knows of a block besides its address. 24 bytes.
struct BlockRecord {
  enum Flags : std::uint8_t {
    is_free = 0,
    is_used = 1,
    is_foreign = 2,
    is_guarded = 4,    ///< of a used block
    is_set_aside = 8,  ///< neither used nor free
    is_pool = 16,      ///< of a used block: the shard's pools know its slots
    is_listed = 32,    ///< of a free block: it is in the free list
    is_cached = 64,    ///< of a free block: it waits for a thread
    is_mapped = 128    ///< outside the heap, in a mapping of its own
  };
  static constexpr std::uint8_t kinds = is_used | is_foreign | is_set_aside;
  static constexpr unsigned unit = 16;  ///< of sizes and fronts, bytes

  std::uint32_t granules = 0;  ///< size in units
  std::uint16_t thread = 0;
  std::uint8_t flags = is_free;
  std::uint8_t header = 0;            ///< bytes
  std::uint64_t content : 48 = 0;     ///< used: bytes requested; listed: address of the next, or 0
  std::uint64_t front_units : 8 = 0;  ///< between header and payload, of a used block
  std::uint64_t since = 0;            ///< ns

  [[nodiscard]] bool used() const { return (flags & is_used) != 0; }
  [[nodiscard]] bool free() const { return (flags & kinds) == is_free; }
  [[nodiscard]] bool foreign() const { return (flags & is_foreign) != 0; }
  [[nodiscard]] bool guarded() const { return (flags & is_guarded) != 0; }
  [[nodiscard]] bool set_aside() const { return (flags & is_set_aside) != 0; }
  [[nodiscard]] bool pool() const { return (flags & is_pool) != 0; }
  [[nodiscard]] bool listed() const { return (flags & is_listed) != 0; }
  [[nodiscard]] bool cached() const { return (flags & is_cached) != 0; }
  [[nodiscard]] bool mapped() const { return (flags & is_mapped) != 0; }
  [[nodiscard]] std::uint64_t size() const { return std::uint64_t{granules} * unit; }
  [[nodiscard]] std::uint64_t requested() const { return used() ? content : 0; }
  [[nodiscard]] std::uint64_t next_free() const { return listed() ? content : 0; }
  [[nodiscard]] std::uint64_t front() const { return front_units * unit; }
  [[nodiscard]] std::uint64_t guard() const { return guarded() ? BlockShape::guard_bytes : 0; }
  /// Header, front and guard: bytes that cannot be handed out.
  [[nodiscard]] std::uint64_t frame() const { return header + front() + guard(); }
  [[nodiscard]] std::uint64_t capacity() const { return size() - frame(); }
};
static_assert(sizeof(BlockRecord) == 24);
static_assert(BlockShape::max_front / BlockRecord::unit < 256);

/// The moment of a change.
struct ChangeStamp {
  std::uint64_t version = 0;  ///< grows with each change of the picture
  std::uint64_t time = 0;     ///< ns
};

/// Bytes by kind in one shard, of the blocks that start in it.
struct ShardSums {
  std::uint32_t header = 0, requested = 0, padding = 0, guard = 0, free = 0, set_aside = 0,
                foreign = 0;
  std::uint32_t thread_bytes = 0;  ///< in used blocks of thread
  std::uint16_t thread = 0;        ///< the owner of most
};

/// Sums that are worked out when first asked for. Readers of a shared shard may ask at the same
/// time.
class SumsCache {
 public:
  SumsCache() = default;
  SumsCache(const SumsCache&) {}  // a shard is copied to be changed
  SumsCache& operator=(const SumsCache&) = delete;

  void forget() { state_.store(State::empty, std::memory_order_relaxed); }
  template <typename Compute>
  ShardSums get(Compute&& compute) const {
    if (state_.load(std::memory_order_acquire) == State::ready) return sums_;
    const ShardSums computed = compute();
    State expected = State::empty;
    if (state_.compare_exchange_strong(expected, State::busy, std::memory_order_relaxed)) {
      sums_ = computed;
      state_.store(State::ready, std::memory_order_release);
    }
    return computed;
  }

 private:
  enum class State : std::uint8_t { empty, busy, ready };
  mutable ShardSums sums_;
  mutable std::atomic<State> state_{State::empty};
};

struct Shard {
  static constexpr unsigned slot_bits = 4;
  static constexpr unsigned bits = slot_bits + 10;
  static constexpr bool leaf = true;

  SparseArray<BlockRecord> slots;
  ChangeStamp changed;  ///< the newest change of a block that starts here
  SumsCache sums;
  PoolTable pools;
};

template <typename ChildNode>
struct Directory {
  using Child = ChildNode;
  static constexpr unsigned slot_bits = Child::bits;
  static constexpr unsigned bits = slot_bits + 10;
  static constexpr bool leaf = false;

  SparseArray<Cow<Child>> slots;
  ChangeStamp changed;  ///< the newest change below
};
using Region = Directory<Shard>;
using Area = Directory<Region>;

/// A block in place. Valid until the tree changes.
struct BlockCursor {
  std::uint64_t address = 0;
  const BlockRecord* record = nullptr;
  const Shard* shard = nullptr;

  [[nodiscard]] explicit operator bool() const { return shard != nullptr; }
};

class BlockTree {
 public:
  using Cursor = BlockCursor;
  /// A block that may be written; after a change say touch().
  struct Entry {
    [[nodiscard]] explicit operator bool() const { return record != nullptr; }
    void touch(const ChangeStamp& stamp) const;
    BlockRecord* record = nullptr;
    Shard* shard = nullptr;
    Region* region = nullptr;
    Area* area = nullptr;
  };

  [[nodiscard]] const BlockRecord* find(std::uint64_t address) const;
  [[nodiscard]] const Shard* shard(std::uint64_t address) const;  ///< null: no block starts in it
  /// Two steps to have a block in the processor's cache when it is needed: its shard, then itself.
  void prefetch_shard(std::uint64_t address) const;
  void prefetch_block(std::uint64_t address) const;
  /// The block that starts at address, its way from the root copied where it was shared.
  [[nodiscard]] Entry write(std::uint64_t address);
  /// Where no block starts yet. Addresses are bias() more than multiples of 16, below 2^48.
  void insert(std::uint64_t address, const BlockRecord& record, const ChangeStamp& stamp);
  /// A block that is there.
  void erase(std::uint64_t address, const ChangeStamp& stamp);
  /// Every block that starts at or above address.
  void erase_from(std::uint64_t from, const ChangeStamp& stamp);
  void clear() { root_.clear(); }
  /// By how much addresses are more than multiples of 16: 0 to 15. Only of an empty tree.
  void set_bias(unsigned bias) { bias_ = bias; }
  [[nodiscard]] unsigned bias() const { return bias_; }
  /// The slots of the pool's block at address; null if there is none.
  [[nodiscard]] const PoolSlots* pool(std::uint64_t address) const;
  /// Under which a shard's pools know the block at address.
  static unsigned granule_of(std::uint64_t address);

  [[nodiscard]] Cursor first(
      std::uint64_t at) const;  ///< the first block that starts at or after it
  [[nodiscard]] Cursor last(
      std::uint64_t at) const;  ///< the last block that starts at or before it
  [[nodiscard]] Cursor next(const Cursor& cursor) const;

  /// The newest change of a block that starts in [first, end), or in its shard; 0 if none starts
  /// there.
  [[nodiscard]] std::uint64_t version(std::uint64_t first, std::uint64_t end) const;
  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  struct RootEntry {
    std::uint64_t number;  ///< address / 16 GiB
    Cow<Area> area;
  };
  [[nodiscard]] std::size_t root_index(
      std::uint64_t number) const;  ///< of the first entry >= number
  [[nodiscard]] const Area* area(std::uint64_t address) const;
  [[nodiscard]] const Cow<Shard>* shared_shard(std::uint64_t address) const;

  /// As the nodes count them: multiples of 16. A block is in the same slot either way.
  [[nodiscard]] std::uint64_t plain(std::uint64_t address) const {
    return address < bias_ ? 0 : address - bias_;
  }
  [[nodiscard]] Cursor biased(Cursor cursor) const {
    cursor.address += bias_;
    return cursor;
  }

  std::vector<RootEntry> root_;
  unsigned bias_ = 0;
};

// ---- definitions; in the header because applying events spends its time in them

namespace block_tree {  // what follows works on one node of the tree, whichever level it is of

inline constexpr unsigned slot_count = SparseArray<int>::slots;

template <typename Node>
unsigned slot_of(std::uint64_t address) {
  return static_cast<unsigned>(address >> Node::slot_bits) & (slot_count - 1);
}

template <typename Node>
std::uint64_t slot_address(std::uint64_t base, unsigned slot) {
  return base + (std::uint64_t{slot} << Node::slot_bits);
}

template <typename Node>
void insert_in(Node& node, std::uint64_t address, const BlockRecord& record,
               const ChangeStamp& stamp) {
  node.changed = stamp;
  const unsigned slot = slot_of<Node>(address);
  if constexpr (Node::leaf) {
    node.sums.forget();
    node.slots.insert(slot, record);
  } else {
    auto* child = node.slots.find(slot);
    if (child == nullptr) child = &node.slots.insert(slot, Cow<typename Node::Child>::make());
    insert_in(child->write(), address, record, stamp);
  }
}

template <typename Node>
void erase_in(Node& node, std::uint64_t address, const ChangeStamp& stamp) {
  node.changed = stamp;
  const unsigned slot = slot_of<Node>(address);
  if constexpr (Node::leaf) {
    node.sums.forget();
    node.slots.erase(slot);
    node.pools.erase(slot);
  } else {
    auto& child = node.slots.find(slot)->write();
    erase_in(child, address, stamp);
    if (child.slots.empty()) node.slots.erase(slot);
  }
}

/// Erases what starts at or above from, which lies in the node's range.
template <typename Node>
void erase_from_in(Node& node, std::uint64_t from, const ChangeStamp& stamp) {
  node.changed = stamp;
  const unsigned slot = slot_of<Node>(from);
  if constexpr (Node::leaf) {
    node.sums.forget();
    const unsigned kept = slot + (from % 16 != 0 ? 1 : 0);
    node.slots.truncate(kept);
    node.pools.erase_from(kept);
  } else {
    node.slots.truncate(slot + 1);
    if (auto* found = node.slots.find(slot)) {
      auto& child = found->write();
      erase_from_in(child, from, stamp);
      if (child.slots.empty()) node.slots.erase(slot);
    }
  }
}

/// The first block at or after from in a node whose range starts at base.
template <typename Node>
BlockCursor first_in(const Node& node, std::uint64_t base, std::uint64_t from) {
  if constexpr (Node::leaf) {
    const std::uint64_t granule = from <= base ? 0 : (from - base + 15) / 16;
    const unsigned slot =
        node.slots.next(static_cast<unsigned>(std::min<std::uint64_t>(granule, slot_count)));
    if (slot == slot_count) return {};
    return {slot_address<Node>(base, slot), node.slots.find(slot), &node};
  } else {
    unsigned slot = node.slots.next(from <= base ? 0 : slot_of<Node>(from));
    for (; slot != slot_count; slot = node.slots.next(slot + 1)) {
      const auto found = first_in(**node.slots.find(slot), slot_address<Node>(base, slot), from);
      if (found) return found;  // only the first child can have nothing to offer
    }
    return {};
  }
}

/// The last block at or before until in a node whose range starts at base.
template <typename Node>
BlockCursor last_in(const Node& node, std::uint64_t base, std::uint64_t until) {
  if (until < base) return {};
  const bool beyond = until - base >= (std::uint64_t{1} << Node::bits);
  unsigned slot = node.slots.previous(beyond ? slot_count - 1 : slot_of<Node>(until));
  if constexpr (Node::leaf) {
    if (slot == slot_count) return {};
    return {slot_address<Node>(base, slot), node.slots.find(slot), &node};
  } else {
    while (slot != slot_count) {
      const auto found = last_in(**node.slots.find(slot), slot_address<Node>(base, slot), until);
      if (found) return found;
      slot = slot == 0 ? slot_count : node.slots.previous(slot - 1);
    }
    return {};
  }
}

template <typename Node>
std::uint64_t version_in(const Node& node, std::uint64_t base, std::uint64_t from,
                         std::uint64_t to) {
  const bool inside = from <= base && to >= base + (std::uint64_t{1} << Node::bits);
  if (inside) return node.changed.version;
  if constexpr (Node::leaf) {
    const BlockCursor found = first_in(node, base, from);
    return found && found.address < to ? node.changed.version : 0;
  } else {
    std::uint64_t newest = 0;
    unsigned slot = node.slots.next(from <= base ? 0 : slot_of<Node>(from));
    for (; slot != slot_count; slot = node.slots.next(slot + 1)) {
      const std::uint64_t child_base = slot_address<Node>(base, slot);
      if (child_base >= to) break;
      newest = std::max(newest, version_in(**node.slots.find(slot), child_base, from, to));
    }
    return newest;
  }
}

template <typename Node>
std::size_t memory_in(const Node& node) {
  std::size_t bytes = Cow<Node>::allocation_bytes() + node.slots.memory_bytes();
  if constexpr (Node::leaf) {
    bytes += node.pools.memory_bytes();
  } else {
    for (const auto& child : node.slots.values()) bytes += memory_in(*child);
  }
  return bytes;
}

}  // namespace block_tree

inline void BlockTree::Entry::touch(const ChangeStamp& stamp) const {
  shard->sums.forget();
  shard->changed = stamp;
  region->changed = stamp;
  area->changed = stamp;
}

inline std::size_t BlockTree::root_index(std::uint64_t number) const {
  const auto at =
      std::lower_bound(root_.begin(), root_.end(), number,
                       [](const RootEntry& entry, std::uint64_t n) { return entry.number < n; });
  return static_cast<std::size_t>(at - root_.begin());
}

inline const Area* BlockTree::area(std::uint64_t address) const {
  const std::uint64_t number = address >> Area::bits;
  const std::size_t index = root_index(number);
  return index < root_.size() && root_[index].number == number ? &*root_[index].area : nullptr;
}

inline const Cow<Shard>* BlockTree::shared_shard(std::uint64_t address) const {
  const Area* in_area = area(address);
  if (in_area == nullptr) return nullptr;
  const Cow<Region>* region = in_area->slots.find(block_tree::slot_of<Area>(address));
  if (region == nullptr) return nullptr;
  return (*region)->slots.find(block_tree::slot_of<Region>(address));
}

inline const Shard* BlockTree::shard(std::uint64_t address) const {
  const Cow<Shard>* found = shared_shard(address);
  return found == nullptr ? nullptr : &**found;
}

inline void BlockTree::prefetch_shard(std::uint64_t address) const {
  const Cow<Shard>* found = shared_shard(address);
  if (found == nullptr) return;
  found->prefetch();
  (*found)->slots.prefetch_bits(block_tree::slot_of<Shard>(address));
  __builtin_prefetch(&(*found)->changed, 1);
}

inline void BlockTree::prefetch_block(std::uint64_t address) const {
  const Shard* found = shard(address);
  if (found != nullptr) found->slots.prefetch_value(block_tree::slot_of<Shard>(address));
}

inline const BlockRecord* BlockTree::find(std::uint64_t address) const {
  const Shard* in_shard = shard(address);
  if (in_shard == nullptr || address % 16 != bias_) return nullptr;
  return in_shard->slots.find(block_tree::slot_of<Shard>(address));
}

inline unsigned BlockTree::granule_of(std::uint64_t address) {
  return block_tree::slot_of<Shard>(address);
}

inline const PoolSlots* BlockTree::pool(std::uint64_t address) const {
  const Shard* in_shard = shard(address);
  if (in_shard == nullptr || address % 16 != bias_) return nullptr;
  return in_shard->pools.find(granule_of(address));
}

inline BlockTree::Entry BlockTree::write(std::uint64_t address) {
  if (address % 16 != bias_) return {};
  const std::uint64_t number = address >> Area::bits;
  const std::size_t index = root_index(number);
  if (index == root_.size() || root_[index].number != number) return {};
  Entry entry;
  entry.area = &root_[index].area.write();
  Cow<Region>* region = entry.area->slots.find(block_tree::slot_of<Area>(address));
  if (region == nullptr) return {};
  entry.region = &region->write();
  Cow<Shard>* in_shard = entry.region->slots.find(block_tree::slot_of<Region>(address));
  if (in_shard == nullptr) return {};
  entry.shard = &in_shard->write();
  entry.record = entry.shard->slots.find(block_tree::slot_of<Shard>(address));
  return entry;
}

inline void BlockTree::insert(std::uint64_t address, const BlockRecord& record,
                              const ChangeStamp& stamp) {
  const std::uint64_t number = address >> Area::bits;
  const std::size_t index = root_index(number);
  if (index == root_.size() || root_[index].number != number) {
    root_.insert(root_.begin() + static_cast<std::ptrdiff_t>(index), {number, Cow<Area>::make()});
  }
  block_tree::insert_in(root_[index].area.write(), address, record, stamp);
}

inline void BlockTree::erase(std::uint64_t address, const ChangeStamp& stamp) {
  const std::size_t index = root_index(address >> Area::bits);
  Area& in_area = root_[index].area.write();
  block_tree::erase_in(in_area, address, stamp);
  if (in_area.slots.empty()) root_.erase(root_.begin() + static_cast<std::ptrdiff_t>(index));
}

inline void BlockTree::erase_from(std::uint64_t from, const ChangeStamp& stamp) {
  const std::uint64_t address = plain(from);
  const std::uint64_t number = address >> Area::bits;
  std::size_t kept = root_index(number);
  if (kept < root_.size() && root_[kept].number == number) {
    Area& in_area = root_[kept].area.write();
    block_tree::erase_from_in(in_area, address, stamp);
    if (!in_area.slots.empty()) ++kept;
  }
  root_.erase(root_.begin() + static_cast<std::ptrdiff_t>(kept), root_.end());
}

inline BlockTree::Cursor BlockTree::first(std::uint64_t at) const {
  const std::uint64_t from = plain(at);
  for (std::size_t index = root_index(from >> Area::bits); index < root_.size(); ++index) {
    const Cursor found =
        block_tree::first_in(*root_[index].area, root_[index].number << Area::bits, from);
    if (found) return biased(found);
  }
  return {};
}

inline BlockTree::Cursor BlockTree::last(std::uint64_t at) const {
  if (at < bias_) return {};
  const std::uint64_t until = plain(at);
  std::size_t index = root_index((until >> Area::bits) + 1);
  while (index-- > 0) {
    const Cursor found =
        block_tree::last_in(*root_[index].area, root_[index].number << Area::bits, until);
    if (found) return biased(found);
  }
  return {};
}

inline BlockTree::Cursor BlockTree::next(const Cursor& cursor) const {
  const unsigned slot = cursor.shard->slots.next(block_tree::slot_of<Shard>(cursor.address) + 1);
  const std::uint64_t base = cursor.address >> Shard::bits << Shard::bits;
  if (slot == block_tree::slot_count) return first(base + (std::uint64_t{1} << Shard::bits));
  return biased({block_tree::slot_address<Shard>(base, slot), cursor.record + 1, cursor.shard});
}

inline std::uint64_t BlockTree::version(std::uint64_t first, std::uint64_t end) const {
  const std::uint64_t from = plain(first);
  const std::uint64_t to = plain(end);
  std::uint64_t newest = 0;
  for (std::size_t index = root_index(from >> Area::bits); index < root_.size(); ++index) {
    const std::uint64_t base = root_[index].number << Area::bits;
    if (base >= to) break;
    newest = std::max(newest, block_tree::version_in(*root_[index].area, base, from, to));
  }
  return newest;
}

inline std::size_t BlockTree::memory_bytes() const {
  std::size_t bytes = root_.capacity() * sizeof(RootEntry);
  for (const RootEntry& entry : root_) bytes += block_tree::memory_in(*entry.area);
  return bytes;
}

}  // namespace mh
