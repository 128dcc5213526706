#include "app/views/lesson_view.hpp"

#include <glad/gl.h>
// glad first: GLFW would bring the system's OpenGL header.
#include <GLFW/glfw3.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "app/lessons/lesson_export.hpp"
#include "app/model/format.hpp"
#include "app/slides/slide_motion.hpp"
#include "app/views/imgui_canvas.hpp"

namespace mh {
namespace {

constexpr double seconds_a_step = 4;      // when playing by itself ...
constexpr double seconds_a_detail = 1.4;  // ... and inside an explained operation
struct Pace {
  double factor;
  const char* words;
};
constexpr std::array paces{Pace{0.25, "\u00bcx"}, Pace{0.5, "\u00bdx"}, Pace{1, "1x"},
                           Pace{2, "2x"}, Pace{4, "4x"}};
constexpr float controls_height = 44;

constexpr int ctrl = GLFW_MOD_CONTROL;
constexpr int shift = GLFW_MOD_SHIFT;

constexpr std::array table{
    LessonShortcut{GLFW_KEY_SPACE, 0, LessonCommand::next, "Space, \u2192, Page Down",
                   "next step; behind the last, the next lesson"},
    LessonShortcut{GLFW_KEY_RIGHT, 0, LessonCommand::next, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_DOWN, 0, LessonCommand::next, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_PAGE_DOWN, 0, LessonCommand::next, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_ENTER, 0, LessonCommand::next, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_LEFT, 0, LessonCommand::back, "\u2190, Page Up", "one step back"},
    LessonShortcut{GLFW_KEY_UP, 0, LessonCommand::back, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_PAGE_UP, 0, LessonCommand::back, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_BACKSPACE, 0, LessonCommand::back, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_HOME, 0, LessonCommand::first, "Home, End", "first, last step"},
    LessonShortcut{GLFW_KEY_END, 0, LessonCommand::last, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_A, 0, LessonCommand::toggle_play, "A", "play by itself, stop"},
    LessonShortcut{GLFW_KEY_EQUAL, 0, LessonCommand::faster, "+  and  \u2212",
                   "play faster, slower"},
    LessonShortcut{GLFW_KEY_EQUAL, shift, LessonCommand::faster, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_KP_ADD, 0, LessonCommand::faster, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_MINUS, 0, LessonCommand::slower, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_KP_SUBTRACT, 0, LessonCommand::slower, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_E, 0, LessonCommand::toggle_details, "E", "every detail, or not"},
    LessonShortcut{GLFW_KEY_C, 0, LessonCommand::compare, "C", "compare policies, or not"},
    LessonShortcut{GLFW_KEY_R, 0, LessonCommand::toggle_relative, "R",
                   "addresses from the heap's start"},
    LessonShortcut{GLFW_KEY_X, 0, LessonCommand::toggle_decimal, "X",
                   "addresses in hex or decimal"},
    LessonShortcut{GLFW_KEY_T, 0, LessonCommand::next_look, "T", "light, dark, print"},
    LessonShortcut{GLFW_KEY_L, 0, LessonCommand::toggle_spot, "L", "highlight the pointer"},
    LessonShortcut{GLFW_KEY_F5, 0, LessonCommand::toggle_bare, "F5", "present: only the slide"},
    LessonShortcut{GLFW_KEY_PERIOD, 0, LessonCommand::toggle_blank, ".  or  B", "blank, and back"},
    LessonShortcut{GLFW_KEY_B, 0, LessonCommand::toggle_blank, nullptr, nullptr},
    LessonShortcut{GLFW_KEY_N, 0, LessonCommand::toggle_motion, "N", "motion on or off"},
    LessonShortcut{GLFW_KEY_S, 0, LessonCommand::save_svg, "S", "save the slide as SVG"},
    LessonShortcut{GLFW_KEY_P, 0, LessonCommand::save_png, "P", "save the slide as PNG"},
    LessonShortcut{GLFW_KEY_C, ctrl, LessonCommand::copy_svg, "Ctrl+C", "copy the slide as SVG"},
    LessonShortcut{GLFW_KEY_C, ctrl | shift, LessonCommand::copy_png, "Ctrl+Shift+C",
                   "copy the picture"},
    LessonShortcut{GLFW_KEY_F1, 0, LessonCommand::toggle_keys, "F1", "this list"},
    LessonShortcut{GLFW_KEY_ESCAPE, 0, LessonCommand::leave, "Esc", "back: window, lessons, lab"}};

}  // namespace

std::span<const LessonShortcut> lesson_shortcuts() {
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
  at_end_ = false;
  motion_.reset();
  steady_ = false;
  compared_.reset();
  std::string error = deck_.open(lesson.text, std::string(lesson.file));
  choosing_ = !error.empty();
  return error;
}

std::string LessonView::present_file(const std::filesystem::path& file) {
  open_ = true;
  choosing_ = false;
  motion_.reset();
  steady_ = false;
  compared_.reset();
  return deck_.open_file(file);
}

AppState::LessonState LessonView::state() const {
  AppState::LessonState state;
  state.choosing = choosing_;
  state.playing = playing_;
  state.pace = paces[pace_].factor;
  state.error = deck_.error();
  if (choosing_ || deck_.empty()) return state;
  state.title = deck_.title();
  state.step = deck_.step() + 1;
  state.steps = deck_.steps();
  state.asks = deck_.asks();
  state.details = deck_.details();
  state.comparing = deck_.comparing();
  return state;
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
  if (command == LessonCommand::toggle_keys) {
    keys_ = !keys_;
    return;
  }
  if (command == LessonCommand::leave) {
    leave();
    return;
  }
  if (choosing_) {
    if (command != LessonCommand::next || chosen_ >= course_.size()) return;
    requests_.message = present(course_[chosen_]);
    requests_.error = true;
    return;
  }
  since_step_ = 0;
  motion_.reset();  // whatever is pressed, what was under way is there
  if (command != LessonCommand::next) at_end_ = false;
  switch (command) {
    case LessonCommand::next:
    case LessonCommand::back:
      blank_ = false;
      step(command == LessonCommand::next);
      break;
    case LessonCommand::first:
      deck_.go_to(0);
      break;
    case LessonCommand::last:
      deck_.go_to(deck_.steps());
      break;
    case LessonCommand::toggle_details:
      deck_.show_details(!deck_.details());
      steady_ = false;
      break;
    case LessonCommand::toggle_relative:
      deck_.look.relative_addresses = !deck_.look.relative_addresses;
      break;
    case LessonCommand::toggle_decimal:
      deck_.look.decimal_addresses = !deck_.look.decimal_addresses;
      break;
    case LessonCommand::next_look:
      options_.look = static_cast<SlideLook>((static_cast<std::size_t>(options_.look) + 1) %
                                             std::size(all_slide_looks));
      break;
    case LessonCommand::toggle_spot:
      spot_ = !spot_;
      break;
    case LessonCommand::toggle_play:
      playing_ = !playing_;
      step_seconds_ = 0;
      break;
    case LessonCommand::faster:
      set_pace(std::min(pace_ + 1, paces.size() - 1));
      break;
    case LessonCommand::slower:
      set_pace(pace_ - std::min<std::size_t>(pace_, 1));
      break;
    case LessonCommand::next_pace:
      set_pace((pace_ + 1) % paces.size());
      break;
    case LessonCommand::compare:
      toggle_comparison();
      break;
    case LessonCommand::toggle_bare:
      bare_ = !bare_;
      if (bare_) {
        made_full_screen_ = !full_screen_;
        requests_.full_screen = true;
      } else if (std::exchange(made_full_screen_, false)) {
        requests_.full_screen = false;
      }
      break;
    case LessonCommand::toggle_motion:
      requests_.toggle_motion = true;
      break;
    case LessonCommand::toggle_blank:
      blank_ = !blank_;
      break;
    default:
      run_file_command(command);
  }
}

/// To the next step or back: what happens on the way is seen, back in reverse.
void LessonView::step(bool forward) {
  const std::size_t from = deck_.step();
  const bool moves = moves_ && !deck_.empty();
  Slide was = moves ? shown_slide() : Slide{};
  if (forward && !deck_.next()) return go_beyond();
  if (!forward && !deck_.back()) return;
  if (!moves || deck_.step() == from) return;
  const Slide is = shown_slide();
  const double seconds = forward ? motion_seconds(was, is) : motion_seconds(is, was);
  if (seconds > 0) motion_ = Motion{std::move(was), forward, seconds, 0};
}

/// The slide of the present step, at rest.
Slide LessonView::shown_slide() {
  Slide slide = deck_.slide();
  if (deck_.comparing()) slide.table.push_back(row_of_times());
  return slide;
}

/// The heaps keep their place on all steps.
void LessonView::steady() {
  if (std::exchange(steady_, true)) return;
  options_.room.reset();
  options_.room = deck_.room(options_, deck_.comparing() ? 1 : 0);
}

/// Behind the last step: says what comes next, and the second time opens it. So a course can be
/// taught with one key.
void LessonView::go_beyond() {
  playing_ = false;
  const auto here =
      std::find_if(course_.begin(), course_.end(),
                   [this](const CourseLesson& lesson) { return lesson.file == deck_.name(); });
  if (here == course_.end() || deck_.from_file()) return;
  if (std::next(here) == course_.end()) {
    requests_.message = "That was the last lesson of the course.";
  } else if (std::exchange(at_end_, true)) {
    requests_.message = present(*std::next(here));
    requests_.error = true;
  } else {
    requests_.message =
        "The lesson ends here. Once more opens the next: " + std::next(here)->title + ".";
  }
}

/// One step out: of the keys, of presenting, of the lesson, of the lessons.
void LessonView::leave() {
  if (keys_) {
    keys_ = false;
  } else if (bare()) {
    press(LessonCommand::toggle_bare);
  } else if (!choosing_) {
    show_chooser();
  } else {
    close();
  }
}

void LessonView::run_file_command(LessonCommand command) {
  if (deck_.empty()) return;
  SlideOptions figure = options_;  // a figure stands for itself, as those of `microheap render`
  figure.room.reset();
  switch (command) {
    case LessonCommand::save_svg:
      requests_.svg = slide_as_svg(deck_.slide(), figure);
      break;
    case LessonCommand::copy_svg:
      ImGui::SetClipboardText(slide_as_svg(deck_.slide(), figure).c_str());
      requests_.message = "The slide is in the clipboard, as the text of an SVG file.";
      break;
    case LessonCommand::save_png:
    case LessonCommand::copy_png:
      requests_.picture = slide_area_;
      requests_.to_clipboard = command == LessonCommand::copy_png;
      break;
    default:
      break;
  }
}

std::string LessonView::play_within(const CourseLesson& lesson, double seconds) {
  std::string error = present(lesson);
  if (!error.empty()) return error;
  deck_.show_details(false);
  step_seconds_ = seconds / static_cast<double>(std::max<std::size_t>(deck_.steps(), 1));
  playing_ = true;
  since_step_ = 0;
  return error;
}

void LessonView::draw(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to,
                      double seconds) {
  if (choosing_) {
    draw_chooser(ui, fonts, from, to);
  } else {
    if (deck_.reload_if_changed()) {
      steady_ = false;
      motion_.reset();
    }
    play(seconds);
    move(seconds);
    const float foot = bare() ? 0 : ui.px(controls_height);
    draw_slide(ui, fonts, from, {to.x, to.y - foot});
    if (!bare()) draw_controls(ui, {from.x, to.y - foot}, to);
    if (!deck_.error().empty()) draw_error(ui, from, to);
    draw_spot(ui);
  }
  if (keys_) draw_keys(ui, from, to);
}

void LessonView::draw_spot(const Ui& ui) const {
  if (!spot_) return;
  ImDrawList& list = *ImGui::GetForegroundDrawList();
  const ImVec2 mouse = ImGui::GetMousePos();
  list.AddCircleFilled(mouse, ui.px(34), IM_COL32(255, 196, 0, 70));
  list.AddCircle(mouse, ui.px(34), IM_COL32(214, 120, 0, 220), 0, ui.px(3));
}

/// The keys of lessons, over everything else.
void LessonView::draw_keys(const Ui& ui, ImVec2 from, ImVec2 to) const {
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetForegroundDrawList();
  list.AddRectFilled(from, to, with_alpha(IM_COL32_BLACK, 0.55F));
  const float row = ui.px(23);
  float rows = 0;
  for (const LessonShortcut& shortcut : table) rows += shortcut.keys != nullptr ? 1.0F : 0.0F;
  const ImVec2 size(ui.px(520), row * rows + ui.px(86));
  const ImVec2 a(std::floor((from.x + to.x - size.x) / 2),
                 std::floor((from.y + to.y - size.y) / 2));
  const ImVec2 b(a.x + size.x, a.y + size.y);
  list.AddRectFilled(a, b, t.panel, ui.px(12));
  list.AddRect(a, b, t.line, ui.px(12));
  ui.text_at(list, {a.x + ui.px(28), a.y + ui.px(20)}, ui.fonts().title, t.text, "Keys of lessons");
  float y = a.y + ui.px(62);
  for (const LessonShortcut& shortcut : table) {
    if (shortcut.keys == nullptr) continue;
    ui.text_at(list, {a.x + ui.px(28), y}, ui.fonts().mono, t.accent, shortcut.keys);
    ui.text_at(list, {a.x + ui.px(228), y - ui.px(1)}, ui.fonts().body, t.text, shortcut.words);
    y += row;
  }
}

void LessonView::play(double seconds) {
  if (!playing_) return;
  since_step_ += seconds;
  if (since_step_ < seconds_of_step()) return;
  since_step_ = 0;
  if (deck_.step() + 1 < deck_.steps() || deck_.asks()) {
    step(true);
  } else {
    playing_ = false;
  }
}

/// Goes on with what is under way; a click ends it at once.
void LessonView::move(double seconds) {
  if (!motion_) return;
  motion_->done += seconds;
  if (motion_->done >= motion_->seconds || !moves_ || ImGui::IsMouseClicked(0)) motion_.reset();
}

double LessonView::seconds_of_step() const {
  const bool detailed = deck_.details() && deck_.has_details();
  const double usual = detailed ? seconds_a_detail : seconds_a_step;
  return (step_seconds_ > 0 ? step_seconds_ : usual) / paces[pace_].factor;
}

void LessonView::set_pace(std::size_t pace) {
  pace_ = pace;
  std::array<char, 64> words{};
  std::snprintf(words.data(), words.size(), "Plays one step every %.1f seconds.",
                seconds_of_step());
  requests_.message = words.data();
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
  if (blank_) {
    list.AddRectFilled(from, to, IM_COL32_BLACK);
    return;
  }
  list.AddRectFilled(from, to, colour_of(slide_theme(options_.look).ground));
  ImGuiCanvas canvas(list, fonts, origin, scale_);
  steady();
  Slide slide = shown_slide();
  if (motion_) {
    const double t = motion_->done / motion_->seconds;
    slide = motion_->forward ? slide_between(motion_->was, slide, t)
                             : slide_between(slide, motion_->was, 1 - t);
  }
  const SlideHits hits = paint_slide(canvas, slide, options_);
  ui.target("slide", origin, {origin.x + slide_area_.width, origin.y + slide_area_.height});
  const Colour faint = slide_theme(options_.look).text_dim;
  for (const SlideTermHit& hit : hits.terms) {
    const double y = hit.rect.bottom() - 4;
    canvas.line({hit.rect.x, y}, {hit.rect.right(), y}, {faint.r, faint.g, faint.b, 110}, 1);
  }
  answer_or_explain(ui, hits, origin);
}

/// A term under the pointer is explained; a block that is clicked answers a question.
void LessonView::answer_or_explain(const Ui& ui, const SlideHits& hits, ImVec2 origin) {
  const ImVec2 mouse = ImGui::GetMousePos();
  const SlidePoint at{static_cast<double>(mouse.x - origin.x) / scale_,
                      static_cast<double>(mouse.y - origin.y) / scale_};
  for (const SlideTermHit& hit : hits.terms) {
    if (!hit.rect.contains(at)) continue;
    // Above the line, so that it does not cover what is being read.
    ImGui::SetNextWindowPos(
        {mouse.x, origin.y + static_cast<float>(hit.rect.y * scale_) - ui.px(6)}, ImGuiCond_Always,
        {std::clamp((mouse.x - origin.x) / slide_area_.width, 0.0F, 1.0F), 1.0F});
    ImGui::BeginTooltip();
    ui.text(ui.fonts().heading, ui.theme().text, hit.term->term);
    ui.wrapped(ui.fonts().body, ui.theme().text_dim, hit.term->words, ui.px(380));
    ImGui::EndTooltip();
  }
  for (const SlideHit& hit : hits.blocks) {
    const ImVec2 a(origin.x + static_cast<float>(hit.rect.x * scale_),
                   origin.y + static_cast<float>(hit.rect.y * scale_));
    const ImVec2 b(origin.x + static_cast<float>(hit.rect.right() * scale_),
                   origin.y + static_cast<float>(hit.rect.bottom() * scale_));
    ui.target(("block:" + format_address(hit.block)).c_str(), a, b);
    if (!deck_.asks() || !hit.rect.contains(at) || !ImGui::IsWindowHovered()) continue;
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
  x -= ui.px(4);
  button("pace", paces[pace_].words, 36, "How fast it plays  (+ and \u2212)",
         LessonCommand::next_pace);
  x += ui.px(10);
  if (deck_.has_details() && !deck_.comparing()) {
    button("details", "Each detail", 92, "Shows every step inside of malloc and free  (E)",
           LessonCommand::toggle_details, deck_.details());
  }
  button("compare", "Compare", 80, "The same operations under several policies  (C)",
         LessonCommand::compare, deck_.comparing());
  x -= ui.px(4);
  ImGui::SetCursorScreenPos({x, y});
  if (ui.button("compare_menu", "...", {ui.px(28), high})) ImGui::OpenPopup("##compare");
  ui.hint("Which policies to compare");
  x += ui.px(28 + 6);
  draw_compare_menu(ui);
  button("relative", "+0x", 44, "Addresses from the heap's start  (R)",
         LessonCommand::toggle_relative, deck_.look.relative_addresses);
  button("decimal", deck_.look.decimal_addresses ? "dec" : "hex", 44,
         "Addresses in hex or decimal  (X)", LessonCommand::toggle_decimal);
  button("look", slide_look_name(options_.look), 60, "Light, dark, print in black and white  (T)",
         LessonCommand::next_look);
  button("spot", "Spot", 52, "Highlights the pointer  (L)", LessonCommand::toggle_spot, spot_);
  button("present", "Present", 72, "Only the slide, on the whole screen  (F5)",
         LessonCommand::toggle_bare);
  button("svg", "SVG", 46, "Saves the slide as SVG into the pictures folder  (S)",
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
             deck_.empty() ? "The script has a mistake; there is nothing to show yet."
                           : "The script has a mistake; the last good version stays.");
  ui.text_at(list, {a.x + ui.px(16), a.y + ui.px(36)}, ui.fonts().mono, ui.theme().text,
             ui.fit(ui.fonts().mono, deck_.error(), width - ui.px(32)));
}

}  // namespace mh
