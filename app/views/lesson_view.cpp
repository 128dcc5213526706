#include "app/views/lesson_view.hpp"

#include <glad/gl.h>
// glad first: GLFW would bring the system's OpenGL header.
#include <GLFW/glfw3.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "app/lessons/lesson_export.hpp"
#include "app/views/imgui_canvas.hpp"

namespace mh {
namespace {

constexpr double seconds_a_step = 4;      // when playing by itself ...
constexpr double seconds_a_detail = 1.4;  // ... and inside an explained operation
constexpr double look_at_file_every = 0.5;
constexpr float controls_height = 44;
constexpr float card_gap = 22;

ImU32 colour_of(Colour c) {
  return IM_COL32(c.r, c.g, c.b, c.a);
}

}  // namespace

const std::vector<LessonShortcut>& lesson_shortcuts() {
  static const std::vector<LessonShortcut> table{
      {GLFW_KEY_SPACE, 0, LessonCommand::next, "Space, \u2192, Page Down", "next step"},
      {GLFW_KEY_RIGHT, 0, LessonCommand::next, nullptr, nullptr},
      {GLFW_KEY_DOWN, 0, LessonCommand::next, nullptr, nullptr},
      {GLFW_KEY_PAGE_DOWN, 0, LessonCommand::next, nullptr, nullptr},
      {GLFW_KEY_ENTER, 0, LessonCommand::next, nullptr, nullptr},
      {GLFW_KEY_LEFT, 0, LessonCommand::back, "\u2190, Page Up, Backspace", "one step back"},
      {GLFW_KEY_UP, 0, LessonCommand::back, nullptr, nullptr},
      {GLFW_KEY_PAGE_UP, 0, LessonCommand::back, nullptr, nullptr},
      {GLFW_KEY_BACKSPACE, 0, LessonCommand::back, nullptr, nullptr},
      {GLFW_KEY_HOME, 0, LessonCommand::first, "Home, End", "first, last step"},
      {GLFW_KEY_END, 0, LessonCommand::last, nullptr, nullptr},
      {GLFW_KEY_A, 0, LessonCommand::toggle_play, "A", "play by itself, stop"},
      {GLFW_KEY_E, 0, LessonCommand::toggle_details, "E", "with or without each detail"},
      {GLFW_KEY_C, 0, LessonCommand::compare, "C", "compare first, best and worst fit"},
      {GLFW_KEY_R, 0, LessonCommand::toggle_relative, "R", "addresses from the heap's start"},
      {GLFW_KEY_X, 0, LessonCommand::toggle_decimal, "X", "addresses in hex or decimal"},
      {GLFW_KEY_T, 0, LessonCommand::next_look, "T", "light, dark, print"},
      {GLFW_KEY_L, 0, LessonCommand::toggle_spot, "L", "highlight the pointer"},
      {GLFW_KEY_S, 0, LessonCommand::save_svg, "S", "save the slide as SVG"},
      {GLFW_KEY_P, 0, LessonCommand::save_png, "P", "save the slide as PNG"},
      {GLFW_KEY_ESCAPE, 0, LessonCommand::leave, "Esc", "back to the lessons, to the lab"}};
  return table;
}

LessonView::LessonView() : course_(course()) {}

void LessonView::show_chooser() {
  open_ = true;
  choosing_ = true;
  playing_ = false;
}

std::string LessonView::present(const CourseLesson& lesson) {
  open_ = true;
  std::string error = deck_.open(lesson.text, std::string(lesson.file));
  choosing_ = !error.empty();
  return error;
}

std::string LessonView::present_file(const std::filesystem::path& file) {
  open_ = true;
  choosing_ = false;
  return deck_.open_file(file);
}

LessonRequests LessonView::take_requests() {
  return std::exchange(requests_, {});
}

bool LessonView::press(const KeyPress& key) {
  if (!open_) return false;
  if (choosing_ && !course_.empty()) {
    const auto move = [&](std::size_t by, bool forward) {
      chosen_ =
          forward ? std::min(chosen_ + by, course_.size() - 1) : chosen_ - std::min(chosen_, by);
    };
    switch (key.key) {
      case GLFW_KEY_RIGHT:
        move(1, true);
        return true;
      case GLFW_KEY_LEFT:
        move(1, false);
        return true;
      case GLFW_KEY_DOWN:
        move(4, true);
        return true;
      case GLFW_KEY_UP:
        move(4, false);
        return true;
      default:
        break;
    }
  }
  for (const LessonShortcut& shortcut : lesson_shortcuts()) {
    if (shortcut.key != key.key || shortcut.mods != key.mods) continue;
    press(shortcut.command);
    return true;
  }
  return false;
}

void LessonView::press(LessonCommand command) {
  if (choosing_) {
    if (command == LessonCommand::leave) {
      open_ = false;
      requests_.leave = true;
    } else if (command == LessonCommand::next && chosen_ < course_.size()) {
      present(course_[chosen_]);
    }
    return;
  }
  since_step_ = 0;
  switch (command) {
    case LessonCommand::next:
      if (!deck_.next()) playing_ = false;
      break;
    case LessonCommand::back:
      deck_.back();
      break;
    case LessonCommand::first:
      deck_.go_to(0);
      break;
    case LessonCommand::last:
      deck_.go_to(deck_.steps());
      break;
    case LessonCommand::leave:
      show_chooser();
      break;
    case LessonCommand::toggle_details:
      deck_.show_details(!deck_.details());
      break;
    case LessonCommand::toggle_relative:
      deck_.look.relative_addresses = !deck_.look.relative_addresses;
      break;
    case LessonCommand::toggle_decimal:
      deck_.look.decimal_addresses = !deck_.look.decimal_addresses;
      break;
    case LessonCommand::next_look:
      options_.look = static_cast<SlideLook>((static_cast<int>(options_.look) + 1) %
                                             static_cast<int>(std::size(all_slide_looks)));
      break;
    case LessonCommand::toggle_spot:
      spot_ = !spot_;
      break;
    case LessonCommand::toggle_play:
      playing_ = !playing_;
      break;
    case LessonCommand::compare:
      compare();
      break;
    case LessonCommand::save_svg:
      save_svg();
      break;
    case LessonCommand::save_png:
      requests_.picture = slide_area_;
      break;
  }
}

void LessonView::compare() {
  std::vector<ComparedPolicy> policies;
  if (!deck_.comparing()) {
    constexpr std::array wanted{"textbook", "best", "worst"};
    std::size_t count = 0;
    const mh_preset* const presets = mh_presets(&count);
    for (const std::string_view name : wanted) {
      const auto* const end = presets + count;
      const auto* const found =
          std::find_if(presets, end, [&](const mh_preset& preset) { return name == preset.name; });
      if (found != end) policies.push_back({found->title, found->policy});
    }
  }
  if (const std::string error = deck_.compare(policies); !error.empty()) {
    requests_.message = error;
    requests_.error = true;
  }
}

void LessonView::save_svg() {
  std::string name = "slide-" + std::to_string(deck_.step() + 1) + ".svg";
  const std::string error = write_text_file(name, slide_as_svg(deck_.slide(), options_));
  requests_.message = error.empty() ? "Saved " + name : error;
  requests_.error = !error.empty();
}

void LessonView::draw(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to, double seconds,
                      bool bare) {
  since_look_ += seconds;
  if (since_look_ > look_at_file_every) {
    since_look_ = 0;
    deck_.reload_if_changed();
  }
  if (choosing_) {
    draw_chooser(ui, fonts, from, to);
    return;
  }
  play(seconds);
  const float foot = bare ? 0 : ui.px(controls_height);
  draw_slide(ui, fonts, from, {to.x, to.y - foot});
  if (!bare) draw_controls(ui, {from.x, to.y - foot}, to);
  if (!deck_.error().empty()) draw_error(ui, from, to);
  if (spot_) {
    ImDrawList& list = *ImGui::GetForegroundDrawList();
    const ImVec2 mouse = ImGui::GetMousePos();
    list.AddCircleFilled(mouse, ui.px(34), IM_COL32(255, 196, 0, 70));
    list.AddCircle(mouse, ui.px(34), IM_COL32(214, 120, 0, 220), 0, ui.px(3));
  }
}

void LessonView::play(double seconds) {
  if (!playing_) return;
  since_step_ += seconds;
  const double wait = deck_.details() && deck_.has_details() ? seconds_a_detail : seconds_a_step;
  if (since_step_ < wait) return;
  since_step_ = 0;
  if (!deck_.next()) playing_ = false;
}

void LessonView::draw_slide(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to) {
  if (deck_.empty()) return;
  const float width = to.x - from.x;
  const float height = to.y - from.y;
  scale_ = std::min(static_cast<double>(width) / slide_width,
                    static_cast<double>(height) / slide_height);
  const ImVec2 origin(from.x + (width - static_cast<float>(slide_width * scale_)) / 2,
                      from.y + (height - static_cast<float>(slide_height * scale_)) / 2);
  slide_area_ = {origin.x, origin.y, static_cast<float>(slide_width * scale_),
                 static_cast<float>(slide_height * scale_)};
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(from, to, colour_of(slide_theme(options_.look).ground));
  ImGuiCanvas canvas(list, fonts, origin, scale_);
  const Slide slide = deck_.slide();
  const SlideHits hits = paint_slide(canvas, slide, options_);
  ui.target("slide", origin, {origin.x + slide_area_.width, origin.y + slide_area_.height});

  const ImVec2 mouse = ImGui::GetMousePos();
  const SlidePoint at{static_cast<double>(mouse.x - origin.x) / scale_,
                      static_cast<double>(mouse.y - origin.y) / scale_};
  for (const SlideTermHit& hit : hits.terms) {
    if (!hit.rect.contains(at)) continue;
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ui.px(380));
    ui.text(ui.fonts().heading, ui.theme().text, hit.term->term);
    ui.wrapped(ui.fonts().body, ui.theme().text_dim, hit.term->words);
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
  }
  if (!deck_.asks() || !ImGui::IsWindowHovered()) return;
  for (const SlideHit& hit : hits.blocks) {
    if (!hit.rect.contains(at)) continue;
    ImGui::SetMouseCursor(ImGuiMouseCursor_Hand);
    if (ImGui::IsMouseClicked(0)) deck_.answer(hit.block);
  }
}

