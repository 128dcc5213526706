// The C interface, on the process's real program break, beside glibc's malloc.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/heap/classic/classic_heap.hpp"
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

TEST(ProcessHeap, TakesAPolicyAndExplains) {
  EXPECT_EQ(in_child([] {
              mh_policy policy;
              mh_get_policy(nullptr, &policy);
              REQUIRE(policy.split == 0 && policy.alignment == 16);
              policy.alignment = 64;
              REQUIRE(mh_set_policy(nullptr, &policy) == 0);
              REQUIRE(reinterpret_cast<std::uintptr_t>(my_malloc(1)) % 64 == 0);
              policy.alignment = 65;
              REQUIRE(mh_set_policy(nullptr, &policy) == EINVAL);
              mh_get_policy(nullptr, &policy);
              REQUIRE(policy.alignment == 64);
              mh_set_explaining(nullptr, 1);
              mh_mark(nullptr, "phase 2");
              my_free(my_aligned_alloc(4096, 10));
              errno = 0;
              REQUIRE(my_aligned_alloc(48, 10) == nullptr && errno == EINVAL);
              REQUIRE(mh_check(nullptr, nullptr) == MH_OK);
              return 0;
            }),
            0);
}

TEST(ProcessHeap, IsOneHeap) {
  EXPECT_EQ(&mh::process_heap(), &mh::process_heap());
}

// ---- heaps of their own

struct Told {
  mh_error error = MH_OK;
  static void note(const mh_report* report, void* context) {
    static_cast<Told*>(context)->error = report->error;
  }
};

TEST(SeparateHeap, HasARangeAPolicyAndFiguresOfItsOwn) {
  std::size_t count = 0;
  const mh_policy policy = mh_presets(&count)[1].policy;
  mh_heap* const heap = mh_heap_create(std::size_t{1} << 20, &policy);
  ASSERT_NE(heap, nullptr);
  auto* p = static_cast<char*>(mh_malloc(heap, 100));
  std::strcpy(p, "hello");
  p = static_cast<char*>(mh_realloc(heap, p, 5000));
  EXPECT_STREQ(p, "hello");
  EXPECT_GE(mh_usable_size(heap, p), 5000U);
  EXPECT_EQ(*static_cast<char*>(mh_calloc(heap, 10, 10)), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mh_aligned_alloc(heap, 256, 1)) % 256, 0U);
  mh_stats stats;
  mh_get_stats(heap, &stats);
  EXPECT_EQ(stats.used_blocks, 3U);
  EXPECT_EQ(stats.requested, 5000U + 100 + 1);
  errno = 0;
  EXPECT_EQ(mh_malloc(heap, std::size_t{1} << 20), nullptr) << "its capacity";
  EXPECT_EQ(errno, ENOMEM);
  mh_block block;
  EXPECT_EQ(mh_block_of(heap, p + 4999, &block), 1);
  EXPECT_EQ(block.requested, 5000U);
  EXPECT_EQ(mh_block_of(heap, &block, &block), 0);
  EXPECT_EQ(mh_check(heap, nullptr), MH_OK);
  mh_heap_destroy(heap);
}

TEST(SeparateHeap, ABlockOfAnotherHeapIsCalledThat) {
  EXPECT_EQ(in_child([] {
              mh_heap* const one = mh_heap_create(std::size_t{1} << 20, nullptr);
              mh_heap* const two = mh_heap_create(std::size_t{1} << 20, nullptr);
              Told told;
              for (mh_heap* const heap : {static_cast<mh_heap*>(nullptr), one, two}) {
                mh_set_error_handler(heap, &Told::note, &told);
              }
              void* const mine = my_malloc(10);
              void* const p = mh_malloc(one, 10);
              mh_free(two, p);
              REQUIRE(told.error == MH_OTHER_HEAP);
              told.error = MH_OK;
              my_free(p);
              REQUIRE(told.error == MH_OTHER_HEAP);
              told.error = MH_OK;
              mh_free(one, mine);
              REQUIRE(told.error == MH_OTHER_HEAP);
              REQUIRE(mh_usable_size(two, p) == 0);
              mh_heap_destroy(one);
              mh_free(two, p);
              REQUIRE(told.error == MH_INVALID_POINTER);
              mh_heap_destroy(two);
              return 0;
            }),
            0);
}

TEST(SeparateHeap, MoreThanAreKnownToEachOtherWork) {
  std::vector<mh_heap*> heaps;
  for (int i = 0; i < 70; ++i) {
    heaps.push_back(mh_heap_create(std::size_t{1} << 16, nullptr));
    ASSERT_NE(mh_malloc(heaps.back(), 100), nullptr);
  }
  for (mh_heap* const heap : heaps) {
    EXPECT_EQ(mh_check(heap, nullptr), MH_OK);
    mh_heap_destroy(heap);
  }
}

