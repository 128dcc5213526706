#pragma once
// Blocks that have a mapping of their own, and which they are. The payload begins 16 bytes into the
// mapping, right behind a header like that of any other block, which counts pages instead of
// grains.

#include <cstddef>
#include <cstdint>

#include "core/heap/fast/fast_block.hpp"

namespace mh {

struct FastMapping {
  std::byte* base;        ///< of the mapping
  std::size_t bytes;      ///< of the mapping, whole pages
  FastBlock* block;       ///< its header
  std::size_t requested;  ///< bytes

  /// Unused at the end, so that sizes are multiples of 16.
  static constexpr std::size_t tail = 8;
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(base + bytes - tail - block->address());
  }
  [[nodiscard]] std::size_t capacity() const { return size() - FastBlock::header_bytes; }
};

/// In memory of its own, the highest address first: the system puts each new mapping below the ones
/// before, so that most come to the end. What is unmapped leaves a hole, which the next that
/// belongs there fills; so few entries have to move. The heap's lock guards it.
class FastMappings {
 public:
  static constexpr std::size_t page = 4096;

  constexpr FastMappings() = default;
  ~FastMappings() { clear(); }
  FastMappings(const FastMappings&) = delete;
  FastMappings& operator=(const FastMappings&) = delete;

  /// A mapping with requested bytes of payload at a multiple of alignment (a power of two), all
  /// zeros. nullptr if there is no memory. Valid until the next change.
  const FastMapping* map(std::size_t requested, std::size_t alignment);
  void unmap(const FastMapping* mapping);
  /// The same contents with room for requested bytes, perhaps elsewhere; nullptr, and nothing is
  /// changed, if there is no memory. Only for mappings whose block stands in the first page.
  const FastMapping* resize(const FastMapping* mapping, std::size_t requested);
  /// Within the mapping.
  void set_requested(const FastMapping* mapping, std::size_t requested) {
    entries_[mapping - entries_].requested = requested;
  }

  /// The mapping whose payload begins at pointer; nullptr if there is none.
  [[nodiscard]] const FastMapping* find(const void* payload) const;
  /// The mapping of the lowest address, and the one above another; nullptr: there is none.
  [[nodiscard]] const FastMapping* lowest() const { return before(entries_ + count_); }
  [[nodiscard]] const FastMapping* above(const FastMapping* mapping) const {
    return before(mapping);
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }  ///< of all mappings
  /// Unmaps all.
  void clear();

 private:
  /// The next in the order of addresses stands before it. A hole has no block.
  [[nodiscard]] const FastMapping* before(const FastMapping* entry) const {
    while (entry != entries_) {
      if ((--entry)->block != nullptr) return entry;
    }
    return nullptr;
  }
  bool make_room();
  void close_holes();
  void forget_entries();
  const FastMapping* insert(const FastMapping& mapping);
  void erase(const FastMapping* mapping);
  [[nodiscard]] std::size_t position_of(const std::byte* base) const;

  FastMapping* entries_ = nullptr;
  std::size_t count_ = 0;  // with the holes
  std::size_t holes_ = 0;
  std::size_t capacity_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace mh