void LessonView::draw_controls(const Ui& ui, ImVec2 from, ImVec2 to) {
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  list.AddRectFilled(from, to, t.panel);
  list.AddRectFilled(from, {to.x, from.y + 1}, t.line);
  if (deck_.steps() > 1) {
    const float share = static_cast<float>(deck_.step()) / static_cast<float>(deck_.steps() - 1);
    list.AddRectFilled(from, {from.x + (to.x - from.x) * share, from.y + ui.px(3)}, t.accent);
  }
  const float y = from.y + ui.px(9);
  const float high = ui.px(28);
  float x = from.x + ui.px(14);
  const auto button = [&](const char* name, const char* words, float width, const char* hint,
                          LessonCommand command, bool selected = false, bool enabled = true) {
    ImGui::SetCursorScreenPos({x, y});
    const ButtonLook look = selected ? ButtonLook::selected : ButtonLook::plain;
    if (ui.button(name, words, {ui.px(width), high}, look, nullptr, enabled)) press(command);
    ui.hint(hint);
    x += ui.px(width) + ui.px(6);
  };
  button("lessons", "All lessons", 92, "Back to the list  (Esc)", LessonCommand::leave);
  x += ui.px(10);
  button("back", "\u2190 Back", 70, "One step back  (\u2190, Page Up)", LessonCommand::back, false,
         deck_.step() > 0);
  button("next", deck_.asks() ? "Show the answer" : "Next \u2192", deck_.asks() ? 124 : 78,
         "Next step  (Space, \u2192, Page Down)", LessonCommand::next);
  button("play", playing_ ? "Stop" : "Play", 56, "Goes on by itself  (A)",
         LessonCommand::toggle_play, playing_);
  x += ui.px(10);
  if (deck_.has_details() && !deck_.comparing()) {
    button("details", "Each detail", 92, "Shows every step inside of malloc and free  (E)",
           LessonCommand::toggle_details, deck_.details());
  }
  button("compare", "Compare", 80, "The same operations under first, best and worst fit  (C)",
         LessonCommand::compare, deck_.comparing());
  button("relative", "+0x", 44, "Addresses from the heap's start  (R)",
         LessonCommand::toggle_relative, deck_.look.relative_addresses);
  button("decimal", deck_.look.decimal_addresses ? "dec" : "hex", 44,
         "Addresses in hex or decimal  (X)", LessonCommand::toggle_decimal);
  button("look", slide_look_name(options_.look), 60, "Light, dark, print in black and white  (T)",
         LessonCommand::next_look);
  button("spot", "Spot", 52, "Highlights the pointer  (L)", LessonCommand::toggle_spot, spot_);
  button("svg", "SVG", 46, "Saves the slide as SVG into the present folder  (S)",
         LessonCommand::save_svg);
  button("png", "PNG", 46, "Saves the slide as PNG into the pictures folder  (P)",
         LessonCommand::save_png);
}

