#pragma once
// What the tests of the fast heap share.

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>

#include "core/heap/fast/fast_heap.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh::test {

class FastHeapTest : public ::testing::Test {
 protected:
  FastHeapTest() { heap.set_error_handler(&ErrorLog::note, &log); }

  void TearDown() override {
    if (damaged) return;
    const void* where = nullptr;
    EXPECT_EQ(heap.check(&where), MH_OK) << where;
    expect_identity(heap.stats());
  }

  void expect_one_error(mh_error error, const void* where) {
    ASSERT_EQ(log.errors.size(), 1U);
    EXPECT_EQ(log.errors[0].first, error);
    EXPECT_EQ(log.errors[0].second, where);
    EXPECT_EQ(heap.stats().errors, 1U);
    log.errors.clear();
  }

  ControlledBreak end;
  FastHeap heap{end};
  ErrorLog log;
  bool damaged = false;  ///< the test damages the heap on purpose
};

inline char* bytes(void* pointer) {
  return static_cast<char*>(pointer);
}

inline bool is_resident(const void* address) {
  const auto page = reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{4095};
  unsigned char resident = 0;
  return mincore(reinterpret_cast<void*>(page), 1, &resident) == 0 && (resident & 1) != 0;
}

inline bool is_cached(const FastHeap& heap, const void* address) {
  mh_block block{};
  return heap.block_at(address, block) && block.cached != 0;
}

}  // namespace mh::test
