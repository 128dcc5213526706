#include "app/render/ui_layer.hpp"

#include <backends/imgui_impl_glfw.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace mh {
namespace {

/// What the interface writes: Latin, and the signs that it uses. Pairs of first and last, then 0.
constexpr std::array<ImWchar, 19> characters{0x0020, 0x00ff,  // Latin-1: also · × µ
                                             0x2010, 0x2027,  // – — “ ” • …
                                             0x2030, 0x203a,  // ‹ ›
                                             0x2190, 0x2199,  // ← ↑ → ↓
                                             0x21a9, 0x21bb,  // ↩ ↪ ↺ ↻
                                             0x2212, 0x2265,  // − ∞ ≈ ≠ ≤ ≥
                                             0x25a0, 0x25cf,  // ■ ▲ ▶ ▼ ◀ ●
                                             0x2713, 0x2717,  // ✓ ✗
                                             0};

/// Slides write large what matters: letters, digits and a few signs will do.
constexpr std::array<ImWchar, 11> slide_characters{0x0020, 0x007e, 0x00a0, 0x017f,  // Latin
                                                   0x2013, 0x2026, 0x2190, 0x2193,
                                                   0x2260, 0x2265, 0};
/// Sizes that slides are written in, units of the slide.
constexpr std::array<float, 4> slide_sizes{15, 20, 28, 38};

/// What Dear ImGui's own typeface is drawn at, for want of another.
constexpr float builtin_line_height = 1.2F;

}  // namespace

UiLayer::UiLayer(WindowContext& window, float ui_scale) : UiLayer(window, &window, ui_scale) {}

UiLayer::UiLayer(OffscreenContext& offscreen, float ui_scale)
    : UiLayer(offscreen, nullptr, ui_scale) {}

UiLayer::UiLayer(GlContext& context, WindowContext* window, float ui_scale)
    : context_(context), window_(window), ui_scale_(1.0F) {
  set_ui_scale(ui_scale);
  imgui_ = ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
  io.LogFilename = nullptr;
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  context_.make_current();
  if (window_ != nullptr) ImGui_ImplGlfw_InitForOpenGL(window_->handle(), true);
  ImGui_ImplOpenGL3_Init("#version 330 core");
}

UiLayer::~UiLayer() {
  context_.make_current();
  ImGui_ImplOpenGL3_Shutdown();
  if (window_ != nullptr) ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext(imgui_);
}

void UiLayer::begin_frame(double seconds) {
  measure_display();
  ImGui_ImplOpenGL3_NewFrame();
  if (window_ != nullptr) ImGui_ImplGlfw_NewFrame();
  ImGui::GetIO().DeltaTime = std::max(static_cast<float>(seconds), 1e-6F);
  if (window_ != nullptr) taps_.before_frame(window_->take_taps());
  ImGui::NewFrame();
}

void UiLayer::end_frame() {
  ImGui::Render();
  taps_.after_frame();
  context_.bind_target();
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
}

void UiLayer::set_ui_scale(float ui_scale) {
  ui_scale_ = std::clamp(ui_scale, smallest_ui_scale, largest_ui_scale);
}

bool UiLayer::wants_text() const {
  return ImGui::GetIO().WantTextInput;
}

bool UiLayer::wants_pointer() const {
  return ImGui::GetIO().WantCaptureMouse;
}

void UiLayer::set_pointer(std::optional<ImVec2> position, bool left_button) {
  imgui_compat::set_pointer(position.value_or(ImVec2(-1, -1)), left_button);
}

/// Where the window system scales (Wayland), a unit of ImGui is several pixels and the display's
/// scale is in there; elsewhere (X11) a unit is a pixel and the display's scale is ours to apply.
void UiLayer::measure_display() {
  const PixelSize pixels = context_.framebuffer_size();
  const PixelSize units = window_ != nullptr ? window_->window_size() : pixels;
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = ImVec2(static_cast<float>(units.width), static_cast<float>(units.height));
  float density = density_;
  if (units.width > 0 && pixels.width > 0) {
    density = static_cast<float>(pixels.width) / static_cast<float>(units.width);
  }
  if (density <= 0) density = 1;
  io.DisplayFramebufferScale = ImVec2(density, density);

  const float scale = ui_scale_ * context_.content_scale() / density;
  scale_changed_ = scale != scale_ || density != density_;
  if (!scale_changed_ && slide_scale_ == loaded_slide_scale_) return;
  scale_ = scale;
  density_ = density;
  load_fonts();
}

