// The map's geometry: fitting, zooming, panning, and that a position and an address mean each
// other.

#include "app/model/map_geometry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

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

TEST(MapGeometry, ZoomKeepsWhatIsUnderThePointer) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    MapGeometry geometry = heap_of(16 + random() % 50'000'000);
    for (int turn = 0; turn < 6; ++turn) {
      const auto x = static_cast<double>(random() % 900);
      const auto y = static_cast<double>(random() % 560);
      const auto before = static_cast<double>(geometry.address_at(x, y));
      if (before >= static_cast<double>(geometry.program_break())) continue;
      const bool in = random() % 3 != 0;
      geometry.zoom_at(x, y, in ? 1 : -1);
      int frames = 0;
      while (geometry.animate(0.016, true))
        ASSERT_LT(++frames, 500) << "an animation that never ends";
      if (geometry.fitted()) continue;  // zoomed out to the whole heap
      const auto after = static_cast<double>(geometry.address_at(x, y));
      const double tolerance = 2 + 1.5 * geometry.bytes_per_pixel();
      if (geometry.row_offset(0) <= 0) {
        // Nothing lies above the heap: its first row stays at the top, and only the column is kept.
        EXPECT_NEAR(std::remainder(after - before, geometry.row_bytes()), 0, tolerance) << round;
      } else {
        EXPECT_NEAR(after, before, tolerance) << round << " turn " << turn;
      }
    }
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
      geometry.pan(static_cast<double>(random() % 4000) - 2000,
                   static_cast<double>(random() % 4000) - 2000);
      EXPECT_LT(geometry.row_offset(0), static_cast<double>(geometry.program_break() - start));
      EXPECT_GT(geometry.row_offset(1), 0);
    }
  }
}

TEST(MapGeometry, ShowBringsABlockToTheLeftEdge) {
  MapGeometry geometry = heap_of(3'000'000);
  geometry.show(start + 1'234'560, start + 1'234'560 + 144);
  while (geometry.animate(0.016, true)) {
  }
  const MapGeometry::Point point = geometry.locate(start + 1'234'560);
  EXPECT_NEAR(point.x, 0, 1.5);
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
    EXPECT_GE((layout.right - layout.left) / window.scale, 319) << window.width;
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
}

}  // namespace
}  // namespace mh
