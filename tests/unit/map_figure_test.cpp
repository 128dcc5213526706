// The map as an SVG figure.

#include "app/slides/map_figure.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/model_test_support.hpp"

namespace mh {
namespace {

constexpr std::uint64_t start = 0x5500'0000'0000;

/// A heap of that many blocks of 144 bytes; every third is free.
HeapPicture heap_of(std::size_t blocks) {
  HeapPicture picture;
  std::uint64_t time = 0;
  const auto apply = [&](EventKind kind, std::uint64_t address, std::uint64_t size,
                         std::uint64_t extra) {
    EXPECT_TRUE(picture.apply(test::make_event(kind, address, size, ++time, 3, extra)));
  };
  apply(EventKind::reset, start, 0, 0);
  apply(EventKind::break_moved, start + blocks * 144, 0, 0);
  for (std::size_t i = 0; i < blocks; ++i) {
    apply(EventKind::block, start + i * 144, 144, 32);
    if (i % 3 != 1) apply(EventKind::alloc, start + i * 144, 100, 0);
  }
  return picture;
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(MapFigure, DrawsEachBlockWithItsSizeAndTheBreak) {
  const auto svg = map_figure(heap_of(3), {});
  ASSERT_TRUE(svg) << svg.error;
  EXPECT_TRUE((*svg).starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_EQ(count(*svg, ">100 B<"), 2U);
  EXPECT_EQ(count(*svg, ">free  112 B<"), 1U);
  EXPECT_EQ(count(*svg, "program break  0x5500000001b0"), 1U);
  EXPECT_EQ(count(*svg, "432 B, 2 in use, 1 free"),
            2U);  // above the map, and for those who hear it
}

TEST(MapFigure, IsTheSameBytesEveryTimeAndDiffersByLook) {
  const HeapPicture picture = heap_of(40);
  const std::string light = *map_figure(picture, {});
  EXPECT_EQ(light, *map_figure(picture, {}));
  EXPECT_NE(light, *map_figure(picture, {.look = SlideLook::dark}));
}

TEST(MapFigure, RowsBeginAtAMultipleOfTheirBytes) {
  const std::string svg = *map_figure(heap_of(40), {});
  EXPECT_EQ(count(svg, ">0x550000000000<"), 1U);
  EXPECT_EQ(count(svg, ">0x550000000800<"), 1U);
}

TEST(MapFigure, RefusesMoreBlocksThanAPageShows) {
  EXPECT_TRUE(map_figure(heap_of(most_figure_blocks), {}));
  const auto refused = map_figure(heap_of(most_figure_blocks + 1), {});
  EXPECT_FALSE(refused);
  EXPECT_NE(refused.error.find("too many for a figure"), std::string::npos);
}

TEST(MapFigure, ShowsAnEmptyHeap) {
  EXPECT_TRUE(map_figure(HeapPicture(), {}));
  EXPECT_TRUE(map_figure(heap_of(0), {}));
}

}  // namespace
}  // namespace mh
