// The segment: its layout, and what open() makes of files that are none.
#include "core/events/segment.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <utility>
#include <vector>

namespace mh {
namespace {

/// A file in memory.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("segment", MFD_CLOEXEC | MFD_ALLOW_SEALING)) {}
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

TEST(Segment, RoundsTheRingUpToAPowerOfTwo) {
  EXPECT_EQ(Segment::anonymous({4, 1000, 1}).ring_records(), 1024U);
  EXPECT_EQ(Segment::anonymous({4, 1, 1}).ring_records(), Segment::min_ring_records);
  EXPECT_EQ(Segment::anonymous({0, 64, 1}).slot_count(), 1U);
}

TEST(Segment, SlotsAndRingsDoNotOverlap) {
  const Segment segment = Segment::anonymous({5, 128, 1});
  const auto* header = reinterpret_cast<std::byte*>(&segment.header());
  EXPECT_EQ(reinterpret_cast<std::byte*>(&segment.slot(0)), header + sizeof(SegmentHeader));
  EXPECT_GE(reinterpret_cast<std::byte*>(segment.ring(0)),
            reinterpret_cast<std::byte*>(&segment.slot(4) + 1));
  for (std::uint32_t i = 1; i < 5; ++i) EXPECT_EQ(segment.ring(i), segment.ring(i - 1) + 128);
  segment.ring(4)[127] = Record{1, 2};  // the last byte is mapped
  EXPECT_EQ(segment.ring(4)[127].word1, 2U);
}

TEST(Segment, MovesItsMapping) {
  Segment first = Segment::anonymous({2, 64, 77});
  SegmentHeader* header = &first.header();
  Segment second = std::move(first);
  EXPECT_FALSE(first.valid());  // NOLINT(bugprone-use-after-move): that is the question
  EXPECT_EQ(&second.header(), header);
  EXPECT_EQ(second.header().patience_us.load(), 77U);
}

TEST(Segment, AnotherMappingOfTheFileSeesTheSame) {
  const MemoryFile file;
  const Segment written = Segment::create(file.descriptor(), {3, 256, 5});
  const Segment read = Segment::open(file.descriptor());
  ASSERT_TRUE(read.valid());
  EXPECT_EQ(read.slot_count(), 3U);
  EXPECT_EQ(read.ring_records(), 256U);
  written.ring(2)[255] = Record{11, 12};
  EXPECT_EQ(read.ring(2)[255].word0, 11U);
  written.slot(2).head.store(9);
  EXPECT_EQ(read.slot(2).head.load(), 9U);
}

TEST(Segment, OpenRefusesWhatIsNoSegment) {
  const MemoryFile empty;
  EXPECT_FALSE(Segment::open(empty.descriptor()).valid());
  ASSERT_EQ(ftruncate(empty.descriptor(), 1 << 16), 0);
  EXPECT_FALSE(Segment::open(empty.descriptor()).valid());
  EXPECT_FALSE(Segment::open(-1).valid());
}

TEST(Segment, OpenRefusesAHeaderThatLies) {
  using Lie = std::function<void(SegmentHeader&)>;
  const std::vector<Lie> lies = {
      [](SegmentHeader& header) { header.magic ^= 1; },
      [](SegmentHeader& header) { header.version += 1; },
      [](SegmentHeader& header) { header.header_bytes = 0; },
      [](SegmentHeader& header) { header.slot_bytes = 64; },
      [](SegmentHeader& header) { header.slot_count = 0; },
      [](SegmentHeader& header) { header.slot_count = 5; },
      [](SegmentHeader& header) { header.slot_count = 0xffff'ffff; },
      [](SegmentHeader& header) { header.ring_records = 0; },
      [](SegmentHeader& header) { header.ring_records = 65; },
      [](SegmentHeader& header) { header.ring_records = 1U << 31; },
      [](SegmentHeader& header) { header.ring_records = 128; },
  };
  for (std::size_t i = 0; i < lies.size(); ++i) {
    const MemoryFile file;
    const Segment segment = Segment::create(file.descriptor(), {4, 64, 1});
    ASSERT_TRUE(Segment::open(file.descriptor()).valid());
    lies[i](segment.header());
    EXPECT_FALSE(Segment::open(file.descriptor()).valid()) << "lie " << i;
  }
}

TEST(Segment, NobodyCanCutOffWhatIsMapped) {
  const MemoryFile file;
  const Segment written = Segment::create(file.descriptor(), {4, 64, 1});
  const Segment read = Segment::open(file.descriptor());
  ASSERT_TRUE(read.valid());
  EXPECT_NE(ftruncate(file.descriptor(), 0), 0);
  EXPECT_EQ(read.header().slot_count, 4U);  // SIGBUS, if the file had become shorter
}

TEST(Segment, OpenRefusesAFileThatCouldBeCutOff) {
  const MemoryFile sealed;
  const Segment segment = Segment::create(sealed.descriptor(), {4, 64, 1});
  const MemoryFile copy;
  const auto bytes = static_cast<std::size_t>(lseek(sealed.descriptor(), 0, SEEK_END));
  ASSERT_EQ(write(copy.descriptor(), &segment.header(), bytes), static_cast<ssize_t>(bytes));
  EXPECT_FALSE(Segment::open(copy.descriptor()).valid());
}

TEST(Segment, CreateSaysIfThereIsNoRoom) {
  std::FILE* const file = std::tmpfile();  // no memory file: it cannot be sealed
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(Segment::create(fileno(file), {4, 64, 1}).valid());
  std::fclose(file);
}

}  // namespace
}  // namespace mh
