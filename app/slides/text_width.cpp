#include <array>
#include <cstddef>

#include "app/model/text.hpp"
#include "app/slides/canvas.hpp"

namespace mh {
namespace {

// Advance widths of the characters from space to '~' in thousandths of an em, read from the
// horizontal metrics of Inter 4.0. JetBrains Mono is 600 wide throughout.
constexpr std::size_t characters = 95;
using Widths = std::array<short, characters>;

constexpr Widths regular{
    281, 278, 403, 631, 638, 812, 639, 222, 362, 362, 500, 659, 280, 460, 276, 357, 625, 464, 605,
    636, 642, 608, 624, 571, 616, 624, 276, 280, 659, 659, 659, 507, 936, 676, 651, 727, 719, 598,
    587, 743, 740, 264, 543, 652, 562, 889, 753, 761, 635, 761, 639, 638, 642, 741, 676, 949, 642,
    665, 625, 362, 357, 362, 469, 452, 497, 564, 621, 558, 621, 582, 361, 609, 591, 237, 237, 544,
    237, 869, 585, 597, 609, 609, 372, 523, 364, 581, 557, 812, 540, 557, 541, 362, 327, 362, 659};
constexpr Widths medium{
    265, 294, 400, 637, 643, 828, 651, 217, 378, 378, 522, 666, 288, 463, 283, 368, 646, 473, 613,
    644, 654, 620, 636, 579, 631, 636, 283, 288, 666, 666, 666, 526, 968, 700, 654, 735, 722, 603,
    586, 749, 742, 270, 552, 664, 564, 898, 747, 768, 639, 768, 645, 643, 651, 738, 700, 978, 666,
    685, 639, 378, 368, 378, 475, 460, 497, 569, 626, 568, 626, 587, 369, 617, 602, 249, 249, 556,
    249, 884, 597, 602, 617, 617, 384, 536, 372, 594, 566, 825, 551, 566, 551, 378, 342, 378, 666};
constexpr Widths semibold{
    248, 309, 396, 643, 649, 844, 663, 213, 393, 393, 543, 673, 295, 466, 290, 379, 667, 481,  621,
    652, 666, 632, 648, 587, 646, 648, 290, 295, 673, 673, 673, 544, 999, 724, 657, 744, 724,  608,
    586, 755, 744, 275, 561, 677, 566, 906, 741, 775, 643, 776, 651, 649, 660, 734, 724, 1007, 690,
    705, 653, 393, 379, 393, 481, 468, 497, 575, 630, 577, 630, 593, 377, 625, 613, 261, 261,  569,
    261, 898, 610, 608, 625, 625, 397, 549, 380, 608, 576, 837, 562, 576, 562, 393, 358, 393,  673};
constexpr double mono_width = 600;
constexpr double other_width = 625;
constexpr double wide_width = 1000;  // what Chinese, Japanese and Korean are written with; emoji

const Widths& widths_of(Face face) {
  switch (face) {
    case Face::medium:
      return medium;
    case Face::semibold:
      return semibold;
    default:
      return regular;
  }
}

}  // namespace

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
         (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff01 && c <= 0xff60) ||
         (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3ffff);
}

double text_width(Face face, double size, std::string_view words) {
  double width = 0;
  while (!words.empty()) {
    const char32_t c = take_character(words).value_or(U'?');
    if (is_wide(c)) {
      width += wide_width;
    } else if (face == Face::mono) {
      width += mono_width;
    } else if (c >= ' ' && c <= '~') {
      width += widths_of(face)[c - ' '];
    } else {
      width += other_width;
    }
  }
  return width * size / 1000;
}

}  // namespace mh
