#pragma once
// What the tests of the lab share: a heap of its own, ways to look at it, and waiting with a bound.

#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "app/sources/lab.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/block.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "tests/support/heap_blocks.hpp"

namespace mh::test {

/// Waits until done() says so. False: it did not within the bound, which no healthy run comes near.
inline bool eventually(const std::function<bool()>& done,
                       std::chrono::milliseconds bound = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

struct LabOnReservedHeap {
  explicit LabOnReservedHeap(std::size_t capacity = std::size_t{256} << 20)
      : end(capacity), heap(end), lab(heap) {}

  std::vector<mh_block> walk() const { return blocks_of(heap); }
  std::vector<mh_block> used_blocks() const {
    std::vector<mh_block> blocks = walk();
    std::erase_if(blocks, [](const mh_block& block) { return block.used == 0; });
    return blocks;
  }

  ReservedBreak end;
  ClassicHeap heap;
  Lab lab;
};

inline std::uint64_t address_of(const mh_block& block) {
  return reinterpret_cast<std::uintptr_t>(block.address);
}
inline const char* payload_of(std::uint64_t block) {
  return reinterpret_cast<const char*>(block + header_size(HeaderKind::plain));
}

}  // namespace mh::test
