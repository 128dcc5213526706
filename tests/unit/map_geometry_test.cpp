// The map's geometry: fitting, zooming, panning, and that a position and an address mean each
// other.

#include "app/model/map_geometry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "app/model/window_layout.hpp"

namespace mh {
namespace {

constexpr std::uint64_t start = 0x5581'c3a1'2000;

MapGeometry heap_of(std::uint64_t bytes, double width = 900, double height = 560) {
  MapGeometry geometry;
  geometry.set_area(width, height, 1);
  geometry.set_heap(start, start + bytes);
  geometry.fit();
  for (int i = 0; i < 200; ++i) geometry.animate(0.02, true);
  return geometry;
}

TEST(MapGeometry, FitShowsHeapsOfEverySizeWhole) {
  for (std::uint64_t bytes = 48; bytes < (1ULL << 36); bytes = bytes * 3 + 16) {
    const MapGeometry geometry = heap_of(bytes);
    EXPECT_LE(geometry.first_visible(), start) << bytes;
    EXPECT_GE(geometry.last_visible(), start + bytes) << bytes;
    const MapGeometry::Point end = geometry.locate(start + bytes);
    EXPECT_LE(end.y + geometry.row_height(), geometry.height() + 1) << bytes;
  }
}

TEST(MapGeometry, AnEmptyHeapHasRowsToShow) {
  MapGeometry geometry;
  geometry.set_area(900, 560, 1);
  geometry.set_heap(0, 0);
  EXPECT_GT(geometry.rows(), 3);
  EXPECT_EQ(geometry.address_at(0, 0), 0U);
}

TEST(MapGeometry, PositionAndAddressMeanEachOther) {
  MapGeometry geometry = heap_of(200'000);
  for (std::uint64_t offset = 0; offset < 200'000; offset += 997) {
    const MapGeometry::Point point = geometry.locate(start + offset);
    const std::uint64_t back = geometry.address_at(point.x + 1e-6, point.y + 0.5);
    EXPECT_NEAR(static_cast<double>(back - start), static_cast<double>(offset), 1.0);
  }
}

void rest(MapGeometry& geometry) {
  int frames = 0;
  while (geometry.animate(0.016, true)) ASSERT_LT(++frames, 500) << "an animation that never ends";
}

/// The address at the left edge of a row.
std::uint64_t row_begins(const MapGeometry& geometry, int row) {
  return geometry.start() +
         static_cast<std::uint64_t>(static_cast<std::int64_t>(geometry.row_offset(row)));
}

void expect_aligned(const MapGeometry& geometry) {
  const auto row_bytes = static_cast<std::uint64_t>(geometry.row_bytes());
  EXPECT_EQ(geometry.row_bytes(), static_cast<double>(row_bytes));
  EXPECT_EQ(row_begins(geometry, 0) % row_bytes, 0U) << std::hex << row_begins(geometry, 0);
  EXPECT_EQ(geometry.row_offset(0), std::round(geometry.row_offset(0)));
}

TEST(MapGeometry, ZoomKeepsWhatIsUnderThePointerInTheRowThere) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    MapGeometry geometry = heap_of(16 + random() % 50'000'000);
    for (int turn = 0; turn < 6; ++turn) {
      const auto x = static_cast<double>(random() % 900);
      const auto y = static_cast<double>(random() % 560);
      const std::uint64_t before = geometry.address_at(x, y);
      if (before < start || before >= geometry.program_break()) continue;
      geometry.zoom_at(x, y, random() % 3 != 0 ? 1 : -1);
      rest(geometry);
      expect_aligned(geometry);
      if (geometry.fitted()) continue;  // zoomed out to the whole heap
      // Nothing lies above the heap: its first row stays at the top.
      if (geometry.row_offset(0) <= 0) continue;
      const MapGeometry::Point point = geometry.locate(before);
      EXPECT_LE(point.y, y + 1) << round << " turn " << turn;
      EXPECT_GE(point.y + geometry.pitch(), y - 1) << round << " turn " << turn;
    }
  }
}

TEST(MapGeometry, ZoomingOnAtOnePlaceComesToTheByteThatWasPointedAt) {
  MapGeometry geometry = heap_of(3'000'000);
  const std::uint64_t pointed = geometry.address_at(611, 240);
  for (int i = 0; i < 30; ++i) {
    geometry.zoom_at(611, 240, 1);
    rest(geometry);
  }
  EXPECT_EQ(geometry.row_bytes(), MapGeometry::least_row_bytes);
  const MapGeometry::Point point = geometry.locate(pointed);
  EXPECT_LE(std::abs(point.y - 240), geometry.pitch() + 1);
}

TEST(MapGeometry, RowsBeginAtAMultipleOfTheirBytes) {
  // The fast engine's heap begins 8 bytes into a page, a foreign one anywhere.
  for (const std::uint64_t begin : {start, start - 8, start + 0x3b3, start + 0x5010}) {
    MapGeometry geometry;
    geometry.set_area(900, 560, 1);
    geometry.set_heap(begin, begin + 700'000);
    geometry.fit();
    rest(geometry);
    expect_aligned(geometry);
    EXPECT_LE(geometry.first_visible(), begin);
    EXPECT_GE(geometry.last_visible(), begin + 700'000);
    for (int i = 0; i < 14; ++i) {
      geometry.zoom_at(317, 200, 1);
      rest(geometry);
      expect_aligned(geometry);
    }
    geometry.pan(-12345.5);
    expect_aligned(geometry);
    geometry.show(begin + 100'016, begin + 100'016 + 144);
    rest(geometry);
    expect_aligned(geometry);
    geometry.set_heap(begin + 0x1230, begin + 700'000);
    expect_aligned(geometry);
  }
}

TEST(MapGeometry, ZoomHasLimits) {
  MapGeometry geometry = heap_of(1'000'000);
  for (int i = 0; i < 60; ++i) {
    geometry.zoom_at(450, 280, 1);
    geometry.animate(1, false);
  }
  EXPECT_EQ(geometry.row_bytes(), MapGeometry::least_row_bytes);
  for (int i = 0; i < 60; ++i) {
    geometry.zoom_at(450, 280, -1);
    geometry.animate(1, false);
    geometry.animate(1, false);
  }
  EXPECT_TRUE(geometry.fitted());
  EXPECT_LE(geometry.first_visible(), start);
}

TEST(MapGeometry, PanNeverLosesTheHeap) {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    MapGeometry geometry = heap_of(64 + random() % 5'000'000);
    for (int i = 0; i < 40; ++i) {
      geometry.pan(static_cast<double>(random() % 4000) - 2000);
      EXPECT_LT(geometry.row_offset(0), static_cast<double>(geometry.program_break() - start));
      EXPECT_GT(geometry.row_offset(1), 0);
    }
  }
}

TEST(MapGeometry, ShowBringsABlockIntoARow) {
  MapGeometry geometry = heap_of(3'000'000);
  geometry.show(start + 1'234'560, start + 1'234'560 + 144);
  while (geometry.animate(0.016, true)) {
  }
  const MapGeometry::Point point = geometry.locate(start + 1'234'560);
  EXPECT_EQ(geometry.locate(start + 1'234'560 + 143).row, point.row);
  EXPECT_GE(point.y, 0);
  EXPECT_LE(point.y, geometry.height());
  EXPECT_GE(geometry.row_bytes(), 144);
  EXPECT_LE(geometry.row_bytes(), 512);
}

TEST(MapGeometry, AGrowingHeapStaysWholeUntilTheUserZooms) {
  MapGeometry geometry = heap_of(1000);
  for (std::uint64_t bytes = 1000; bytes < 10'000'000; bytes += bytes / 3) {
    geometry.set_heap(start, start + bytes);
    for (int i = 0; i < 100; ++i) geometry.animate(0.016, true);
    EXPECT_GE(geometry.last_visible(), start + bytes);
  }
  geometry.zoom_at(100, 100, 1);
  geometry.animate(1, false);
  const double chosen = geometry.row_bytes();
  geometry.set_heap(start, start + 100'000'000);
  geometry.animate(1, false);
  EXPECT_EQ(geometry.row_bytes(), chosen);
}

// ---- where the panels stand around the map

TEST(WindowLayout, TheInspectorStaysAt1024AndAtThreeHalvesOf1280) {
  struct Window {
    float width, height, scale;
  };
  for (const Window& window :
       {Window{1024, 700, 1}, Window{1280, 800, 1.5F}, Window{1920, 1080, 2}}) {
    const WindowLayout layout = lay_out_window(window.width, window.height, window.scale);
    EXPECT_TRUE(layout.inspector) << window.width;
    EXPECT_GE((layout.right - layout.left) / window.scale, 309) << window.width;
    EXPECT_GE(layout.timeline_top - layout.top, (layout.bottom - layout.top) * 0.6F);
  }
}

TEST(WindowLayout, AnEvenNarrowerWindowKeepsTheMap) {
  const WindowLayout layout = lay_out_window(640, 480, 1);
  EXPECT_FALSE(layout.inspector);
  EXPECT_EQ(layout.right, 640);
  EXPECT_GE(layout.right - layout.left, 360);
}

TEST(WindowLayout, TheToolbarFitsIntoEveryWidth) {
  for (float width = 480; width < 2000; width += 1) {
    const ToolbarLayout layout = lay_out_toolbar(width);
    EXPECT_LE(layout.width(), width);
  }
  EXPECT_TRUE(lay_out_toolbar(1280).colour_words);
  EXPECT_TRUE(lay_out_toolbar(853).speed);
  EXPECT_FALSE(lay_out_toolbar(1024).colour_list);
}

TEST(WindowLayout, ALowWindowShowsTheEngineOrTheWorkload) {
  EXPECT_TRUE(lay_out_controls(952).histogram);
  EXPECT_FALSE(lay_out_controls(752).one_open);
  EXPECT_TRUE(lay_out_controls(752).slim);
  EXPECT_TRUE(lay_out_controls(652).one_open);
  EXPECT_TRUE(lay_out_controls(752, {.pool = true, .slots = true}).one_open);
  EXPECT_TRUE(lay_out_controls(752, {.more_switches = true}).tight);
}

TEST(WindowLayout, AListEndsWhereNothingIsCut) {
  const std::vector<ListBand> rows{{0, 20}, {24, 44}, {48, 60}, {50, 80}, {84, 100}};
  EXPECT_EQ(end_between(rows, 0, 82), 82);
  EXPECT_EQ(end_between(rows, 0, 70), 48) << "what stands beside it is not cut either";
  EXPECT_EQ(end_between(rows, 0, 30), 24);
  EXPECT_EQ(end_between(rows, 0, 10), 10) << "a row higher than the list is cut";
}

}  // namespace
}  // namespace mh
