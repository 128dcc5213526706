// The breaks: the process's own, and a reserved range.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <new>

#include "core/heap/break/program_break.hpp"
#include "tests/unit/heap_test_support.hpp"

namespace mh {
namespace {

using test::in_child;

constexpr std::size_t page = 4096;

/// Asks the kernel instead of touching: true if the byte at address can be read.
bool readable(const std::byte* address) {
  int ends[2];
  if (pipe(ends) != 0) {
    return false;
  }
  const bool could = write(ends[1], address, 1) == 1;
  close(ends[0]);
  close(ends[1]);
  return could;
}

TEST(ReservedBreak, GrowsFromItsStart) {
  ReservedBreak range(1 << 20);
  std::byte* const start = range.current();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(start) % page, 0U);
  EXPECT_EQ(range.grow(100), start);
  EXPECT_EQ(range.grow(5000), start + 100);
  EXPECT_EQ(range.current(), start + 5100);
  std::memset(start, 0x5a, 5100);
}

TEST(ReservedBreak, NothingIsThereAboveTheBreak) {
  ReservedBreak range(1 << 20);
  std::byte* const start = range.current();
  EXPECT_FALSE(readable(start));
  range.grow(2 * page);
  EXPECT_TRUE(readable(start + 2 * page - 1));
  EXPECT_FALSE(readable(start + 2 * page));
  EXPECT_TRUE(range.shrink(page + 1));
  EXPECT_TRUE(readable(start + page - 1)) << "the break stands in this page";
  EXPECT_FALSE(readable(start + page));
  EXPECT_TRUE(range.shrink(page - 1));
  EXPECT_FALSE(readable(start));
}

TEST(ReservedBreak, PagesThatComeBackAreZero) {
  ReservedBreak range(1 << 20);
  std::byte* const start = range.grow(4 * page);
  std::memset(start, 0x5a, 4 * page);
  EXPECT_TRUE(range.shrink(3 * page));
  range.grow(3 * page);
  for (std::size_t i = page; i < 4 * page; ++i) {
    ASSERT_EQ(start[i], std::byte{0}) << i;
  }
}

TEST(ReservedBreak, EndsAtItsCapacity) {
  ReservedBreak range(10 * page);
  std::byte* const start = range.current();
  EXPECT_EQ(range.grow(10 * page), start);
  errno = 0;
  EXPECT_EQ(range.grow(1), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(range.current(), start + 10 * page);
  errno = 0;
  EXPECT_EQ(range.grow(std::numeric_limits<std::size_t>::max()), nullptr);
  EXPECT_EQ(errno, ENOMEM);
}

TEST(ReservedBreak, TakesTheAddressItIsGiven) {
  std::byte* first = nullptr;
  {
    ReservedBreak range(1 << 20, ReservedBreak::quiet_address);
    first = range.current();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first), ReservedBreak::quiet_address);
    // Taken: a second one goes elsewhere and does not tread on the first.
    ReservedBreak other(1 << 20, ReservedBreak::quiet_address);
    EXPECT_NE(other.current(), first);
  }
  ReservedBreak again(1 << 20, ReservedBreak::quiet_address);
  EXPECT_EQ(again.current(), first);
}

TEST(ReservedBreak, ImpossibleCapacitiesThrow) {
  EXPECT_THROW(ReservedBreak(0), std::bad_alloc);
  EXPECT_THROW(ReservedBreak(std::size_t{1} << 62), std::bad_alloc);
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(ReservedBreak{all}, std::bad_alloc);
}

TEST(ProgramBreak, IsThatOfTheProcess) {
  EXPECT_EQ(in_child([] {
              ProgramBreak end;
              std::byte* const before = end.current();
              REQUIRE(before == static_cast<std::byte*>(sbrk(0)));
              REQUIRE(end.grow(12345) == before);
              REQUIRE(end.current() == before + 12345);
              REQUIRE(sbrk(0) == before + 12345);
              std::memset(before, 1, 12345);
              REQUIRE(end.shrink(12345));
              REQUIRE(sbrk(0) == before);
              return 0;
            }),
            0);
}

TEST(ProgramBreak, AtTheLimitItSaysSo) {
  EXPECT_EQ(in_child([] {
              ProgramBreak end;
              std::byte* const before = end.current();
              const rlimit none{0, 0};
              REQUIRE(setrlimit(RLIMIT_DATA, &none) == 0);
              errno = 0;
              REQUIRE(end.grow(1 << 20) == nullptr);
              REQUIRE(errno == ENOMEM);
              REQUIRE(end.current() == before);
              return 0;
            }),
            0);
}

TEST(ProgramBreak, ImpossibleSizesFail) {
  ProgramBreak end;
  for (const std::size_t bytes : {std::numeric_limits<std::size_t>::max(), std::size_t{1} << 63,
                                  (std::size_t{1} << 63) - 1}) {
    errno = 0;
    EXPECT_EQ(end.grow(bytes), nullptr);
    EXPECT_EQ(errno, ENOMEM);
  }
  EXPECT_FALSE(end.shrink(std::size_t{1} << 63));
}

}  // namespace
}  // namespace mh
