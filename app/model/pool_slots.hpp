#pragma once
// The slots of a pool's block: which are in use. And the pools of a shard.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "app/model/cow.hpp"

namespace mh {

/// Slots side by side, numbered from 0. Memory grows with the slots in use, whatever a stream
/// claims of their number.
class PoolSlots {
 public:
  PoolSlots() = default;
  /// first: bytes from the start of the block to slot 0. slot_size: bytes, not 0.
  PoolSlots(std::uint64_t first, std::uint64_t slot_size, std::uint64_t count)
      : first_(first), slot_size_(slot_size), count_(count) {}

  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t slot_size() const { return slot_size_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t used() const { return used_; }
  /// Bytes from the start of the block to the end of the last slot.
  [[nodiscard]] std::uint64_t end() const { return first_ + count_ * slot_size_; }

  [[nodiscard]] bool is_used(std::uint64_t slot) const {
    const auto word = words_.find(slot / 64);
    return word != words_.end() && (word->second >> (slot % 64) & 1) != 0;
  }
  /// The slot that holds the byte at an offset from the start of the block; count() if none does.
  [[nodiscard]] std::uint64_t slot_of(std::uint64_t offset) const {
    return offset < first_ || offset >= end() ? count_ : (offset - first_) / slot_size_;
  }
  /// False if the slot is in that state already.
  bool set(std::uint64_t slot, bool used) {
    if (slot >= count_ || is_used(slot) == used) return false;
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    if (used) {
      words_[slot / 64] |= bit;
      ++used_;
    } else {
      const auto word = words_.find(slot / 64);
      if ((word->second &= ~bit) == 0) words_.erase(word);
      --used_;
    }
    return true;
  }

  [[nodiscard]] std::size_t memory_bytes() const {
    return words_.size() * (sizeof(*words_.begin()) + 4 * sizeof(void*));
  }

 private:
  std::uint64_t first_ = 0, slot_size_ = 1, count_ = 0, used_ = 0;
  std::map<std::uint64_t, std::uint64_t> words_;  ///< 64 slots each, a bit set: in use; none is 0
};

/// The pools whose blocks start in one shard, by granule, ascending. A copy shares their slots.
class PoolTable {
 public:
  [[nodiscard]] const PoolSlots* find(unsigned first) const {
    const auto at = place(first);
    return at != pools_.end() && at->granule == first ? &*at->slots : nullptr;
  }
  /// For writing: copied first if it is shared.
  [[nodiscard]] PoolSlots* write(unsigned first) {
    const auto at = pools_.begin() + (place(first) - pools_.begin());
    return at != pools_.end() && at->granule == first ? &at->slots.write() : nullptr;
  }
  void put(unsigned first, PoolSlots slots) {
    erase(first);
    Entry entry{first, Cow<PoolSlots>::make()};
    entry.slots.write() = std::move(slots);
    pools_.insert(place(first), std::move(entry));
  }
  void erase(unsigned first) {
    const auto at = place(first);
    if (at != pools_.end() && at->granule == first) pools_.erase(at);
  }
  void erase_from(unsigned first) { pools_.erase(place(first), pools_.end()); }

  [[nodiscard]] std::size_t memory_bytes() const {
    std::size_t bytes = pools_.capacity() * sizeof(Entry);
    for (const Entry& entry : pools_)
      bytes += Cow<PoolSlots>::allocation_bytes() + entry.slots->memory_bytes();
    return bytes;
  }

 private:
  struct Entry {
    unsigned granule;
    Cow<PoolSlots> slots;
  };
  [[nodiscard]] std::vector<Entry>::const_iterator place(unsigned first) const {
    return std::lower_bound(pools_.begin(), pools_.end(), first,
                            [](const Entry& entry, unsigned g) { return entry.granule < g; });
  }
  std::vector<Entry> pools_;
};

}  // namespace mh
