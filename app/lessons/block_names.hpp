#pragma once
// What the blocks of a lesson are called: also the free ones, and the slots of pools.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "app/model/heap_picture.hpp"
#include "core/events/event.hpp"

namespace mh {

/// Follows the event stream. A free block is called as it was when it was in use, one that was
/// merged as all of them were: "A+B".
class BlockNames {
 public:
  /// Of objects, by the index of the event that gave them their slot.
  using SlotNames = std::map<std::uint64_t, std::string>;

  explicit BlockNames(SlotNames slots = {}) : told_slots_(std::move(slots)) {}

  /// An event that was just applied to picture, and its index in the stream.
  void apply(const Event& event, const HeapPicture& picture, std::uint64_t index);

  /// Of the block that starts at address; empty: none is known.
  [[nodiscard]] std::string_view of(std::uint64_t address) const { return find(names_, address); }
  [[nodiscard]] std::string_view of_slot(std::uint64_t address) const {
    return find(slots_, address);
  }

 private:
  using Names = std::map<std::uint64_t, std::string>;

  static std::string_view find(const Names& names, std::uint64_t address) {
    const auto found = names.find(address);
    return found == names.end() ? std::string_view() : found->second;
  }
  void tell(std::uint64_t at, std::string name);
  void merge(const Event& event, const HeapPicture& picture);

  SlotNames told_slots_;
  Names names_, slots_;
};

}  // namespace mh
