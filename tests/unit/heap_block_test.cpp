// The block's two headers: their layouts and their checksums.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <random>

#include "core/heap/classic/block.hpp"
#include "core/heap/classic/layout.hpp"

namespace mh {
namespace {

constexpr std::size_t room = 8192;

class BlockTest : public ::testing::TestWithParam<HeaderKind> {
 protected:
  Block* write(const BlockFields& fields, std::size_t at = 0) {
    return Block::write(memory + at, GetParam(), fields);
  }
  BlockFields random_fields() {
    const auto flags = static_cast<std::uint8_t>(random() % 2 != 0 ? block_used : block_free);
    return {.size = (random() % 0xff'ffff + 1) * granule,
            .requested = random() % 0xff'ffff'ffffU,
            .front = random() % 8 * granule,
            .thread = static_cast<std::uint16_t>(random()),
            .flags = flags};
  }
  [[nodiscard]] std::size_t header() const { return header_size(GetParam()); }

  alignas(64) std::byte memory[room]{};
  std::mt19937_64 random{7};
};

INSTANTIATE_TEST_SUITE_P(Headers, BlockTest,
                         ::testing::Values(HeaderKind::plain, HeaderKind::compact),
                         [](const auto& kind) {
                           return kind.param == HeaderKind::plain ? "plain" : "compact";
                         });

TEST_P(BlockTest, SaysWhatWasWritten) {
  for (int round = 0; round < 2000; ++round) {
    const BlockFields fields = random_fields();
    const Block* const block = write(fields);
    ASSERT_TRUE(block->sealed());
    EXPECT_EQ(block->kind(), GetParam());
    EXPECT_EQ(block->size(), fields.size);
    EXPECT_EQ(block->requested(), fields.requested);
    EXPECT_EQ(block->front(), fields.front);
    EXPECT_EQ(block->thread(), fields.thread);
    EXPECT_EQ(block->flags(), fields.flags);
    EXPECT_EQ(block->payload(), memory + header() + fields.front);
  }
}

TEST_P(BlockTest, TakesTheLargestValues) {
  const BlockFields fields{.size = Block::max_size,
                           .requested = (std::size_t{1} << 40) - 1,
                           .front = Block::max_front,
                           .thread = 0xffff,
                           .flags = block_used | block_guarded | block_pool};
  const Block* const block = write(fields);
  EXPECT_TRUE(block->sealed());
  EXPECT_EQ(block->size(), fields.size);
  EXPECT_EQ(block->requested(), fields.requested);
  EXPECT_EQ(block->front(), fields.front);
  EXPECT_EQ(block->thread(), 0xffff);
  EXPECT_TRUE(block->used() && block->guarded() && block->pool());
}

TEST_P(BlockTest, ChecksumNoticesEveryBit) {
  for (int round = 0; round < 300; ++round) {
    const Block* const block = write(random_fields());
    for (std::size_t bit = 0; bit < header() * 8; ++bit) {
      const auto flip = static_cast<std::byte>(1U << bit % 8);
      memory[bit / 8] ^= flip;
      ASSERT_FALSE(block->sealed()) << "bit " << bit;
      memory[bit / 8] ^= flip;
    }
    ASSERT_TRUE(block->sealed());
  }
}

TEST_P(BlockTest, CopyElsewhereIsNoHeader) {
  write({.size = 48, .requested = 10, .thread = 1, .flags = block_used});
  for (std::size_t at = 32; at + 32 <= room; at += 32) {
    std::memcpy(memory + at, memory, header());
    EXPECT_FALSE(reinterpret_cast<const Block*>(memory + at)->sealed()) << at;
  }
}

TEST_P(BlockTest, UnsealedIsNotSealed) {
  Block* const block = write({.size = 48});
  block->unseal();
  EXPECT_FALSE(block->sealed());
  EXPECT_EQ(block->size(), 48U);
}

TEST_P(BlockTest, CoversHeaderFrontPayloadAndGuard) {
  const Block* const block =
      write({.size = 128, .requested = 5, .front = 16, .flags = block_used | block_guarded});
  EXPECT_EQ(block->start(), memory);
  EXPECT_EQ(block->end(), memory + 128);
  EXPECT_EQ(block->capacity(), 128 - header() - 16 - 8);
  EXPECT_EQ(block->shape(), BlockShape::unpack(block->shape().pack()));
}

TEST(Block, PlainHeaderLiesInMemoryAsDrawn) {
  alignas(16) std::byte memory[64]{};
  Block* const block = Block::write(memory, HeaderKind::plain,
                                    {.size = 64, .requested = 5, .thread = 3, .flags = block_used});
  block->set_next(block);
  std::uint64_t words[4];
  std::memcpy(words, memory, sizeof words);
  EXPECT_EQ(words[0], 64U);
  EXPECT_EQ(words[1], reinterpret_cast<std::uintptr_t>(memory));
  EXPECT_EQ(words[2], 5U);
  EXPECT_EQ(words[3] & 0xffff'ffffU, block_used | 3U << 16);
}

TEST(Block, RoundUpFindsTheNextMultiple) {
  EXPECT_EQ(round_up(0), 0U);
  EXPECT_EQ(round_up(1), 16U);
  EXPECT_EQ(round_up(16), 16U);
  EXPECT_EQ(round_up(17), 32U);
  EXPECT_EQ(round_up(65, 64), 128U);
}

TEST(Block, ForeignBlockEndsWithItsHeader) {
  alignas(16) std::byte memory[256]{};
  const Block* const block =
      Block::write(memory + 128, HeaderKind::plain, {.size = 160, .flags = block_foreign});
  EXPECT_EQ(block->start(), memory);
  EXPECT_EQ(block->end(), memory + 160);
}

TEST(Block, MemoryOfOneValueIsNoHeader) {
  alignas(16) std::byte memory[32]{};
  for (int value = 0; value < 256; ++value) {
    std::memset(memory, value, sizeof memory);
    EXPECT_FALSE(reinterpret_cast<const Block*>(memory)->sealed()) << value;
  }
}

TEST(Layout, PayloadsAreAlignedAndFit) {
  alignas(64) std::byte memory[512]{};
  for (const HeaderKind kind : {HeaderKind::plain, HeaderKind::compact}) {
    for (const std::size_t alignment : {16U, 32U, 64U}) {
      for (const bool guarded : {false, true}) {
        const Layout layout{kind, alignment, guarded};
        for (std::size_t at = 0; at < 128; at += granule) {
          const std::size_t front = layout.front_at(memory + at);
          const std::size_t size = layout.size_at(memory + at, 100);
          const std::size_t payload =
              reinterpret_cast<std::uintptr_t>(memory + at) + header_size(kind) + front;
          EXPECT_EQ(payload % alignment, 0U);
          EXPECT_EQ(size % granule, 0U);
          EXPECT_LE(front, Block::max_front);
          EXPECT_GE(size, header_size(kind) + front + 100 + (guarded ? 8 : 0));
          // The block behind it needs no gap.
          EXPECT_EQ(layout.front_at(memory + at + size), guarded ? granule : 0);
        }
      }
    }
  }
}

}  // namespace
}  // namespace mh
