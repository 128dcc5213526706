#pragma once
// Bytes by kind in the range of addresses of one shard.

#include <algorithm>
#include <array>
#include <cstdint>

#include "app/model/block_tree.hpp"

namespace mh::shard_sums {

inline constexpr std::uint64_t shard_bytes = std::uint64_t{1} << Shard::bits;

/// Bytes that [from, to) has in common with a shard's range.
inline std::uint32_t common(std::uint64_t from, std::uint64_t to, std::uint64_t shard_start) {
  const std::uint64_t low = std::max(from, shard_start);
  const std::uint64_t high = std::min(to, shard_start + shard_bytes);
  return high > low ? static_cast<std::uint32_t>(high - low) : 0;
}

/// Adds the part of a block that lies in a shard's range to sums (ShardSums or a picture's
/// Summary).
template <typename Sums>
void add_part(Sums& sums, std::uint64_t address, const BlockRecord& record,
              std::uint64_t shard_start) {
  const std::uint64_t after_header = address + record.header;
  const std::uint64_t end = address + record.size();
  sums.header += common(address, after_header, shard_start);
  if (record.used()) {
    const std::uint64_t payload = after_header + record.front();
    const std::uint64_t guard = end - record.guard();
    (record.guarded() ? sums.guard : sums.padding) += common(after_header, payload, shard_start);
    sums.requested += common(payload, payload + record.requested(), shard_start);
    sums.padding += common(payload + record.requested(), guard, shard_start);
    sums.guard += common(guard, end, shard_start);
  } else {
    (record.free()        ? sums.free
     : record.set_aside() ? sums.set_aside
                          : sums.foreign) += common(after_header, end, shard_start);
  }
}

/// Who owns how much of a shard. With more owners than it can hold, the late ones are left out.
class OwnerTally {
 public:
  void add(std::uint16_t thread, std::uint32_t bytes) {
    for (unsigned i = 0; i < used_; ++i) {
      if (owners_[i].thread == thread) {
        owners_[i].bytes += bytes;
        return;
      }
    }
    if (used_ < owners_.size()) owners_[used_++] = {thread, bytes};
  }
  void greatest(ShardSums& sums) const {
    for (unsigned i = 0; i < used_; ++i) {
      if (owners_[i].bytes <= sums.thread_bytes) continue;
      sums.thread = owners_[i].thread;
      sums.thread_bytes = owners_[i].bytes;
    }
  }

 private:
  struct Owner {
    std::uint16_t thread;
    std::uint32_t bytes;
  };
  std::array<Owner, 16> owners_;
  unsigned used_ = 0;
};

/// bias: of the tree, see BlockTree::set_bias().
inline ShardSums sum_up(const Shard& shard, std::uint64_t shard_start, unsigned bias) {
  ShardSums sums;
  OwnerTally owners;
  unsigned slot = shard.slots.next(0);
  for (const BlockRecord& record : shard.slots.values()) {
    const std::uint64_t address = shard_start + (std::uint64_t{slot} << Shard::slot_bits) + bias;
    add_part(sums, address, record, shard_start);
    if (record.used())
      owners.add(record.thread, common(address, address + record.size(), shard_start));
    slot = shard.slots.next(slot + 1);
  }
  owners.greatest(sums);
  return sums;
}

}  // namespace mh::shard_sums