void LessonView::draw_error(const Ui& ui, ImVec2 from, ImVec2 to) const {
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const float width = std::min(to.x - from.x - ui.px(40), ui.px(900));
  const ImVec2 a((from.x + to.x - width) / 2, from.y + ui.px(20));
  const ImVec2 b(a.x + width, a.y + ui.px(64));
  list.AddRectFilled(a, b, ui.theme().bad_ground, ui.px(8));
  list.AddRect(a, b, ui.theme().bad, ui.px(8));
  ui.text_at(list, {a.x + ui.px(16), a.y + ui.px(11)}, ui.fonts().heading, ui.theme().bad,
             "The script has a mistake; the last good version stays.");
  ui.text_at(list, {a.x + ui.px(16), a.y + ui.px(36)}, ui.fonts().mono, ui.theme().text,
             ui.fit(ui.fonts().mono, deck_.error(), width - ui.px(32)));
}

// ---- the chooser

void LessonView::make_next_thumb() {
  if (!thumbs_due()) return;
  const CourseLesson& lesson = course_[thumbs_.size()];
  LessonDeck deck;
  Slide slide;
  if (deck.open(lesson.text, std::string(lesson.file)).empty()) {
    deck.show_details(false);
    const std::vector<std::string> pictures = deck.pictures();
    deck.go_to(pictures.empty() ? deck.steps() / 2 : *deck.step_called(pictures.front()));
    slide = deck.slide();
  }
  thumbs_.push_back(std::move(slide));
}