void UiLayer::load_fonts() {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  if (slides_only_) {
    ImFont* const one = load_font(FontFace::inter_regular, 13 * scale_, slide_characters.data());
    fonts_ = {one, one, one, one, one, one, one, one, one, one};
  } else {
    load_interface_fonts();
  }
  load_slide_fonts();
  imgui_compat::upload_fonts(atlas);
}

void UiLayer::load_interface_fonts() {
  fonts_.body = load_font(FontFace::inter_regular, 13 * scale_, characters.data());
  fonts_.label = load_font(FontFace::inter_semibold, 11 * scale_, characters.data());
  fonts_.small = load_font(FontFace::inter_regular, 12 * scale_, characters.data());
  fonts_.body_medium = load_font(FontFace::inter_medium, 13 * scale_, characters.data());
  fonts_.heading = load_font(FontFace::inter_semibold, 15 * scale_, characters.data());
  fonts_.title = load_font(FontFace::inter_semibold, 20 * scale_, characters.data());
  fonts_.mono_small = load_font(FontFace::mono_regular, 11 * scale_, characters.data());
  fonts_.mono = load_font(FontFace::mono_regular, 12 * scale_, characters.data());
  fonts_.mono_medium = load_font(FontFace::mono_medium, 12 * scale_, characters.data());
  fonts_.mono_large = load_font(FontFace::mono_regular, 16 * scale_, characters.data());
}

void UiLayer::load_slide_fonts() {
  constexpr std::array faces{FontFace::inter_regular, FontFace::inter_medium,
                             FontFace::inter_semibold, FontFace::mono_regular};
  slide_fonts_ = {};
  loaded_slide_scale_ = slide_scale_;
  if (slide_scale_ <= 0) return;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const std::span<const std::byte> data = font_data(faces[i]);
    slide_fonts_.line_[i] = data.empty() ? builtin_line_height : font_line_height(data);
    slide_fonts_.ascent_[i] = data.empty() ? 1.0F : font_ascent(data);
    for (const float size : slide_sizes) {
      const float em = size * slide_scale_;
      slide_fonts_.fonts_[i].push_back({load_font(faces[i], em, slide_characters.data()), em});
    }
  }
}

SlideFonts::Choice SlideFonts::choose(Face face, float size) const {
  const auto index = static_cast<std::size_t>(face);
  const std::vector<Loaded>& fonts = fonts_[index];
  if (fonts.empty()) return {};
  const auto large_enough = std::find_if(fonts.begin(), fonts.end(), [size](const Loaded& loaded) {
    return loaded.em >= size * 0.99F;
  });
  const Loaded& chosen = large_enough != fonts.end() ? *large_enough : fonts.back();
  return {chosen.font, size * line_[index], size * ascent_[index]};
}

ImFont* UiLayer::load_font(FontFace face, float em_units, const ImWchar* wanted) {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  const std::span<const std::byte> data = font_data(face);
  const float line = data.empty() ? builtin_line_height : font_line_height(data);
  ImFontConfig config;
  config.SizePixels = std::round(em_units * line * imgui_compat::stored_density(density_));
  ImFont* font = nullptr;
  if (data.empty()) {
    font = atlas.AddFontDefault(&config);
  } else {
    config.FontDataOwnedByAtlas = false;
    // Letters stand between pixels, so that words are as wide as the typeface means them to be.
    config.OversampleH = 2;
    config.OversampleV = 1;
    config.GlyphRanges = wanted;
    // ImGui does not write to data that it does not own.
    font = atlas.AddFontFromMemoryTTF(const_cast<std::byte*>(data.data()),
                                      static_cast<int>(data.size()), config.SizePixels, &config);
  }
  imgui_compat::set_font_density(*font, density_);
  return font;
}

}  // namespace mh
