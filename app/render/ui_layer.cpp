#include "app/render/ui_layer.hpp"

#include <backends/imgui_impl_glfw.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

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
constexpr std::array<ImWchar, 13> slide_characters{0x0020, 0x007e, 0x00a0, 0x017f,  // Latin
                                                   0x2013, 0x2026, 0x2190, 0x2193, 0x2212,
                                                   0x2212, 0x2260, 0x2265, 0};
/// Sizes that slides are written in, units of the slide.
constexpr std::array<float, 4> slide_sizes{15, 20, 28, 38};

/// What Dear ImGui's own typeface is drawn at, for want of another.
constexpr float builtin_line_height = 1.2F;

/// Pairs of first and last, with further letters, as ImGui wants them.
std::vector<ImWchar> with_letters(std::span<const ImWchar> pairs, const std::set<char32_t>& more) {
  std::vector<ImWchar> all(pairs.begin(), pairs.end());
  if (!all.empty() && all.back() == 0) all.pop_back();
  for (const char32_t c : more) {
    if (c <= IM_UNICODE_CODEPOINT_MAX) all.insert(all.end(), 2, static_cast<ImWchar>(c));
  }
  all.push_back(0);
  return all;
}

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
  imgui_compat::set_usual_size(*fonts_.body);
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
  if (!scale_changed_ && slide_scale_ == loaded_slide_scale_ && !letters_->grown()) return;
  scale_ = scale;
  density_ = density;
  load_fonts();
}

void UiLayer::load_fonts() {
  letters_->taken();
  interface_ranges_ = with_letters(characters, letters_->wanted());
  slide_ranges_ = with_letters(slide_characters, letters_->wanted());
  wanted_ranges_ = with_letters({}, letters_->wanted());
  build_fonts();
  std::set<char32_t> unknown = letters_not_there();
  for (const char32_t c : asked_for_) unknown.erase(c);
  if (unknown.empty()) return;
  asked_for_.insert(unknown.begin(), unknown.end());
  std::vector<SystemFont> found = find_system_fonts(unknown);
  if (!found.empty()) {
    for (SystemFont& font : found) {
      const std::vector<ImWchar> ranges = with_letters({}, font.letters);
      system_fonts_.push_back({std::move(font), ranges});
    }
    build_fonts();
  }
  for (const char32_t c : letters_not_there()) {
    if (unknown.contains(c)) missing_.push_back(c);
  }
}

/// Those wanted letters that no font has that is loaded.
std::set<char32_t> UiLayer::letters_not_there() const {
  std::set<char32_t> missing;
  for (const char32_t c : letters_->wanted()) {
    if (!imgui_compat::has_letter(*fonts_.body, c)) missing.insert(c);
  }
  return missing;
}

std::vector<char32_t> UiLayer::take_missing_letters() {
  return std::exchange(missing_, {});
}

void UiLayer::build_fonts() {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  atlas.Clear();
  if (slides_only_) {
    ImFont* const one = load_font(FontFace::inter_regular, 13 * scale_, slide_ranges_.data());
    fonts_ = {one, one, one, one, one, one, one, one, one, one};
  } else {
    load_interface_fonts();
  }
  load_slide_fonts();
  imgui_compat::upload_fonts(atlas);
}

/// Adds to the font that was loaded last what it lacks of the wanted letters.
void UiLayer::add_letters(float em_units) {
  if (letters_->wanted().empty()) return;
  const float pixels = em_units * imgui_compat::stored_density(density_);
  const auto add = [&](std::span<const std::byte> data, int face, const ImWchar* wanted) {
    if (data.empty()) return;
    ImFontConfig config;
    config.MergeMode = true;
    config.FontDataOwnedByAtlas = false;
    config.FontNo = face;
    config.OversampleH = 2;
    config.OversampleV = 1;
    config.GlyphRanges = wanted;
    config.SizePixels = std::round(pixels * font_line_height(data, face));
    ImGui::GetIO().Fonts->AddFontFromMemoryTTF(const_cast<std::byte*>(data.data()),
                                               static_cast<int>(data.size()), config.SizePixels,
                                               &config);
  };
  // The monospaced face has fewer letters than the other.
  add(font_data(FontFace::inter_regular), 0, wanted_ranges_.data());
  for (const LoadedSystemFont& font : system_fonts_) {
    add(font.font.data, font.font.face, font.ranges.data());
  }
}

void UiLayer::need_letters(std::string_view words) const {
  letters_->need(words, characters);
}
void SlideFonts::need_letters(std::string_view words) const {
  if (letters_ != nullptr) letters_->need(words, slide_characters);
}

void UiLayer::load_interface_fonts() {
  fonts_.body = load_font(FontFace::inter_regular, 13 * scale_, interface_ranges_.data());
  fonts_.label = load_font(FontFace::inter_semibold, 11 * scale_, interface_ranges_.data());
  fonts_.small = load_font(FontFace::inter_regular, 12 * scale_, interface_ranges_.data());
  fonts_.body_medium = load_font(FontFace::inter_medium, 13 * scale_, interface_ranges_.data());
  fonts_.heading = load_font(FontFace::inter_semibold, 15 * scale_, interface_ranges_.data());
  fonts_.title = load_font(FontFace::inter_semibold, 20 * scale_, interface_ranges_.data());
  fonts_.mono_small = load_font(FontFace::mono_regular, 11 * scale_, interface_ranges_.data());
  fonts_.mono = load_font(FontFace::mono_regular, 12 * scale_, interface_ranges_.data());
  fonts_.mono_medium = load_font(FontFace::mono_medium, 12 * scale_, interface_ranges_.data());
  fonts_.mono_large = load_font(FontFace::mono_regular, 16 * scale_, interface_ranges_.data());
}

void UiLayer::load_slide_fonts() {
  constexpr std::array faces{FontFace::inter_regular, FontFace::inter_medium,
                             FontFace::inter_semibold, FontFace::mono_regular};
  slide_fonts_ = {};
  slide_fonts_.letters_ = letters_.get();
  loaded_slide_scale_ = slide_scale_;
  if (slide_scale_ <= 0) return;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const std::span<const std::byte> data = font_data(faces[i]);
    slide_fonts_.line_[i] = data.empty() ? builtin_line_height : font_line_height(data);
    slide_fonts_.ascent_[i] = data.empty() ? 1.0F : font_ascent(data);
    for (const float size : slide_sizes) {
      const float em = size * slide_scale_;
      slide_fonts_.fonts_[i].push_back({load_font(faces[i], em, slide_ranges_.data()), em});
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
  add_letters(em_units);
  imgui_compat::set_font_density(*font, density_);
  return font;
}

}  // namespace mh