void LessonView::draw_chooser(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to) {
  make_next_thumb();
  scale_ = 1;
  ImGui::SetCursorScreenPos(from);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(30), ui.px(24)));
  imgui_compat::begin_child("##lessons", {to.x - from.x, to.y - from.y}, true,
                            ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::PopStyleVar();
  ui.text(ui.fonts().title, ui.theme().text, "Lessons");
  ui.text(ui.fonts().body, ui.theme().text_dim,
          "Each runs on the real allocator. Space goes on, Esc comes back. Your own: microheap "
          "lesson FILE.mh");
  ui.gap(10);
  const float room = ImGui::GetContentRegionAvail().x;
  const float gap = ui.px(card_gap);
  const auto columns = std::max(1, static_cast<int>((room + gap) / (ui.px(300) + gap)));
  const float width = (room - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float height = width * static_cast<float>(slide_height / slide_width) + ui.px(44);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  for (std::size_t i = 0; i < course_.size(); ++i) {
    const auto column = static_cast<float>(static_cast<int>(i) % columns);
    const int row_number = static_cast<int>(i) / columns;
    const auto row = static_cast<float>(row_number);
    draw_card(ui, fonts, i, {origin.x + column * (width + gap), origin.y + row * (height + gap)},
              width);
  }
  const int row_count = (static_cast<int>(course_.size()) + columns - 1) / columns;
  const auto rows = static_cast<float>(row_count);
  ImGui::SetCursorScreenPos({origin.x, origin.y + rows * (height + gap)});
  ImGui::Dummy({1, 1});
  ImGui::EndChild();
}

void LessonView::draw_card(const Ui& ui, const SlideFonts& fonts, std::size_t index, ImVec2 at,
                           float width) {
  const CourseLesson& lesson = course_[index];
  const float picture = width * static_cast<float>(slide_height / slide_width);
  const ImVec2 end(at.x + width, at.y + picture + ui.px(44));
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImGui::SetCursorScreenPos(at);
  const std::string name = "lesson:" + lesson.name;
  const bool pressed = ImGui::InvisibleButton(name.c_str(), {end.x - at.x, end.y - at.y});
  ui.target(name.c_str());
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) chosen_ = index;
  list.AddRectFilled(at, end, ui.theme().panel, ui.px(8));
  if (index < thumbs_.size()) {
    list.PushClipRect(at, {end.x, at.y + picture}, true);
    ImGuiCanvas canvas(list, fonts, at, static_cast<double>(width) / slide_width);
    paint_slide(canvas, thumbs_[index], options_);
    list.PopClipRect();
  }
  const bool chosen = index == chosen_;
  list.AddRect(at, end, chosen ? ui.theme().accent : ui.theme().line, ui.px(8), 0,
               ui.px(chosen ? 2.5F : 1));
  const std::string title = std::to_string(lesson.number) + "  " + lesson.title;
  ui.text_at(list, {at.x + ui.px(14), at.y + picture + ui.px(13)}, ui.fonts().body_medium,
             ui.theme().text, ui.fit(ui.fonts().body_medium, title, width - ui.px(28)));
  if (pressed) {
    if (const std::string error = present(lesson); !error.empty()) {
      requests_.message = error;
      requests_.error = true;
    }
  }
}

}  // namespace mh
