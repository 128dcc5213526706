#include "app/views/theme.hpp"

#include <algorithm>
#include <cmath>

namespace mh {
namespace {

constexpr ImU32 rgb(unsigned hex) {
  return IM_COL32((hex >> 16) & 255U, (hex >> 8) & 255U, hex & 255U, 255U);
}

ImVec4 vec(unsigned hex) {
  return ImGui::ColorConvertU32ToFloat4(rgb(hex));
}

/// The colours of Okabe and Ito, told apart with every kind of colour vision
/// (Okabe, Ito: Color Universal Design, 2008), in the order in which threads get them.
std::array<ImVec4, 8> okabe_ito(unsigned eighth) {
  return {vec(0x0072B2), vec(0x56B4E9), vec(0x009E73), vec(0xCC79A7),
          vec(0xD55E00), vec(0xE69F00), vec(0xF0E442), vec(eighth)};
}

/// Ramps are even in lightness in the Oklab space (Ottosson 2020), from one end to the other, so
/// that their order is seen with every kind of colour vision and on a weak projector; each theme
/// has the range of lightness that stands out from its ground.
using Ramp = std::array<unsigned, ramp_steps>;
constexpr Ramp dark_ages{0xF6E12B, 0xD5E040, 0xB2DD55, 0x8ED96A, 0x68D37D, 0x3ECB91,
                         0x04C1A1, 0x0BB4AB, 0x0EA8B1, 0x029BB5, 0x008FBA, 0x1781BF,
                         0x2873BE, 0x3464BD, 0x4055B9, 0x4A44B3};
constexpr Ramp light_ages{0xE3B90C, 0xC5B900, 0xA4B81D, 0x7FB53B, 0x54B156, 0x16AA71,
                          0x049E85, 0x09918E, 0x008592, 0x047993, 0x016C94, 0x035E99,
                          0x0E4F9B, 0x1D4197, 0x273092, 0x2F1C8B};
constexpr Ramp dark_sizes{0x6833BC, 0x7E33BE, 0x9333BC, 0xA932B8, 0xBF33AF, 0xD3399F,
                          0xE5428D, 0xF44E79, 0xFE5F67, 0xFF775B, 0xFF8B54, 0xFF9D4E,
                          0xFEAE52, 0xFEBE57, 0xFFCD59, 0xFBDD67};
constexpr Ramp light_sizes{0x49138E, 0x5C1492, 0x701593, 0x841591, 0x99168B, 0xAE187B,
                           0xC01E69, 0xD02A53, 0xDB3A3D, 0xE24C2A, 0xE65D0C, 0xE57201,
                           0xE58305, 0xE79304, 0xE8A20C, 0xE9B10D};

std::array<ImVec4, ramp_steps> colours_of(const Ramp& ramp) {
  std::array<ImVec4, ramp_steps> colours;
  std::transform(ramp.begin(), ramp.end(), colours.begin(), vec);
  return colours;
}

Theme dark() {
  Theme t;
  t.kind = ThemeKind::dark;
  t.ground = rgb(0x0F1218);
  t.panel = rgb(0x161B24);
  t.line = rgb(0x232A36);
  t.control = rgb(0x1E2532);
  t.control_hover = rgb(0x2A3444);
  t.control_press = rgb(0x35425A);
  t.field = rgb(0x0F1218);
  t.text = rgb(0xE6EAF2);
  t.text_dim = rgb(0x98A2B3);
  t.text_on_accent = rgb(0x08121F);
  t.accent = rgb(0x5AA9FF);
  t.accent_hover = rgb(0x7BBBFF);
  t.selected = rgb(0x2B3D5C);
  t.good = rgb(0x3FCF8E);
  t.good_ground = rgb(0x1F3D2F);
  t.warning = rgb(0xF0B429);
  t.bad = rgb(0xFF6B81);
  t.bad_ground = rgb(0x3D1620);
  t.break_line = rgb(0xFF5C8A);
  t.break_ground = rgb(0x3A1524);
  t.break_text = rgb(0xFFB3C7);
  t.outline = rgb(0xFFFFFF);
  t.hover_outline = rgb(0xC5D4EA);
  t.arrow = rgb(0xC8D2E2);
  t.visited = rgb(0xE8772E);
  t.visited_ink = rgb(0x10141C);
  t.hex = rgb(0x9CC4FF);
  t.padding_text = rgb(0xF5C45E);
  t.guard_text = rgb(0xF08CB2);
  t.pill_ground = rgb(0x163D70);
  t.pill_text = rgb(0xA9D0FF);
  t.map = {.background = vec(0x0F1218),
           .free_fill = vec(0x1B212C),
           .free_edge = vec(0x3A4558),
           .header = vec(0x030B16),
           .padding_light = vec(0xF5C04A),
           .padding_dark = vec(0x2A2310),
           .beyond_fill = vec(0x10141B),
           .beyond_line = vec(0x171D26),
           .foreign_fill = vec(0x2A2F38),
           .foreign_line = vec(0x3C434F),
           .guard_fill = vec(0x7D2A4B),
           .guard_line = vec(0xB4436E),
           .aside_fill = vec(0x2A161B),
           .aside_line = vec(0xC4475C),
           .glow = vec(0xFFFFFF),
           .header_tint = 0.22F,
           .hues = okabe_ito(0xA7B0BE),
           .age_ramp = colours_of(dark_ages),
           .size_ramp = colours_of(dark_sizes)};
  return t;
}

Theme light() {
  Theme t;
  t.kind = ThemeKind::light;
  t.ground = rgb(0xFFFFFF);
  t.panel = rgb(0xF5F7FB);
  t.line = rgb(0xDDE3EC);
  t.control = rgb(0xE6EBF3);
  t.control_hover = rgb(0xD8E0EC);
  t.control_press = rgb(0xC6D1E2);
  t.field = rgb(0xFFFFFF);
  t.text = rgb(0x141A24);
  t.text_dim = rgb(0x556072);
  t.text_on_accent = rgb(0xFFFFFF);
  t.accent = rgb(0x0B66C3);
  t.accent_hover = rgb(0x0A57A6);
  t.selected = rgb(0xC9DDF7);
  t.good = rgb(0x0B6E46);
  t.good_ground = rgb(0xD9F2E6);
  t.warning = rgb(0x8A5A00);
  t.bad = rgb(0xB3153B);
  t.bad_ground = rgb(0xFCE4EA);
  t.break_line = rgb(0xBE185D);
  t.break_ground = rgb(0xFDE8F0);
  t.break_text = rgb(0x9B1049);
  t.outline = rgb(0x101828);
  t.hover_outline = rgb(0x475467);
  t.arrow = rgb(0x3B4759);
  t.visited = rgb(0xC2410C);
  t.visited_ink = rgb(0xFFFFFF);
  t.hex = rgb(0x1D4E9E);
  t.padding_text = rgb(0x8A5A00);
  t.guard_text = rgb(0x9F1D49);
  t.pill_ground = rgb(0xD4E6FB);
  t.pill_text = rgb(0x0B4A8F);
  t.map = {.background = vec(0xFFFFFF),
           .free_fill = vec(0xF3F5F9),
           .free_edge = vec(0x98A2B3),
           .header = vec(0x1D2939),
           .padding_light = vec(0xF8D98A),
           .padding_dark = vec(0xD98E04),
           .beyond_fill = vec(0xFFFFFF),
           .beyond_line = vec(0xE9EDF3),
           .foreign_fill = vec(0xD5DAE2),
           .foreign_line = vec(0xBAC1CC),
           .guard_fill = vec(0x9F1D49),
           .guard_line = vec(0xE07B9C),
           .aside_fill = vec(0xFDE7EB),
           .aside_line = vec(0xC2334E),
           .glow = vec(0xFFFFFF),
           .header_tint = 0.12F,
           .hues = okabe_ito(0x7A8494),
           .age_ramp = colours_of(light_ages),
           .size_ramp = colours_of(light_sizes)};
  return t;
}

/// Relative luminance as WCAG 2 defines it.
double luminance(ImU32 colour) {
  const auto channel = [colour](unsigned shift) {
    const double c = static_cast<double>((colour >> shift) & 255U) / 255.0;
    return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * channel(IM_COL32_R_SHIFT) + 0.7152 * channel(IM_COL32_G_SHIFT) +
         0.0722 * channel(IM_COL32_B_SHIFT);
}

}  // namespace

Theme make_theme(ThemeKind kind) {
  return kind == ThemeKind::dark ? dark() : light();
}

ImU32 to_u32(const ImVec4& colour) {
  return ImGui::ColorConvertFloat4ToU32(colour);
}

ImU32 readable_on(ImU32 ground) {
  return luminance(ground) > 0.24 ? rgb(0x0B1220) : rgb(0xFFFFFF);
}

ImU32 with_alpha(ImU32 colour, float alpha) {
  return (colour & ~IM_COL32_A_MASK) | (static_cast<ImU32>(alpha * 255.0F) << IM_COL32_A_SHIFT);
}

const ImVec4& map_colour(const MapColours& colours, ColourBy colour_by, unsigned index) {
  if (colour_by == ColourBy::age) return colours.age_ramp[std::min(index, ramp_steps - 1)];
  if (colour_by == ColourBy::size) return colours.size_ramp[std::min(index, ramp_steps - 1)];
  return colours.hues[index % colours.hues.size()];
}

void apply_style(const Theme& theme, float scale) {
  ImGuiStyle style;
  style.WindowPadding = ImVec2(16, 14);
  style.FramePadding = ImVec2(10, 6);
  style.ItemSpacing = ImVec2(8, 8);
  style.ItemInnerSpacing = ImVec2(6, 4);
  style.ScrollbarSize = 8;
  style.GrabMinSize = 12;
  style.WindowRounding = 0;
  style.ChildRounding = 0;
  style.FrameRounding = 6;
  style.PopupRounding = 8;
  style.ScrollbarRounding = 4;
  style.GrabRounding = 6;
  style.WindowBorderSize = 0;
  style.PopupBorderSize = 1;
  style.ScaleAllSizes(scale);
  const auto set = [&style](ImGuiCol index, ImU32 colour) {
    style.Colors[index] = ImGui::ColorConvertU32ToFloat4(colour);
  };
  set(ImGuiCol_Text, theme.text);
  set(ImGuiCol_TextDisabled, theme.text_dim);
  set(ImGuiCol_WindowBg, theme.panel);
  set(ImGuiCol_ChildBg, with_alpha(theme.panel, 0));
  set(ImGuiCol_PopupBg, theme.panel);
  set(ImGuiCol_Border, theme.line);
  set(ImGuiCol_FrameBg, theme.field);
  set(ImGuiCol_FrameBgHovered, theme.field);
  set(ImGuiCol_FrameBgActive, theme.field);
  set(ImGuiCol_Button, theme.control);
  set(ImGuiCol_ButtonHovered, theme.control_hover);
  set(ImGuiCol_ButtonActive, theme.control_press);
  set(ImGuiCol_Header, theme.selected);
  set(ImGuiCol_HeaderHovered, theme.control_hover);
  set(ImGuiCol_HeaderActive, theme.control_press);
  set(ImGuiCol_ScrollbarBg, with_alpha(theme.panel, 0));
  set(ImGuiCol_ScrollbarGrab, theme.control_hover);
  set(ImGuiCol_ScrollbarGrabHovered, theme.control_press);
  set(ImGuiCol_ScrollbarGrabActive, theme.control_press);
  set(ImGuiCol_TextSelectedBg, theme.selected);
  set(ImGuiCol_NavHighlight, theme.accent);
  set(ImGuiCol_ModalWindowDimBg, with_alpha(rgb(0x000000), 0.45F));
  ImGui::GetStyle() = style;
}

}  // namespace mh
