#include "app/slides/slide_theme.hpp"

namespace mh {
namespace {

constexpr Colour rgb(std::uint32_t hex) {
  return Colour::rgb(hex);
}

// The hues of Okabe and Ito (Color Universal Design, 2008), darkened where white letters stand on
// them.
constexpr std::array<Colour, 8> owners{rgb(0x0072B2), rgb(0x007A59), rgb(0xA8457F), rgb(0xB34E00),
                                       rgb(0x8A5F00), rgb(0x5B6675), rgb(0x6B6400), rgb(0x1C5F8A)};

constexpr SlideTheme light{.ground = rgb(0xFFFFFF),
                           .text = rgb(0x101828),
                           .text_dim = rgb(0x556072),
                           .panel = rgb(0xF7F9FC),
                           .panel_line = rgb(0xDFE5EE),
                           .header = rgb(0x1D2939),
                           .header_text = rgb(0xFFFFFF),
                           .owners = owners,
                           .owner_text = rgb(0xFFFFFF),
                           .free = rgb(0xF2F4F8),
                           .free_line = rgb(0x98A2B3),
                           .free_text = rgb(0x3F4A5C),
                           .padding = rgb(0xF9DC92),
                           .padding_stripe = rgb(0xD98E04),
                           .guard = rgb(0xF6C6D4),
                           .guard_stripe = rgb(0x9B1049),
                           .foreign = rgb(0xD5DAE2),
                           .foreign_stripe = rgb(0xB4BCC9),
                           .beyond = rgb(0xFFFFFF),
                           .beyond_stripe = rgb(0xE7EBF1),
                           .damaged = rgb(0xFBD5DD),
                           .damaged_stripe = rgb(0xC01E42),
                           .visit = rgb(0xC95A00),
                           .visit_text = rgb(0x8F3F00),
                           .mark = rgb(0xFFE8D6),
                           .arrow = rgb(0x556072),
                           .break_line = rgb(0xBE185D),
                           .point = rgb(0x6D28D9)};

constexpr SlideTheme dark{.ground = rgb(0x0F1218),
                          .text = rgb(0xE6EAF2),
                          .text_dim = rgb(0x98A2B3),
                          .panel = rgb(0x161B24),
                          .panel_line = rgb(0x2A3342),
                          .header = rgb(0x3B4A61),
                          .header_text = rgb(0xF1F5FA),
                          .owners = owners,
                          .owner_text = rgb(0xFFFFFF),
                          .free = rgb(0x1B212C),
                          .free_line = rgb(0x5A677C),
                          .free_text = rgb(0xB3BECF),
                          .padding = rgb(0x3A3015),
                          .padding_stripe = rgb(0xF5C04A),
                          .guard = rgb(0x4A1730),
                          .guard_stripe = rgb(0xFF7AA5),
                          .foreign = rgb(0x2A2F38),
                          .foreign_stripe = rgb(0x434B58),
                          .beyond = rgb(0x0F1218),
                          .beyond_stripe = rgb(0x1C232E),
                          .damaged = rgb(0x3D1620),
                          .damaged_stripe = rgb(0xFF6B81),
                          .visit = rgb(0xFF9D4D),
                          .visit_text = rgb(0xFFB87A),
                          .mark = rgb(0x3D2A17),
                          .arrow = rgb(0x98A2B3),
                          .break_line = rgb(0xFF5C8A),
                          .point = rgb(0xC4A5FF)};

// Black ink only. In use is grey with a full edge, free is white: both keep their labels.
constexpr Colour black = rgb(0x000000);
constexpr Colour white = rgb(0xFFFFFF);
constexpr std::array<Colour, 8> greys{rgb(0xC4C4C4), rgb(0xD4D4D4), rgb(0xB4B4B4), rgb(0xE2E2E2),
                                      rgb(0xA8A8A8), rgb(0xCCCCCC), rgb(0xDCDCDC), rgb(0xBCBCBC)};
constexpr SlideTheme print{.ground = white,
                           .text = black,
                           .text_dim = rgb(0x3C3C3C),
                           .panel = white,
                           .panel_line = rgb(0x808080),
                           .header = black,
                           .header_text = white,
                           .owners = greys,
                           .owner_text = black,
                           .free = white,
                           .free_line = black,
                           .free_text = black,
                           .padding = white,
                           .padding_stripe = rgb(0x606060),
                           .guard = rgb(0x282828),
                           .guard_stripe = white,
                           .foreign = rgb(0xF0F0F0),
                           .foreign_stripe = rgb(0xB0B0B0),
                           .beyond = white,
                           .beyond_stripe = rgb(0xDCDCDC),
                           .damaged = white,
                           .damaged_stripe = black,
                           .visit = black,
                           .visit_text = black,
                           .mark = rgb(0xDDDDDD),
                           .arrow = black,
                           .break_line = black,
                           .point = black};

}  // namespace

const SlideTheme& slide_theme(SlideLook look) {
  switch (look) {
    case SlideLook::dark:
      return dark;
    case SlideLook::print:
      return print;
    case SlideLook::light:
      break;
  }
  return light;
}

const char* slide_look_name(SlideLook look) {
  switch (look) {
    case SlideLook::dark:
      return "dark";
    case SlideLook::print:
      return "print";
    case SlideLook::light:
      break;
  }
  return "light";
}

std::optional<SlideLook> slide_look_called(std::string_view name) {
  for (const SlideLook look : all_slide_looks) {
    if (name == slide_look_name(look)) return look;
  }
  return std::nullopt;
}

}  // namespace mh
