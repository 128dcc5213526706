// The heap picture under random streams, against a picture that is plainly right, and under
// garbage.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "app/model/heap_picture.hpp"
#include "tests/unit/model_test_support.hpp"
#include "tests/unit/picture_oracle.hpp"

namespace mh::test {
namespace {

/// What summary() should say, from the blocks alone.
HeapPicture::Summary plain_summary(const PlainPicture& plain, std::uint64_t shard) {
  HeapPicture::Summary sum;
  const auto part = [&](std::uint64_t from, std::uint64_t to) {
    const std::uint64_t low = std::max(from, shard),
                        high = std::min(to, shard + HeapPicture::shard_bytes);
    return static_cast<std::uint32_t>(high > low ? high - low : 0);
  };
  for (const auto& [address, block] : plain.blocks) {
    const std::uint64_t payload = block.payload_address();
    const std::uint64_t guard = block.end() - block.guard;
    sum.header += part(address, address + block.header);
    if (block.used) {
      (block.guarded ? sum.guard : sum.padding) += part(address + block.header, payload);
      sum.requested += part(payload, payload + block.requested);
      sum.padding += part(payload + block.requested, guard);
      sum.guard += part(guard, block.end());
    } else {
      (block.foreign     ? sum.foreign
       : block.set_aside ? sum.set_aside
                         : sum.free) += part(payload, block.end());
    }
  }
  return sum;
}

void expect_same(const HeapPicture& picture, const PlainPicture& plain, StreamMaker& maker) {
  std::vector<PictureBlock> expected;
  for (const auto& [address, block] : plain.blocks) expected.push_back(block);
  ASSERT_EQ(blocks_of(picture), expected);
  ASSERT_EQ(picture.totals(), plain.totals());
  std::uint64_t largest = 0;
  for (const PictureBlock& block : blocks_of(picture)) {
    if (block.free()) largest = std::max(largest, block.size - block.header);
  }
  ASSERT_LE(picture.largest_free(), largest);
  ASSERT_GE(picture.largest_free() + 15 + largest / 64, largest);
  ASSERT_EQ(picture.start(), plain.start);
  ASSERT_EQ(picture.program_break(), plain.end);
  for (int i = 0; i < 8; ++i) {
    const std::uint64_t address = maker.some_address(plain);
    ASSERT_EQ(picture.block_at(address), plain.block_at(address));
    ASSERT_EQ(picture.block_from(address), plain.block_from(address));
    const auto label = plain.labels.find(address);
    ASSERT_EQ(picture.label(address), label == plain.labels.end() ? "" : label->second);
    const auto seen = picture.summary(address);
    const auto sum =
        plain_summary(plain, address / HeapPicture::shard_bytes * HeapPicture::shard_bytes);
    ASSERT_EQ(std::tie(seen.header, seen.requested, seen.padding, seen.guard, seen.free,
                       seen.set_aside, seen.foreign),
              std::tie(sum.header, sum.requested, sum.padding, sum.guard, sum.free, sum.set_aside,
                       sum.foreign));
  }
  ASSERT_EQ(free_list_of(picture), plain.free_list);
  ASSERT_EQ(picture.free_list_size(), plain.free_list.size());
  for (const auto& [address, pool] : plain.pools) {
    const PoolSlots* const slots = picture.pool_of(address);
    ASSERT_NE(slots, nullptr);
    ASSERT_EQ(std::tuple(address + slots->first(), slots->slot_size(), slots->count()),
              std::tuple(pool.first, pool.size, pool.count));
    ASSERT_EQ(slots->used(), pool.used.size());
    for (const std::uint64_t slot : pool.used) {
      ASSERT_EQ(picture.slot_at(slot + pool.size - 1),
                (PictureSlot{address, slot, pool.size, (slot - pool.first) / pool.size, true}));
    }
  }
  for (const auto& [address, name] : plain.labels) ASSERT_EQ(picture.label(address), name);
}

TEST(HeapPictureProperty, RandomStreamsGiveTheBlocksOfAPlainMap) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    StreamMaker maker(seed);
    HeapPicture picture;
    PlainPicture plain;
    for (int i = 0; i < 200; ++i) {
      const Event event = maker.next(plain);
      ASSERT_EQ(picture.apply(event), plain.apply(event))
          << "event " << i << " kind " << static_cast<int>(event.kind_bits);
    }
    ASSERT_NO_FATAL_FAILURE(expect_same(picture, plain, maker));
  }
}

TEST(HeapPictureProperty, CopiesTakenOnTheWayDoNotChange) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    StreamMaker maker(seed);
    HeapPicture picture;
    PlainPicture plain;
    std::vector<std::pair<HeapPicture, PlainPicture>> copies;
    for (int i = 0; i < 400; ++i) {
      const Event event = maker.next(plain);
      picture.apply(event);
      plain.apply(event);
      if (i % 40 == 0) copies.emplace_back(picture, plain);
      if (i % 150 == 149) {  // and a copy can go its own way
        auto& [copy, its_plain] = copies[maker.pick(copies.size())];
        for (int k = 0; k < 20; ++k) {
          const Event other = maker.next(its_plain);
          ASSERT_EQ(copy.apply(other), its_plain.apply(other));
        }
      }
    }
    for (const auto& [copy, its_plain] : copies)
      ASSERT_NO_FATAL_FAILURE(expect_same(copy, its_plain, maker));
  }
}

