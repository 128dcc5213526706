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

bool has_tag(Bytes font, std::size_t at, std::string_view tag) {
  return at + tag.size() <= font.size() &&
         std::string_view(reinterpret_cast<const char*>(font.data() + at), tag.size()) == tag;
}

/// A table of an OpenType file: its directory starts at byte 12, 16 bytes an entry; in a
/// collection, of which each face has its own, where the collection says.
Bytes table(Bytes font, std::string_view tag, int face = 0) {
  const std::size_t begin =
      has_tag(font, 0, "ttcf") ? number_at(font, 12 + 4 * static_cast<std::size_t>(face), 4) : 0;
  const std::size_t count = number_at(font, begin + 4, 2);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = begin + 12 + 16 * i;
    if (entry + 16 > font.size()) break;
    if (!has_tag(font, entry, tag)) continue;
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

float font_line_height(std::span<const std::byte> font, int face) {
  const std::uint32_t units_per_em = number_at(table(font, "head", face), 18, 2);
  const Bytes metrics = table(font, "hhea", face);
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
