#include "app/render/system_fonts.hpp"

#include <fontconfig/fontconfig.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string_view>

namespace mh {
namespace {

template <auto Destroy>
struct DestroyBy {
  template <typename Thing>
  void operator()(Thing* thing) const {
    Destroy(thing);
  }
};
using Config = std::unique_ptr<FcConfig, DestroyBy<FcConfigDestroy>>;
using Pattern = std::unique_ptr<FcPattern, DestroyBy<FcPatternDestroy>>;
using CharSet = std::unique_ptr<FcCharSet, DestroyBy<FcCharSetDestroy>>;
using FontSet = std::unique_ptr<FcFontSet, DestroyBy<FcFontSetDestroy>>;

/// Outlines that stb_truetype can draw: no bitmaps, no colours.
bool can_be_drawn(FcPattern* font) {
  FcBool outline = FcFalse;
  FcBool colour = FcFalse;
  FcPatternGetBool(font, FC_OUTLINE, 0, &outline);
  FcPatternGetBool(font, FC_COLOR, 0, &colour);
  FcChar8* format = nullptr;
  if (FcPatternGetString(font, FC_FONTFORMAT, 0, &format) != FcResultMatch) return false;
  const std::string_view name = reinterpret_cast<const char*>(format);
  return outline == FcTrue && colour != FcTrue && (name == "TrueType" || name == "CFF");
}

std::set<char32_t> shared(FcPattern* font, const std::set<char32_t>& letters) {
  FcCharSet* has = nullptr;
  std::set<char32_t> both;
  if (FcPatternGetCharSet(font, FC_CHARSET, 0, &has) != FcResultMatch) return both;
  for (const char32_t c : letters) {
    if (FcCharSetHasChar(has, c) == FcTrue) both.insert(c);
  }
  return both;
}

std::vector<std::byte> read(const std::filesystem::path& file) {
  constexpr std::uintmax_t most = 64U << 20;
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error || size > most) return {};
  std::vector<std::byte> data(size);
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(data.data()), static_cast<std::streamsize>(size));
  if (!stream) data.clear();
  return data;
}

/// All fonts of the system, best first, in which these letters are looked for.
FontSet candidates(FcConfig* config, const std::set<char32_t>& letters) {
  const CharSet wanted(FcCharSetCreate());
  for (const char32_t c : letters) FcCharSetAddChar(wanted.get(), c);
  const Pattern pattern(FcPatternCreate());
  FcPatternAddString(pattern.get(), FC_FAMILY, reinterpret_cast<const FcChar8*>("sans-serif"));
  FcPatternAddCharSet(pattern.get(), FC_CHARSET, wanted.get());
  FcPatternAddBool(pattern.get(), FC_OUTLINE, FcTrue);
  FcConfigSubstitute(config, pattern.get(), FcMatchPattern);
  FcDefaultSubstitute(pattern.get());
  FcResult result = FcResultMatch;
  return FontSet(FcFontSort(config, pattern.get(), FcFalse, nullptr, &result));
}

}  // namespace

std::vector<SystemFont> find_system_fonts(std::set<char32_t> letters) {
  std::vector<SystemFont> found;
  const Config config(FcInitLoadConfigAndFonts());
  if (config == nullptr || letters.empty()) return found;
  const FontSet fonts = candidates(config.get(), letters);
  for (int i = 0; fonts != nullptr && i < fonts->nfont && !letters.empty(); ++i) {
    FcPattern* const font = fonts->fonts[i];
    if (!can_be_drawn(font)) continue;
    SystemFont one{{}, 0, shared(font, letters)};
    FcChar8* file = nullptr;
    if (one.letters.empty() || FcPatternGetString(font, FC_FILE, 0, &file) != FcResultMatch)
      continue;
    one.data = read(reinterpret_cast<const char*>(file));
    if (one.data.empty()) continue;
    FcPatternGetInteger(font, FC_INDEX, 0, &one.face);
    one.face &= 0xffff;  // above it stands which instance of a variable font
    for (const char32_t c : one.letters) letters.erase(c);
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace mh
