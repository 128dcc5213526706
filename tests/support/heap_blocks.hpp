#pragma once
// What a heap says of its blocks, as a list.

#include <vector>

#include "core/heap/heap.hpp"

namespace mh::test {

inline std::vector<mh_block> blocks_of(const Heap& heap) {
  std::vector<mh_block> blocks;
  heap.walk(
      [](const mh_block* block, void* context) {
        static_cast<std::vector<mh_block>*>(context)->push_back(*block);
        return 1;
      },
      &blocks);
  return blocks;
}

}  // namespace mh::test