TEST(HeapPictureProperty, EqualVersionsMeanEqualContents) {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    StreamMaker maker(seed);
    HeapPicture picture;
    PlainPicture plain;
    for (int i = 0; i < 40; ++i) {
      const Event event = maker.next(plain);
      picture.apply(event);
      plain.apply(event);
    }
    struct Watched {
      std::uint64_t from, to, version = 0;
      std::vector<PictureBlock> blocks;
    };
    std::vector<Watched> ranges;
    for (int i = 0; i < 6; ++i) {
      const std::uint64_t from = maker.some_address(plain);
      const std::uint64_t shard = from / HeapPicture::shard_bytes * HeapPicture::shard_bytes;
      if (i % 2 == 0) {
        ranges.push_back({shard, shard + HeapPicture::shard_bytes, 0, {}});
      } else {
        ranges.push_back({from, from + (std::uint64_t{16} << maker.pick(32)), 0, {}});
      }
    }
    for (int i = 0; i < 200; ++i) {
      const Event event = maker.next(plain);
      picture.apply(event);
      plain.apply(event);
      for (Watched& range : ranges) {
        std::vector<PictureBlock> blocks;
        picture.for_each(range.from, range.to, [&](const PictureBlock& block) {
          blocks.push_back(block);
          return true;
        });
        const std::uint64_t version = picture.version(range.from, range.to);
        ASSERT_GE(version, range.version);
        if (version == range.version) {
          ASSERT_EQ(blocks, range.blocks)
              << "event " << i << " kind " << static_cast<int>(event.kind_bits);
        }
        range.version = version;
        range.blocks = std::move(blocks);
      }
    }
  }
}

TEST(HeapPictureProperty, GarbageNeverBreaksTheSums) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    HeapPicture picture;
    const auto small = [&] { return random() % 8 * 64; };
    for (int i = 0; i < 400; ++i) {
      Event event{};
      const bool wild = random() % 8 == 0;
      event.kind_bits =
          (i == 0                ? 2  // a reset, and then seldom
           : wild                ? random()
           : random() % 200 == 0 ? 2
                                 : 3 + random() % static_cast<unsigned>(EventKind::count)) &
          0xff;
      event.address = (wild ? random() : 4096 + small()) & 0xffff'ffff'ffffULL;
      event.size = wild ? random() : random() % 4 == 0 ? 4096 + small() : small();
      if (event.kind() == EventKind::break_moved && !wild)
        event.address = (5120 + small()) & 0xffffU;
      if (event.kind() == EventKind::link && random() % 2 == 0) event.size = 0;
      event.extra = (wild ? random() : random() % 3 * 16) & 0xff;
      event.time = random() & 0x7fff'ffffULL;
      event.thread = random() & 0xffff;
      picture.apply(event);
    }
    PictureTotals sum;
    std::uint64_t covered = 0;
    for (const PictureBlock& block : blocks_of(picture)) {
      ASSERT_GE(block.address, covered) << "blocks overlap";
      if (block.mapped) {
        ASSERT_TRUE(block.address >= picture.program_break() || block.end() <= picture.start());
        sum.mapped += block.size;
      } else {
        ASSERT_GE(block.address, picture.start());
        ASSERT_LE(block.end(), picture.program_break());
      }
      ASSERT_LE(block.header + block.front + block.requested + block.guard, block.size);
      covered = block.end();
      sum.header += block.header;
      sum.requested += block.requested;
      sum.padding += block.padding();
      sum.guard += block.guard_bytes();
      (block.foreign     ? sum.foreign
       : block.set_aside ? sum.set_aside
                         : sum.free) += block.used ? 0 : block.capacity();
    }
    std::set<std::uint64_t> listed;
    for (const std::uint64_t address : free_list_of(picture)) {
      ASSERT_TRUE(picture.block_at(address)->free());
      ASSERT_TRUE(listed.insert(address).second) << "the list runs in a circle";
    }
    ASSERT_EQ(listed.size(), picture.free_list_size());
    const PictureTotals& totals = picture.totals();
    ASSERT_EQ(totals.header, sum.header);
    ASSERT_EQ(totals.requested, sum.requested);
    ASSERT_EQ(totals.padding, sum.padding);
    ASSERT_EQ(totals.guard, sum.guard);
    ASSERT_EQ(totals.free, sum.free);
    ASSERT_EQ(totals.set_aside, sum.set_aside);
    ASSERT_EQ(totals.foreign, sum.foreign);
    ASSERT_EQ(totals.mapped, sum.mapped);
    ASSERT_EQ(totals.heap, picture.program_break() - picture.start() + sum.mapped);
    ASSERT_LE(sum.header + sum.requested + sum.padding + sum.guard + sum.free + sum.set_aside +
                  sum.foreign,
              totals.heap);
  }
}

}  // namespace
}  // namespace mh::test
