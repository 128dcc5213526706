#pragma once
// What the tests of the heap share: a heap to look at, on a break that misbehaves on request.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/block.hpp"
#include "core/heap/classic/classic_heap.hpp"
#include "tests/support/controlled_break.hpp"
#include "tests/support/heap_blocks.hpp"

/// In a check that runs in a child: ends it with the line that does not hold.
#define REQUIRE(condition) \
  if (!(condition)) return __LINE__

namespace mh::test {

#if defined(__has_feature)  // clang
#define MH_SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#elif defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MH_SANITIZED 1
#else
#define MH_SANITIZED 0
#endif
inline constexpr bool sanitized = MH_SANITIZED;  ///< everything takes some ten times as long

/// Runs check in a child process, where nobody else moves the break. 0, or the line that does not
/// hold.
inline int in_child(int (*check)()) {
  int ends[2];
  if (pipe(ends) != 0) {
    return -1;
  }
  const pid_t child = fork();
  if (child == 0) {
    const int line = check();
    _exit(write(ends[1], &line, sizeof line) == sizeof line ? 0 : 1);
  }
  close(ends[1]);
  int line = -1;
  int status = -1;
  const bool told = read(ends[0], &line, sizeof line) == sizeof line;
  close(ends[0]);
  waitpid(child, &status, 0);
  return told && status == 0 ? line : -1;
}

/// Notes what the error handler is told.
struct ErrorLog {
  std::vector<std::pair<mh_error, const void*>> errors;

  static void note(const mh_report* report, void* context) {
    static_cast<ErrorLog*>(context)->errors.emplace_back(report->error, report->pointer);
  }
};

/// heap == header + requested + padding + guard + free + set_aside + foreign.
inline void expect_identity(const mh_stats& s) {
  EXPECT_EQ(s.heap,
            s.header + s.requested + s.padding + s.guard + s.free + s.set_aside + s.foreign);
}

inline constexpr std::size_t plain_header = header_size(HeaderKind::plain);

/// The block with a plain header and no front whose payload starts at pointer.
inline Block* block_of(const void* pointer) {
  auto* const bytes = static_cast<std::byte*>(const_cast<void*>(pointer));
  return reinterpret_cast<Block*>(bytes - plain_header);
}
/// The size field of that header, to damage it.
inline std::uint64_t& size_field(const void* pointer) {
  return *reinterpret_cast<std::uint64_t*>(block_of(pointer));
}

/// A heap on a break of its own. At its end the heap must be sound.
class HeapTest : public ::testing::Test {
 protected:
  HeapTest() { heap.set_error_handler(&ErrorLog::note, &log); }

  void TearDown() override {
    if (!damaged) {
      const void* where = nullptr;
      EXPECT_EQ(heap.check(&where), MH_OK) << where;
      expect_identity(heap.stats());
    }
  }

  [[nodiscard]] std::size_t heap_bytes() const { return heap.stats().heap; }

  ControlledBreak end;
  std::byte* const start = end.current();
  ClassicHeap heap{end};
  ErrorLog log;
  bool damaged = false;  ///< the test damages the heap on purpose
};

}  // namespace mh::test
