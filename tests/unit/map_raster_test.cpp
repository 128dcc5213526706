// From blocks to cells: the raster shows what the picture says, and makes anew only what changed.

#include "app/model/map_raster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

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
  EXPECT_EQ(colour_index(ColourBy::thread, 100), 0U) << "the hand";
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
  const auto& cells = overview.make_overview(heap.picture, 64, ColourBy::thread);
  ASSERT_EQ(cells.size(), 64U);
  for (const Cell cell : cells) {
    ASSERT_EQ(cell_kind(cell), CellKind::density);
    EXPECT_NEAR(cell_share(cell), 31.5, 3);
  }
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

}  // namespace
}  // namespace mh