TEST(SeparateHeap, WhatCannotBeIsRefused) {
  mh_policy policy;
  mh_get_policy(nullptr, &policy);
  policy.alignment = 1;
  errno = 0;
  EXPECT_EQ(mh_heap_create(4096, &policy), nullptr);
  EXPECT_EQ(errno, EINVAL);
  for (const std::size_t capacity : {std::size_t{0}, std::size_t{1} << 62}) {
    errno = 0;
    EXPECT_EQ(mh_heap_create(capacity, nullptr), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
  mh_heap_destroy(nullptr);
}

// ---- figures and sentences

std::string written(std::size_t (*write)(const mh_stats*, char*, std::size_t),
                    const mh_stats& stats) {
  std::string text(write(&stats, nullptr, 0), '\0');
  EXPECT_EQ(write(&stats, text.data(), text.size() + 1), text.size());
  std::string part(10, 'x');
  EXPECT_EQ(write(&stats, part.data(), 5), text.size()) << "as snprintf";
  EXPECT_EQ(part, text.substr(0, 4) + '\0' + "xxxxx");
  return text;
}

TEST(Stats, AreOneJsonObject) {
  mh_heap* const heap = mh_heap_create(std::size_t{1} << 20, nullptr);
  mh_free(heap, mh_malloc(heap, 100));
  void* const hole = mh_malloc(heap, 200);
  (void)mh_malloc(heap, 10);
  (void)mh_malloc(heap, 17);
  mh_free(heap, hole);
  mh_free(heap, hole);
  mh_stats s;
  mh_get_stats(heap, &s);
  const auto json = nlohmann::json::parse(written(mh_stats_json, s));
  const std::map<std::string, std::uint64_t> expected{{"heap", s.heap},
                                                      {"requested", 27},
                                                      {"padding", 6 + 15},
                                                      {"header", 3 * 32},
                                                      {"guard", 0},
                                                      {"free", 208},
                                                      {"set_aside", 0},
                                                      {"foreign", 0},
                                                      {"largest_free", 208},
                                                      {"header_saved", 0},
                                                      {"peak_heap", s.peak_heap},
                                                      {"peak_requested", 227},
                                                      {"used_blocks", 2},
                                                      {"free_blocks", 1},
                                                      {"set_aside_blocks", 0},
                                                      {"mallocs", 4},
                                                      {"frees", 2},
                                                      {"failed", 0},
                                                      {"errors", 1},
                                                      {"searches", 0},
                                                      {"visited", 0},
                                                      {"splits", 0},
                                                      {"merges", 0},
                                                      {"break_moves", s.break_moves},
                                                      {"lock_waits", 0},
                                                      {"lock_wait_ns", 0}};
  for (const auto& [key, value] : expected) EXPECT_EQ(json.at(key), value) << key;
  EXPECT_EQ(json.size(), expected.size() + 3);
  EXPECT_EQ(json.at("external_fragmentation"), 0.0);
  EXPECT_NEAR(json.at("internal_fragmentation").get<double>(), 117.0 / 144, 0.0006);
  const nlohmann::json classes = {
      {{"up_to", 16}, {"blocks", 1}, {"requested", 10}, {"mallocs", 1}},
      {{"up_to", 32}, {"blocks", 1}, {"requested", 17}, {"mallocs", 1}},
      {{"up_to", 128}, {"blocks", 0}, {"requested", 0}, {"mallocs", 1}},
      {{"up_to", 256}, {"blocks", 0}, {"requested", 0}, {"mallocs", 1}}};
  EXPECT_EQ(json.at("size_classes"), classes);
  const std::string text = written(mh_stats_text, s);
  EXPECT_NE(text.find("requested                            27 bytes\n"), std::string::npos);
  EXPECT_NE(text.find("external fragmentation              0.0 %\n"), std::string::npos);
  EXPECT_NE(text.find("up to 16                              1 blocks in use, 10 bytes, 1 mallocs"),
            std::string::npos);
  mh_heap_destroy(heap);
}

TEST(Stats, FragmentationIsAShare) {
  mh_stats s{};
  EXPECT_EQ(mh_external_fragmentation(&s), 0.0);
  EXPECT_EQ(mh_internal_fragmentation(&s), 0.0);
  s.free = 400;
  s.largest_free = 100;
  s.requested = 60;
  s.padding = 8;
  s.header = 32;
  EXPECT_DOUBLE_EQ(mh_external_fragmentation(&s), 0.75);
  EXPECT_DOUBLE_EQ(mh_internal_fragmentation(&s), 0.4);
}

TEST(Stats, ACallThatFoundTheLockTakenIsCounted) {
  mh_heap* const heap = mh_heap_create(std::size_t{1} << 20, nullptr);
  (void)mh_malloc(heap, 10);
  struct Meeting {
    mh_heap* heap;
    std::atomic<bool> called = false;
    std::thread other;
  } meeting{heap, false, {}};
  // The walk holds the lock until the other thread's call has begun, and perhaps long enough.
  mh_stats s;
  do {
    meeting.called = false;
    mh_walk(
        heap,
        [](const mh_block*, void* context) {
          auto& m = *static_cast<Meeting*>(context);
          m.other = std::thread([&m] {
            m.called = true;
            m.called.notify_all();
            mh_free(m.heap, mh_malloc(m.heap, 10));
          });
          m.called.wait(false);
          for (int i = 0; i < 100; ++i) std::this_thread::yield();
          return 0;
        },
        &meeting);
    meeting.other.join();
    mh_get_stats(heap, &s);
  } while (s.lock_waits == 0);
  EXPECT_EQ(s.lock_waits, 1U);
  EXPECT_GT(s.lock_wait_ns, 0U);
  mh_heap_destroy(heap);
}

std::string sentence(const mh_report& report) {
  char text[160];
  const std::size_t length = mh_format_report(&report, text, sizeof text);
  EXPECT_EQ(length, std::strlen(text));
  char part[9] = "xxxxxxxx";
  EXPECT_EQ(mh_format_report(&report, part, 5), length);
  EXPECT_EQ(std::string(part), std::string(text).substr(0, 4));
  return text;
}

// What each error says when it happens: tests/unit/error_programs.expected.
TEST(Report, WithoutFiguresItIsTheErrorsOwnSentence) {
  for (int error = MH_OK; error < MH_ERROR_COUNT; ++error) {
    if (error == MH_WRITE_AFTER_FREE) continue;  // a free block has nothing requested
    mh_report report{};
    report.error = static_cast<mh_error>(error);
    EXPECT_EQ(sentence(report), mh_error_text(report.error));
  }
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
