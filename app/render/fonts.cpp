#include "app/render/fonts.hpp"

#include <cstdint>
#include <string_view>

// Begin and end of each file, from the assembler file that the build writes.
extern "C" {
extern const std::byte mh_font_inter_regular[], mh_font_inter_regular_end[];
extern const std::byte mh_font_inter_medium[], mh_font_inter_medium_end[];
extern const std::byte mh_font_inter_semibold[], mh_font_inter_semibold_end[];
extern const std::byte mh_font_mono_regular[], mh_font_mono_regular_end[];
extern const std::byte mh_font_mono_medium[], mh_font_mono_medium_end[];
}

namespace mh {
namespace {

using Bytes = std::span<const std::byte>;

/// A big-endian number of width bytes; 0 beyond the end of the data.
std::uint32_t number_at(Bytes data, std::size_t offset, std::size_t width) {
  if (offset + width > data.size()) return 0;
  std::uint32_t value = 0;
  for (const std::byte byte : data.subspan(offset, width)) {
    value = (value << 8) | std::to_integer<std::uint32_t>(byte);
  }
  return value;
}

int signed_at(Bytes data, std::size_t offset) {
  return static_cast<std::int16_t>(number_at(data, offset, 2));
}

/// A table of an OpenType file: its directory starts at byte 12, 16 bytes an entry.
Bytes table(Bytes font, std::string_view tag) {
  const std::size_t count = number_at(font, 4, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = 12 + 16 * i;
    if (entry + 16 > font.size()) break;
    const auto* name = reinterpret_cast<const char*>(font.data() + entry);
    if (std::string_view(name, 4) != tag) continue;
    const std::size_t offset = number_at(font, entry + 8, 4);
    return offset < font.size() ? font.subspan(offset) : Bytes();
  }
  return {};
}

}  // namespace

std::span<const std::byte> font_data(FontFace face) {
  switch (face) {
    case FontFace::inter_regular:
      return {mh_font_inter_regular, mh_font_inter_regular_end};
    case FontFace::inter_medium:
      return {mh_font_inter_medium, mh_font_inter_medium_end};
    case FontFace::inter_semibold:
      return {mh_font_inter_semibold, mh_font_inter_semibold_end};
    case FontFace::mono_regular:
      return {mh_font_mono_regular, mh_font_mono_regular_end};
    case FontFace::mono_medium:
      return {mh_font_mono_medium, mh_font_mono_medium_end};
  }
  return {};
}

float font_line_height(std::span<const std::byte> font) {
  const std::uint32_t units_per_em = number_at(table(font, "head"), 18, 2);
  const Bytes metrics = table(font, "hhea");
  const int height = signed_at(metrics, 4) - signed_at(metrics, 6);
  if (units_per_em == 0 || height <= 0) return 1.0F;
  return static_cast<float>(height) / static_cast<float>(units_per_em);
}

float font_ascent(std::span<const std::byte> font) {
  const std::uint32_t units_per_em = number_at(table(font, "head"), 18, 2);
  const int ascent = signed_at(table(font, "hhea"), 4);
  if (units_per_em == 0 || ascent <= 0) return 1.0F;
  return static_cast<float>(ascent) / static_cast<float>(units_per_em);
}

}  // namespace mh
