#pragma once
// Dear ImGui, and everything that differs between its versions 1.86 and 1.92. Include this, not
// imgui.h.

#include <cstdint>

#include <backends/imgui_impl_opengl3.h>
#include <imgui.h>
#include <imgui_internal.h>

namespace mh::imgui_compat {

/// Draws a font smaller than its letters are stored, by the density of the display's pixels.
inline void set_font_density(ImFont& font, float pixels_per_unit) {
#if IMGUI_VERSION_NUM >= 19200
  (void)font;  // the backend knows the density
  (void)pixels_per_unit;
#else
  font.Scale = 1.0F / pixels_per_unit;
#endif
}

/// The density to store letters at, when the display has this one.
inline float stored_density([[maybe_unused]] float pixels_per_unit) {
#if IMGUI_VERSION_NUM >= 19200
  return 1.0F;
#else
  return pixels_per_unit;
#endif
}

/// Call after the fonts changed, with the context current and between frames.
inline void upload_fonts([[maybe_unused]] ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM < 19200
  atlas.Build();
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

/// Whether a font that was uploaded has a letter. The largest that ImGui knows is
/// IM_UNICODE_CODEPOINT_MAX.
inline bool has_letter(ImFont& font, char32_t letter) {
  if (letter > IM_UNICODE_CODEPOINT_MAX) return false;
#if IMGUI_VERSION_NUM >= 19200
  return font.IsGlyphInFont(static_cast<ImWchar>(letter));
#else
  return font.FindGlyphNoFallback(static_cast<ImWchar>(letter)) != nullptr;
#endif
}

/// Chooses a font until ImGui::PopFont(), at the size that it was loaded with.
inline void push_font(ImFont* font) {
#if IMGUI_VERSION_NUM >= 19200
  ImGui::PushFont(font, font->LegacySize);
#else
  ImGui::PushFont(font);
#endif
}

/// Widgets that are told no font have the first one, in the size that it was loaded with. Before
/// each frame: that size changes with the scale.
inline void set_usual_size([[maybe_unused]] const ImFont& first) {
#if IMGUI_VERSION_NUM >= 19200
  ImGui::GetStyle().FontSizeBase = first.LegacySize;
#endif
}

/// Height of a line in the size that the font was loaded with, in ImGui's units.
inline float font_size(const ImFont& font) {
#if IMGUI_VERSION_NUM >= 19200
  return font.LegacySize;
#else
  return font.FontSize * font.Scale;
#endif
}

/// Size of text in a font that need not be the chosen one.
inline ImVec2 text_size(ImFont& font, const char* begin, const char* end = nullptr) {
  return font.CalcTextSizeA(font_size(font), 3.4e38F, 0.0F, begin, end);
}

/// The number of the widget under the pointer in the frame before, 0: none.
inline unsigned hovered_item() {
  return ImGui::GetCurrentContext()->HoveredIdPreviousFrame;
}

/// How long the pointer has rested on the item under it since it came or last pressed it, seconds.
inline float rested_seconds() {
  return ImGui::GetCurrentContext()->HoveredIdNotActiveTimer;
}

/// Says where the pointer is, for a context without a window. {-1, -1}: nowhere.
inline void set_pointer(ImVec2 position, bool left_button) {
  ImGuiIO& io = ImGui::GetIO();
  const ImVec2 place = position.x < 0 ? ImVec2(-3.4e38F, -3.4e38F) : position;
#if IMGUI_VERSION_NUM >= 18700
  io.AddMousePosEvent(place.x, place.y);
  io.AddMouseButtonEvent(0, left_button);
#else
  io.MousePos = place;
  io.MouseDown[0] = left_button;
#endif
}

/// A group of widgets with an area of its own, with a border and padding or neither; end with
/// ImGui::EndChild() in any case.
inline bool begin_child(const char* id, ImVec2 size, bool border) {
  // Since 1.90 flags stand here, whose first means the border, and will: Dear ImGui promises it.
  return ImGui::BeginChild(id, size, border);
}

/// What ImGui::Image() takes for an OpenGL texture.
inline ImTextureID texture_id(unsigned texture) {
#if IMGUI_VERSION_NUM >= 19140
  return static_cast<ImTextureID>(texture);
#else
  return reinterpret_cast<ImTextureID>(
      static_cast<std::intptr_t>(texture));  // NOLINT(performance-no-int-to-ptr)
#endif
}

}  // namespace mh::imgui_compat
