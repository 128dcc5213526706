// What the bytes of a block say, compared with blocks that the engine wrote.

#include "app/model/block_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "app/model/verifier.hpp"
#include "unit/model_test_support.hpp"

namespace mh::test {
namespace {

/// A heap with one block of 100 bytes, as the policy lays it out.
class BlockBytesTest : public testing::TestWithParam<mh_header_kind> {
 protected:
  BlockBytesTest() : memory(1 << 20), heap(memory) {
    mh_policy policy = heap.policy();
    policy.header = GetParam();
    policy.guards = 1;
    EXPECT_TRUE(heap.set_policy(policy));
    payload = static_cast<unsigned char*>(heap.allocate(100));
    mh_block found{};
    EXPECT_TRUE(heap.block_at(payload, found));
    block = verification::as_picture_block(found);
  }
  [[nodiscard]] std::string field(std::string_view name) const {
    const auto* const header = payload - block.front - block.header;
    for (const HeaderField& field : header_fields(std::span(header, block.header))) {
      if (field.name == name) return field.value;
    }
    return "no such field";
  }
  [[nodiscard]] GuardReading guards() const {
    return read_guards(block, [](std::uint64_t address, std::span<unsigned char> out) {
      std::memcpy(out.data(), reinterpret_cast<const void*>(address), out.size());
      return out.size();
    });
  }
  ReservedBreak memory;
  ClassicHeap heap;
  unsigned char* payload = nullptr;
  PictureBlock block;
};

TEST_P(BlockBytesTest, HeaderFieldsAreRead) {
  const std::string front = std::to_string(block.front);
  if (GetParam() == MH_HEADER_PLAIN) {
    EXPECT_EQ(field("size"), std::to_string(block.size));
    EXPECT_EQ(field("front"), front);
    EXPECT_EQ(field("next"), "NULL, the last block");
  } else {
    EXPECT_EQ(field("size"), std::to_string(block.size) + ", front " + front);
  }
  EXPECT_EQ(field("requested"), "100");
  EXPECT_EQ(field("flags"), "in use, guarded");
  EXPECT_EQ(field("thread"), std::to_string(block.thread));
  EXPECT_EQ(field("checksum"), "");
}

TEST_P(BlockBytesTest, FieldsCoverTheHeaderWithoutGaps) {
  unsigned end = 0;
  for (const HeaderField& field :
       header_fields(std::span(payload - block.front - block.header, block.header))) {
    EXPECT_EQ(field.from, end);
    end = field.to;
  }
  EXPECT_EQ(end, block.header);
}

TEST_P(BlockBytesTest, GuardsAreIntactUntilSomebodyWritesThere) {
  EXPECT_EQ(guards().state, GuardReading::State::intact);
  EXPECT_EQ(guard_words(guards()), "intact");
  const std::uint64_t guard = block.capacity() + block.guard - 1;
  for (const std::uint64_t offset : {guard, std::uint64_t{101}, std::uint64_t{100}}) {
    payload[offset] = 7;  // from the end on: the first one counts
    EXPECT_EQ(guards().state, GuardReading::State::overwritten);
    EXPECT_EQ(guards().offset, static_cast<std::int64_t>(offset));
  }
  EXPECT_EQ(guard_words(guards()), "overwritten at +100");
  payload[-1] = 7;
  EXPECT_EQ(guard_words(guards()), "overwritten at \u22121");
  EXPECT_TRUE(guard_overwritten(block, block.payload_address() - 1, 7));
  EXPECT_FALSE(guard_overwritten(block, block.payload_address() + 99, 7));
}

TEST_P(BlockBytesTest, TheDistanceInTheFrontIsGuardedToo) {
  payload[-8] ^= 1;
  EXPECT_EQ(guards().offset, -8);
}

INSTANTIATE_TEST_SUITE_P(Headers, BlockBytesTest,
                         testing::Values(MH_HEADER_PLAIN, MH_HEADER_COMPACT));

TEST(BlockBytes, WhatCannotBeReadIsNotKnown) {
  PictureBlock block;
  block.address = 4096;
  block.size = 80;
  block.header = 32;
  block.front = 16;
  block.guard = 8;
  block.used = block.guarded = true;
  const auto nothing = [](std::uint64_t, std::span<unsigned char>) { return std::size_t{0}; };
  EXPECT_EQ(read_guards(block, nothing).state, GuardReading::State::unreadable);
  block.guarded = false;
  EXPECT_EQ(read_guards(block, nothing).state, GuardReading::State::unguarded);
  EXPECT_TRUE(header_fields({}).empty());
}

}  // namespace
}  // namespace mh::test
