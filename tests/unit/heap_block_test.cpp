// The block's header: its layout and its checksum.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>
#include <random>

#include "core/heap/block.hpp"

namespace mh {
namespace {

Block sealed_in_place(Block& block) {
  block.seal();
  return block;
}

TEST(Block, LiesInMemoryAsDrawn) {
  EXPECT_EQ(offsetof(Block, size), 0U);
  EXPECT_EQ(offsetof(Block, next), 8U);
  EXPECT_EQ(offsetof(Block, requested), 16U);
  EXPECT_EQ(offsetof(Block, flags), 24U);
  EXPECT_EQ(offsetof(Block, thread), 26U);
  EXPECT_EQ(offsetof(Block, checksum), 28U);
  EXPECT_EQ(sizeof(Block), 32U);
}

TEST(Block, AlignUpFindsTheNextMultiple) {
  EXPECT_EQ(align_up(0), 0U);
  EXPECT_EQ(align_up(1), 16U);
  EXPECT_EQ(align_up(16), 16U);
  EXPECT_EQ(align_up(17), 32U);
}

TEST(Block, CoversHeaderAndPayload) {
  alignas(16) std::byte memory[64]{};
  const auto* block = new (memory) Block{64, nullptr, 5, block_used, 1, 0};
  EXPECT_EQ(block->start(), memory);
  EXPECT_EQ(block->payload(), memory + 32);
  EXPECT_EQ(block->end(), memory + 64);
  EXPECT_EQ(block->capacity(), 32U);
  EXPECT_EQ(block_of(memory + 32), block);
}

TEST(Block, ForeignBlockEndsWithItsHeader) {
  alignas(16) std::byte memory[256]{};
  const auto* block = new (memory + 128) Block{160, nullptr, 0, block_foreign, 0, 0};
  EXPECT_EQ(block->start(), memory);
  EXPECT_EQ(block->end(), memory + 160);
}

TEST(Block, ChecksumNoticesEveryBit) {
  alignas(16) Block block{};
  std::mt19937_64 random(7);
  for (int round = 0; round < 2000; ++round) {
    block = Block{random() % 4096 * 16,
                  reinterpret_cast<Block*>(random() & ~15ULL),
                  random() % 999,
                  static_cast<std::uint16_t>(random() % 3),
                  static_cast<std::uint16_t>(random()),
                  0};
    const Block before = sealed_in_place(block);
    ASSERT_TRUE(block.sealed());
    for (std::size_t bit = 0; bit < sizeof(Block) * 8; ++bit) {
      reinterpret_cast<unsigned char*>(&block)[bit / 8] ^=
          static_cast<unsigned char>(1U << bit % 8);
      ASSERT_FALSE(block.sealed()) << "bit " << bit;
      block = before;
    }
  }
}

TEST(Block, CopyElsewhereIsNoHeader) {
  alignas(16) Block blocks[4096]{};
  blocks[0] = {48, nullptr, 10, block_used, 1, 0};
  blocks[0].seal();
  for (std::size_t i = 1; i < 4096; ++i) {
    blocks[i] = blocks[0];
    EXPECT_FALSE(blocks[i].sealed()) << i;
  }
}

TEST(Block, MemoryOfOneValueIsNoHeader) {
  alignas(16) Block block{};
  for (int value = 0; value < 256; ++value) {
    std::memset(static_cast<void*>(&block), value, sizeof block);
    EXPECT_FALSE(block.sealed()) << value;
  }
}

TEST(Block, UnsealedIsNotSealed) {
  Block block{48, nullptr, 0, block_free, 0, 0};
  block.seal();
  block.unseal();
  EXPECT_FALSE(block.sealed());
}

}  // namespace
}  // namespace mh
