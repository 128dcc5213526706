// The C interface, on the process's real program break, beside glibc's malloc.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "core/heap/classic_heap.hpp"
#include "core/include/microheap.h"
#include "tests/unit/heap_test_support.hpp"

namespace {

using mh::test::in_child;

std::byte* program_break() {
  return static_cast<std::byte*>(sbrk(0));
}

TEST(ProcessHeap, LivesOnTheProgramBreak) {
  EXPECT_EQ(in_child([] {
              std::byte* const before = program_break();
              void* const p = my_malloc(1000);
              REQUIRE(p > before);
              REQUIRE(p < program_break());
              REQUIRE(program_break() - before >= 1032);
              REQUIRE(program_break() - before < 1056);
              my_free(p);
              REQUIRE(program_break() - before < 16);
              REQUIRE(mh_check(nullptr, nullptr) == MH_OK);
              return 0;
            }),
            0);
}

TEST(ProcessHeap, TheFourClassics) {
  EXPECT_EQ(in_child([] {
              auto* p = static_cast<char*>(my_malloc(6));
              std::strcpy(p, "hello");
              REQUIRE(reinterpret_cast<std::uintptr_t>(p) % 16 == 0);
              REQUIRE(my_usable_size(p) == 16);
              REQUIRE(my_realloc(p, 16) == p);
              auto* const q = static_cast<char*>(my_realloc(p, 5000));
              REQUIRE(q != nullptr && q != p);
              REQUIRE(std::strcmp(q, "hello") == 0);
              auto* const z = static_cast<char*>(my_calloc(10, 10));
              for (int i = 0; i < 100; ++i) REQUIRE(z[i] == 0);
              REQUIRE(my_malloc(0) == nullptr);
              REQUIRE(my_realloc(q, 0) == nullptr);
              my_free(nullptr);
              my_free(z);
              mh_stats stats;
              mh_get_stats(nullptr, &stats);
              REQUIRE(stats.used_blocks == 0);
              REQUIRE(stats.heap == 0);
              REQUIRE(stats.mallocs == 3);
              REQUIRE(stats.frees == 3);
              return 0;
            }),
            0);
}

TEST(ProcessHeap, AtTheDataLimitMallocFailsAndTheHeapStaysIntact) {
  EXPECT_EQ(in_child([] {
              auto* const kept = static_cast<unsigned char*>(my_malloc(100));
              std::memset(kept, 0x3c, 100);
              rlimit limit{};
              REQUIRE(getrlimit(RLIMIT_DATA, &limit) == 0);
              limit.rlim_cur = 0;
              REQUIRE(setrlimit(RLIMIT_DATA, &limit) == 0);
              errno = 0;
              REQUIRE(my_malloc(1 << 20) == nullptr);
              REQUIRE(errno == ENOMEM);
              errno = 0;
              REQUIRE(my_calloc(1024, 1024) == nullptr);
              REQUIRE(errno == ENOMEM);
              errno = 0;
              REQUIRE(my_realloc(kept, 1 << 20) == nullptr);
              REQUIRE(errno == ENOMEM);
              for (int i = 0; i < 100; ++i) REQUIRE(kept[i] == 0x3c);
              REQUIRE(mh_check(nullptr, nullptr) == MH_OK);
              limit.rlim_cur = limit.rlim_max;
              REQUIRE(setrlimit(RLIMIT_DATA, &limit) == 0);
              void* const p = my_malloc(1 << 20);
              REQUIRE(p != nullptr);
              my_free(p);
              my_free(kept);
              mh_stats stats;
              mh_get_stats(nullptr, &stats);
              REQUIRE(stats.failed == 3);
              REQUIRE(stats.heap == 0);
              return 0;
            }),
            0);
}

// Sanitizers bring a malloc of their own that leaves the break alone; there only sbrk() below moves
// it.
TEST(ProcessHeap, LivesBesideGlibcOnOneBreak) {
  EXPECT_EQ(in_child([] {
              std::vector<unsigned char*> ours;
              std::vector<void*> theirs;
              for (unsigned i = 0; i < 200; ++i) {
                ours.push_back(static_cast<unsigned char*>(my_malloc(3000)));
                std::memset(ours.back(), static_cast<int>(i), 3000);
                theirs.push_back(std::malloc(4000));  // moves the break every now and then
                std::memset(theirs.back(), 0xff, 4000);
                if (i % 50 == 0) {
                  void* const page = sbrk(4096);
                  std::memset(page, 0xff, 4096);
                }
                REQUIRE(mh_check(nullptr, nullptr) == MH_OK);
              }
              mh_stats stats;
              mh_get_stats(nullptr, &stats);
              REQUIRE(stats.foreign >= 3 * 4096);
              for (unsigned i = 0; i < 200; ++i) {
                for (unsigned k = 0; k < 3000; k += 100) REQUIRE(ours[i][k] == i);
                my_free(ours[i]);
                std::memset(theirs[i], 0xfe, 4000);
                std::free(theirs[i]);
                REQUIRE(mh_check(nullptr, nullptr) == MH_OK);
              }
              mh_get_stats(nullptr, &stats);
              REQUIRE(stats.used_blocks == 0);
              REQUIRE(stats.errors == 0);
              return 0;
            }),
            0);
}

struct Seen {
  std::size_t blocks = 0;
  std::size_t bytes = 0;
  const void* first = nullptr;
};

TEST(ProcessHeap, WalkVisitsAllAndReturnsTheBreak) {
  EXPECT_EQ(in_child([] {
              void* const p = my_malloc(10);
              my_malloc(20);
              Seen seen;
              const void* const end = mh_walk(
                  nullptr,
                  [](const mh_block* block, void* context) {
                    auto& s = *static_cast<Seen*>(context);
                    if (s.blocks++ == 0) s.first = block->address;
                    s.bytes += block->size;
                    return 1;
                  },
                  &seen);
              REQUIRE(seen.blocks == 2);
              REQUIRE(static_cast<const std::byte*>(seen.first) + 32 == p);
              REQUIRE(end == program_break());
              REQUIRE(seen.bytes == 48 + 64);
              return 0;
            }),
            0);
}

TEST(ProcessHeap, ErrorsGoToTheHandler) {
  EXPECT_EQ(in_child([] {
              mh_error last = MH_OK;
              mh_set_error_handler(
                  nullptr,
                  [](const mh_report* report, void* context) {
                    *static_cast<mh_error*>(context) = report->error;
                  },
                  &last);
              void* const p = my_malloc(10);
              my_malloc(10);
              my_free(p);
              my_free(p);
              REQUIRE(last == MH_DOUBLE_FREE);
              my_free(&last);
              REQUIRE(last == MH_INVALID_POINTER);
              return 0;
            }),
            0);
}

TEST(ProcessHeap, IsOneHeap) {
  EXPECT_EQ(&mh::process_heap(), &mh::process_heap());
}

TEST(ErrorText, EveryErrorHasASentenceOfItsOwn) {
  std::set<std::string> texts;
  for (int error = MH_OK; error < MH_ERROR_COUNT; ++error) {
    const std::string text = mh_error_text(static_cast<mh_error>(error));
    EXPECT_GT(text.size(), 5U);
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
  EXPECT_STREQ(mh_error_text(MH_DOUBLE_FREE), "double free: the block is free already");
  EXPECT_NE(mh_error_text(static_cast<mh_error>(MH_ERROR_COUNT)), nullptr);
}

}  // namespace
