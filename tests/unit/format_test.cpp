// Figures as people read them.

#include "app/model/format.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace mh {
namespace {

TEST(Format, Bytes) {
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1024), "1.0 KiB");
  EXPECT_EQ(format_bytes(72192), "70.5 KiB");
  EXPECT_EQ(format_bytes(1048575), "1.0 MiB");
  EXPECT_EQ(format_bytes(std::uint64_t{1} << 30), "1.0 GiB");
  EXPECT_EQ(format_bytes(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Format, Counts) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1200), "1 200");
  EXPECT_EQ(format_count(3214880), "3 214 880");
  EXPECT_EQ(format_count(std::numeric_limits<std::uint64_t>::max()), "18 446 744 073 709 551 615");
}

TEST(Format, Rates) {
  EXPECT_EQ(format_rate(1), "1/s");
  EXPECT_EQ(format_rate(0.5), "0.5/s");
  EXPECT_EQ(format_rate(999), "999/s");
  EXPECT_EQ(format_rate(999.7), "1 k/s");
  EXPECT_EQ(format_rate(12'500), "12.5 k/s");
  EXPECT_EQ(format_rate(250'000), "250 k/s");
  EXPECT_EQ(format_rate(1.5e6), "1.5 M/s");
  EXPECT_EQ(format_rate(std::numeric_limits<double>::infinity()), "unlimited");
}

TEST(Format, Durations) {
  EXPECT_EQ(format_duration(480), "480 ns");
  EXPECT_EQ(format_duration(12'000), "12 \xc2\xb5s");
  EXPECT_EQ(format_duration(3'100'000), "3.1 ms");
  EXPECT_EQ(format_duration(999'600'000), "1 s");
  EXPECT_EQ(format_duration(1'820'000'000), "1.82 s");
  EXPECT_EQ(format_duration(125'000'000'000), "2 min 05 s");
  EXPECT_EQ(format_duration(11'220'000'000'000), "3 h 07 min");
}

TEST(Format, PositionsInTime) {
  EXPECT_EQ(format_time(14'862'000'000), "00:14.862");
  EXPECT_EQ(format_time(3'614'862'000'000), "1:00:14.862");
}

TEST(Format, Addresses) {
  EXPECT_EQ(format_address(0x5581c3a12000), "0x5581c3a12000");
}

}  // namespace
}  // namespace mh
