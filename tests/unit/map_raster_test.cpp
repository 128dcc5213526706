// From blocks to cells: the raster shows what the picture says, and makes anew only what changed.

#include "app/model/map_raster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "app/model/region.hpp"

namespace mh {
namespace {

constexpr std::uint64_t start = 0x10'0000;

Event event(EventKind kind, std::uint64_t address, std::uint64_t size = 0, unsigned extra = 0,
            unsigned thread = 1) {
  Event e{};
  e.kind_bits = static_cast<std::uint64_t>(kind) & 0xffU;
  e.address = address & 0xffff'ffff'ffffU;
  e.size = size;
  e.extra = extra & 0xffU;
  e.thread = thread & 0xffffU;
  return e;
}

/// A heap of blocks side by side, each of the given payload.
class Heap {
 public:
  Heap() { picture.apply(event(EventKind::reset, start)); }
  std::uint64_t add(std::uint64_t capacity, std::uint64_t requested, unsigned thread = 1) {
    const std::uint64_t address = picture.program_break();
    EXPECT_TRUE(picture.apply(event(EventKind::break_moved, address + 32 + capacity)));
    EXPECT_TRUE(picture.apply(event(EventKind::block, address, 32 + capacity, 32)));
    if (requested > 0) {
      EXPECT_TRUE(picture.apply(event(EventKind::alloc, address, requested, 0, thread)));
    }
    return address;
  }
  HeapPicture picture;
};

MapGeometry geometry_for(const HeapPicture& picture, double width, double height) {
  MapGeometry geometry;
  geometry.set_area(width, height, 1);
  geometry.set_heap(picture.start(), picture.program_break());
  geometry.fit();
  geometry.animate(1, false);
  return geometry;
}

std::map<CellKind, int> count(const MapRaster& raster, int row) {
  std::map<CellKind, int> kinds;
  const auto columns = static_cast<std::size_t>(raster.columns());
  for (std::size_t x = 0; x < columns; ++x)
    ++kinds[cell_kind(raster.cells()[static_cast<std::size_t>(row) * columns + x])];
  return kinds;
}

TEST(MapRaster, PartsOfABlockHaveTheirWidths) {
  Heap heap;
  heap.add(112, 100);  // 32 header, 100 payload, 12 padding: 144 bytes
  heap.add(336, 0);    // 32 header, 336 free: 368 bytes; 512 together
  const MapGeometry geometry = geometry_for(heap.picture, 1024, 300);
  ASSERT_EQ(geometry.row_bytes(), 512);  // two pixels a byte
  MapRaster raster;
  ASSERT_TRUE(raster.update(heap.picture, geometry, {}));
  auto kinds = count(raster, 0);
  EXPECT_EQ(kinds[CellKind::used], 200);
  EXPECT_EQ(kinds[CellKind::padding], 24);
  EXPECT_EQ(kinds[CellKind::header], 128 - 2);  // a pixel of gap before each block
  EXPECT_EQ(kinds[CellKind::outside], 2);
  EXPECT_EQ(kinds[CellKind::free], 672);
  auto beyond = count(raster, 1);
  EXPECT_EQ(beyond[CellKind::beyond], 1024);
}

TEST(MapRaster, ColoursTellTheOwner) {
  Heap heap;
  heap.add(480, 480, 3);
  const MapGeometry geometry = geometry_for(heap.picture, 512, 300);
  MapRaster raster;
  MapRaster::Options options;
  raster.update(heap.picture, geometry, options);
  EXPECT_EQ(cell_colour(raster.cells()[100]), 3U);
  options.colour_by = ColourBy::state;
  ASSERT_TRUE(raster.update(heap.picture, geometry, options));
  EXPECT_EQ(cell_colour(raster.cells()[100]), 0U);
  EXPECT_EQ(owner_index(ColourBy::thread, 100), 0U) << "the hand";
}

TEST(ColourBy, StepsOfAgeAndSizeEndWhereTheySay) {
  EXPECT_EQ(age_step(0), 0U);
  EXPECT_EQ(age_step(99'999), 0U);
  EXPECT_EQ(age_step(10'000'000'000), 11U);  // 10 s
  EXPECT_EQ(age_step(~0ULL), ramp_steps - 1);
  EXPECT_EQ(size_step(0), 0U);
  EXPECT_EQ(size_step(~0ULL), ramp_steps - 1);
  for (unsigned step = 0; step + 1 < ramp_steps; ++step) {
    EXPECT_EQ(age_step(age_step_end(step) - 1), step);
    EXPECT_EQ(age_step(age_step_end(step)), step + 1);
    EXPECT_EQ(size_step(size_step_end(step)), step);
    EXPECT_EQ(size_step(size_step_end(step) + 1), step + 1);
  }
  for (const ColourBy colour_by : all_colour_by) {
    EXPECT_EQ(colour_by_from_name(colour_by_name(colour_by)), colour_by);
  }
  EXPECT_EQ(colour_by_from_name("smell"), std::nullopt);
  EXPECT_EQ(colour_by_names(), "state, thread, age or size");
}

TEST(MapRaster, ARowIsMadeAnewWhenABlockInItGrowsOlder) {
  constexpr std::uint64_t second = 1'000'000'000;
  Heap heap;
  heap.add(8160, 8160);  // its birth is at 0, as all of this heap; rows of blocks, not of density
  heap.add(8160, 8160);
  const MapGeometry geometry = geometry_for(heap.picture, 512, 300);
  MapRaster raster;
  MapRaster::Options options;
  options.glow = 0;
  options.colour_by = ColourBy::age;
  options.age_now = 2 * second;
  ASSERT_TRUE(raster.update(heap.picture, geometry, options));
  ASSERT_EQ(cell_kind(raster.cells()[100]), CellKind::used);
  EXPECT_EQ(cell_colour(raster.cells()[100]), age_step(2 * second));
  EXPECT_EQ(raster.next_ageing(), age_step_end(age_step(2 * second)));
  options.age_now = raster.next_ageing() - 1;
  EXPECT_FALSE(raster.update(heap.picture, geometry, options));
  options.age_now = raster.next_ageing();
  EXPECT_TRUE(raster.update(heap.picture, geometry, options));
  EXPECT_EQ(cell_colour(raster.cells()[100]), age_step(2 * second) + 1);
  options.age_now = 2000 * second;
  EXPECT_TRUE(raster.update(heap.picture, geometry, options));
  EXPECT_EQ(cell_colour(raster.cells()[100]), ramp_steps - 1);
  EXPECT_EQ(raster.next_ageing(), ~0ULL) << "older than old it does not get";
}

TEST(MapRaster, SizesHaveSteps) {
  Heap heap;
  heap.add(4064, 4000);
  heap.add(4064, 300);
  const MapGeometry geometry = geometry_for(heap.picture, 512, 300);
  MapRaster raster;
  MapRaster::Options options;
  options.colour_by = ColourBy::size;
  raster.update(heap.picture, geometry, options);
  const auto colour_of = [&](std::uint64_t address) {
    const MapGeometry::Point point = geometry.locate(address);
    return cell_colour(raster.cells()[static_cast<std::size_t>(point.row * raster.columns()) +
                                      static_cast<std::size_t>(point.x)]);
  };
  EXPECT_EQ(colour_of(start + 100), size_step(4000));
  EXPECT_EQ(colour_of(start + 4096 + 100), size_step(300));
}

TEST(MapRaster, NothingChangedNothingMade) {
  Heap heap;
  for (int i = 0; i < 400; ++i) heap.add(112, 100);
  const MapGeometry geometry = geometry_for(heap.picture, 800, 500);
  MapRaster raster;
  MapRaster::Options options;
  options.now = 10 * MapRaster::glow_ns;
  EXPECT_TRUE(raster.update(heap.picture, geometry, options));
  EXPECT_FALSE(raster.update(heap.picture, geometry, options));
  EXPECT_EQ(raster.rows_made(), 0);
}

TEST(MapRaster, OneChangeMakesFewRows) {
  Heap heap;
  std::vector<std::uint64_t> blocks;
  for (int i = 0; i < 2000; ++i) blocks.push_back(heap.add(112, 100));
  const MapGeometry geometry = geometry_for(heap.picture, 800, 500);
  MapRaster raster;
  MapRaster::Options options;
  options.now = 10 * MapRaster::glow_ns;
  raster.update(heap.picture, geometry, options);
  ASSERT_TRUE(heap.picture.apply(event(EventKind::free, blocks[1000])));
  EXPECT_TRUE(raster.update(heap.picture, geometry, options));
  EXPECT_GE(raster.rows_made(), 1);
  EXPECT_LE(raster.rows_made(),
            1 + static_cast<int>(2 * HeapPicture::shard_bytes / geometry.row_bytes()));
}

TEST(MapRaster, GlowDecays) {
  Heap heap;
  heap.add(112, 100);
  const MapGeometry geometry = geometry_for(heap.picture, 800, 500);
  MapRaster raster;
  MapRaster::Options options;
  options.now = MapRaster::glow_ns / 4;
  raster.update(heap.picture, geometry, options);
  EXPECT_TRUE(raster.glowing());
  options.now = 2 * MapRaster::glow_ns;
  EXPECT_TRUE(raster.update(heap.picture, geometry, options));
  EXPECT_FALSE(raster.glowing());
  EXPECT_FALSE(raster.update(heap.picture, geometry, options));
}

TEST(MapRaster, DensityTellsTheShareInUse) {
  Heap heap;
  for (int i = 0; i < 60'000; ++i) heap.add(112, i < 30'000 ? 112 : 0, 2);
  const MapGeometry geometry = geometry_for(heap.picture, 300, 120);
  MapRaster raster;
  raster.update(heap.picture, geometry, {});
  ASSERT_EQ(cell_kind(raster.cells()[0]), CellKind::density);
  EXPECT_EQ(cell_share(raster.cells()[0]), 63U);
  EXPECT_EQ(cell_colour(raster.cells()[0]), 2U);
  const MapGeometry::Point free_half = geometry.locate(start + 45'000ULL * 144);
  const auto cell = raster.cells()[static_cast<std::size_t>(free_half.row * raster.columns()) +
                                   static_cast<std::size_t>(free_half.x)];
  EXPECT_EQ(cell_kind(cell), CellKind::density);
  EXPECT_EQ(cell_share(cell), 0U);
}

TEST(MapRaster, SummariesAndBlocksAgreeOnALargeHeap) {
  Heap heap;
  for (int i = 0; i < 300'000; ++i) heap.add(1008, i % 2 == 0 ? 1008 : 0, 2);
  MapRaster overview;
  const auto& cells = overview.make_overview(heap.picture, 64, ColourBy::thread, 0);
  ASSERT_EQ(cells.size(), 64U);
  for (const Cell cell : cells) {
    ASSERT_EQ(cell_kind(cell), CellKind::density);
    EXPECT_NEAR(cell_share(cell), 31.5, 3);
  }
}

TEST(MapRaster, DensityTellsTheMeanSizeAtEveryZoom) {
  Heap heap;
  for (int i = 0; i < 300'000; ++i) heap.add(112, i < 150'000 ? 100 : 20);
  const MapGeometry geometry = geometry_for(heap.picture, 300, 120);
  MapRaster raster;
  MapRaster::Options options;
  options.colour_by = ColourBy::size;
  raster.update(heap.picture, geometry, options);
  EXPECT_EQ(cell_colour(raster.cells()[0]), size_step(100));
  for (const int columns : {64, 4096}) {  // from sampled shards, and from all blocks
    const auto& cells = raster.make_overview(heap.picture, columns, ColourBy::size, 0);
    EXPECT_EQ(cell_colour(cells.front()), size_step(100)) << columns;
    EXPECT_EQ(cell_colour(cells.back()), size_step(20)) << columns;
  }
}

TEST(MapRaster, GrowingOlderTakesTurns) {
  constexpr std::uint64_t second = 1'000'000'000;
  Heap heap;
  for (int i = 0; i < 300'000; ++i) heap.add(112, 100);
  const MapGeometry geometry = geometry_for(heap.picture, 600, 400);
  MapRaster raster;
  MapRaster::Options options;
  options.glow = 0;
  options.colour_by = ColourBy::age;
  options.age_now = 5 * second;
  raster.update(heap.picture, geometry, options);
  const int all = raster.rows_made();
  options.age_now = 100 * second;
  int made = 0;
  int updates = 0;
  while (updates < 100 && raster.update(heap.picture, geometry, options)) {
    made += raster.rows_made();
    EXPECT_LT(raster.rows_made(), all);
    ++updates;
  }
  EXPECT_LE(made, all) << "each row once";
  EXPECT_GE(made, all - 3) << "but for those behind the break";
  EXPECT_GT(updates, 3);
  EXPECT_GT(raster.next_ageing(), options.age_now);
}

TEST(MapRaster, ABlockLongerThanManyRowsFillsThem) {
  Heap heap;
  heap.add(112, 100);
  heap.add(200'000, 200'000, 5);
  const MapGeometry geometry = geometry_for(heap.picture, 700, 500);
  MapRaster raster;
  raster.update(heap.picture, geometry, {});
  auto kinds = count(raster, 5);
  EXPECT_EQ(kinds[CellKind::used] + kinds[CellKind::density], 700);
}

TEST(MapRaster, GuardsFrontsAndCompactHeadersHaveTheirWidths) {
  Heap heap;
  const std::uint64_t guarded = heap.add(176, 0);  // 208 bytes
  const std::uint64_t aligned = heap.add(272, 0);  // 304 bytes; 512 together
  ASSERT_TRUE(
      heap.picture.apply(event(EventKind::alloc, guarded, 100, BlockShape{16, true, 48}.pack())));
  ASSERT_TRUE(
      heap.picture.apply(event(EventKind::alloc, aligned, 200, BlockShape{0, false, 32}.pack())));
  const MapGeometry geometry = geometry_for(heap.picture, 1024, 300);
  ASSERT_EQ(geometry.row_bytes(), 512);  // two pixels a byte
  MapRaster raster;
  ASSERT_TRUE(raster.update(heap.picture, geometry, {}));
  auto kinds = count(raster, 0);
  EXPECT_EQ(kinds[CellKind::guard], 2 * (48 + 8));
  EXPECT_EQ(kinds[CellKind::header], 2 * (16 + 32) - 2);  // a pixel of gap before each block
  EXPECT_EQ(kinds[CellKind::used], 2 * (100 + 200));
  EXPECT_EQ(kinds[CellKind::padding], 2 * (36 + 32 + 40)) << "the gap for the alignment is padding";
  const auto at = [&](std::uint64_t byte) {
    return cell_kind(raster.cells()[static_cast<std::size_t>(2 * byte)]);
  };
  EXPECT_EQ(at(16), CellKind::guard);
  EXPECT_EQ(at(16 + 48), CellKind::used);
  EXPECT_EQ(at(207), CellKind::guard);
  EXPECT_EQ(at(208 + 32), CellKind::padding);
}

TEST(MapRaster, ABlockSetAsideIsNeitherUsedNorFree) {
  Heap heap;
  const std::uint64_t block = heap.add(480, 300);
  ASSERT_TRUE(heap.picture.apply(event(EventKind::set_aside, block, 512, 32)));
  const MapGeometry geometry = geometry_for(heap.picture, 1024, 300);
  MapRaster raster;
  raster.update(heap.picture, geometry, {});
  auto kinds = count(raster, 0);
  EXPECT_EQ(kinds[CellKind::set_aside], 2 * 480);
  EXPECT_EQ(kinds[CellKind::used] + kinds[CellKind::free], 0);
}

TEST(MapRaster, SlotsOfAPoolAreUsedOrFree) {
  Heap heap;
  const std::uint64_t block = heap.add(480, 480);
  ASSERT_TRUE(heap.picture.apply(event(EventKind::pool, block, 64, 3)));  // 16 bytes, 7 slots
  for (const std::uint64_t slot : {0U, 2U, 6U}) {
    ASSERT_TRUE(heap.picture.apply(event(EventKind::slot_alloc, block + 48 + slot * 64)));
  }
  const MapGeometry geometry = geometry_for(heap.picture, 1024, 300);
  MapRaster raster;
  raster.update(heap.picture, geometry, {});
  auto kinds = count(raster, 0);
  EXPECT_EQ(kinds[CellKind::slot_used], 3 * 127) << "a pixel between slots";
  EXPECT_EQ(kinds[CellKind::slot_free], 4 * 127);
  EXPECT_EQ(kinds[CellKind::pool], 2 * (16 + 16) + 7);
  EXPECT_EQ(kinds[CellKind::used], 0);
  ASSERT_TRUE(heap.picture.apply(event(EventKind::slot_free, block + 48)));
  ASSERT_TRUE(raster.update(heap.picture, geometry, {})) << "its row is made anew";
  EXPECT_EQ(count(raster, 0)[CellKind::slot_used], 2 * 127);
}

TEST(MapRaster, SlotsTooSmallToTellApartShowTheirShare) {
  Heap heap;
  const std::uint64_t block = heap.add(65504, 65504);
  ASSERT_TRUE(heap.picture.apply(event(EventKind::pool, block, 16, 2)));
  for (std::uint64_t slot = 0; slot < 4094; slot += 2) {
    ASSERT_TRUE(heap.picture.apply(event(EventKind::slot_alloc, block + 32 + slot * 16)));
  }
  const MapGeometry geometry = geometry_for(heap.picture, 400, 300);
  MapRaster raster;
  raster.update(heap.picture, geometry, {});
  double sum = 0;
  for (std::size_t x = 0; x < 400; ++x) {
    const Cell cell = raster.cells()[400 + x];  // of the second row
    ASSERT_EQ(cell_kind(cell), CellKind::pool);
    sum += cell_share(cell);
  }
  EXPECT_NEAR(sum / 400, 31.5, 2);
}

constexpr std::size_t no_end = 1'000'000;

/// What a walk over all blocks says of those that overlap [from, to) of some rows.
RegionTotals walked(const HeapPicture& picture, const MapRegion& region) {
  RegionTotals totals;
  picture.for_each(picture.start(), picture.program_break(), [&](const PictureBlock& block) {
    for (int i = 0; i < region.count; ++i) {
      const double from = static_cast<double>(start) + region.offset + i * region.stride;
      if (static_cast<double>(block.end()) <= from ||
          static_cast<double>(block.address) > from + region.length)
        continue;
      totals.add(block);
      break;
    }
    return true;
  });
  return totals;
}

void expect_same(const RegionTotals& a, const RegionTotals& b) {
  EXPECT_EQ(a.used_blocks, b.used_blocks);
  EXPECT_EQ(a.free_blocks, b.free_blocks);
  EXPECT_EQ(a.bytes(), b.bytes());
  EXPECT_EQ(a.requested, b.requested);
  EXPECT_EQ(a.largest_free, b.largest_free);
  EXPECT_EQ(a.sizes, b.sizes);
}

TEST(MapRegion, HoldsTheBlocksThatTheRectangleTouches) {
  Heap heap;
  for (unsigned i = 0; i < 900; ++i)
    heap.add(112 + 16 * (i * 7 % 40), i % 3 == 0 ? 0 : 100, 1 + i % 5);
  const MapGeometry geometry = geometry_for(heap.picture, 700, 500);
  for (const double right : {300.0, 650.0, 701.0}) {
    const MapRegion region = region_between(geometry, right, 300, 120, 80);  // from any corner
    ASSERT_GT(region.count, 3);
    RegionSummary summary;
    EXPECT_FALSE(summary.advance(heap.picture, region, no_end));
    ASSERT_TRUE(summary.exact());
    ASSERT_GT(summary.totals().used_blocks, 20U);
    expect_same(summary.totals(), walked(heap.picture, region));
    std::uint64_t owned = 0;
    for (const RegionTotals::Owner& owner : summary.totals().owners) owned += owner.blocks;
    EXPECT_EQ(owned, summary.totals().used_blocks);
  }
}

TEST(MapRegion, CountsABlockOnceThoughItLiesOnManyRows) {
  Heap heap;
  heap.add(112, 100);
  heap.add(200'000, 200'000);
  heap.add(112, 100);
  const MapGeometry geometry = geometry_for(heap.picture, 700, 500);
  const MapRegion region = region_between(geometry, 200, 60, 300, 200);
  const std::vector<BlockRange> ranges = ranges_of(heap.picture, region);
  EXPECT_EQ(ranges, (std::vector{BlockRange{start + 144, start + 144 + 200'032}}));
  RegionSummary summary;
  summary.advance(heap.picture, region, no_end);
  EXPECT_EQ(summary.totals().blocks(), 1U);
}

TEST(MapRegion, BetweenTheRowsAndBehindTheBreakIsNothing) {
  Heap heap;
  for (int i = 0; i < 8; ++i) heap.add(112, 100);
  const MapGeometry geometry = geometry_for(heap.picture, 700, 500);
  const double gap = geometry.row_top(0) + geometry.row_height() + 1;
  EXPECT_EQ(region_between(geometry, 10, gap, 600, gap + 2).count, 0);
  const MapRegion behind = region_between(geometry, 10, geometry.row_top(4), 600, 490);
  EXPECT_TRUE(ranges_of(heap.picture, behind).empty());
  RegionSummary summary;
  EXPECT_FALSE(summary.advance(heap.picture, behind, no_end));
  EXPECT_EQ(summary.totals().blocks(), 0U);
}

TEST(MapRegion, IsSummedUpABitAtATimeAndAnewAfterAChange) {
  Heap heap;
  std::vector<std::uint64_t> blocks;
  for (int i = 0; i < 5000; ++i) blocks.push_back(heap.add(112, 100));
  const MapGeometry geometry = geometry_for(heap.picture, 700, 500);
  const MapRegion region = region_between(geometry, 0, 0, 700, 500);
  RegionSummary summary;
  int steps = 1;
  while (summary.advance(heap.picture, region, 400)) {
    EXPECT_LT(summary.progress(), 1);
    EXPECT_FALSE(summary.exact());
    ASSERT_LT(++steps, 100);
  }
  EXPECT_EQ(steps, 13);
  EXPECT_TRUE(summary.exact());
  EXPECT_EQ(summary.totals().used_blocks, 5000U);

  ASSERT_TRUE(heap.picture.apply(event(EventKind::free, blocks[4000])));
  EXPECT_TRUE(summary.advance(heap.picture, region, 400));
  EXPECT_EQ(summary.totals().used_blocks, 5000U) << "the last whole pass still stands";
  EXPECT_FALSE(summary.exact());
  ASSERT_TRUE(heap.picture.apply(event(EventKind::free, blocks[10])));  // behind the pass
  while (summary.advance(heap.picture, region, 400)) ASSERT_LT(++steps, 100);
  EXPECT_TRUE(summary.exact());
  EXPECT_EQ(summary.totals().used_blocks, 4998U);
}

TEST(MapRegion, FitsIntoTheMapWhenZoomedTo) {
  Heap heap;
  for (int i = 0; i < 20'000; ++i) heap.add(112, 100);
  MapGeometry geometry = geometry_for(heap.picture, 700, 500);
  const std::uint64_t from = start + 144 * 7000;
  const std::uint64_t to = start + 144 * 7400;
  geometry.show_all(from, to);
  geometry.animate(1, false);
  const MapGeometry::Point first = geometry.locate(from);
  const MapGeometry::Point last = geometry.locate(to);
  EXPECT_GE(first.y, 0);
  EXPECT_LE(last.y + geometry.row_height(), geometry.height());
  EXPECT_GT(last.y - first.y, geometry.height() / 4) << "and it is not small";
}

}  // namespace
}  // namespace mh
