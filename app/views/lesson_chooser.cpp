// The chooser: a card with a small picture for each lesson of the course.

#include <algorithm>

#include "app/model/command.hpp"
#include "app/views/imgui_canvas.hpp"
#include "app/views/lesson_view.hpp"

namespace mh {
namespace {

constexpr float card_gap = 22;
constexpr double chooser_scale = 0.4;  // of the letters in the small pictures
constexpr double one_minute = 58;      // seconds, so that the last slide is seen too

/// Covers the two upper corners of what was drawn, outside of their arcs.
void round_off(ImDrawList& list, ImVec2 left, float right, float radius, ImU32 ground) {
  constexpr float quarter = 1.5707964F;
  list.PathLineTo(left);
  list.PathArcTo({left.x + radius, left.y + radius}, radius, 2 * quarter, 3 * quarter);
  list.PathFillConvex(ground);
  list.PathLineTo({right, left.y});
  list.PathArcTo({right - radius, left.y + radius}, radius, 3 * quarter, 4 * quarter);
  list.PathFillConvex(ground);
}

}  // namespace

std::string LessonView::play_sixty() {
  const auto sixty = std::find_if(course_.begin(), course_.end(), [](const CourseLesson& lesson) {
    return lesson.name == "fragmentation";
  });
  if (sixty == course_.end()) return "The lesson on fragmentation is not there.";
  return play_within(*sixty, one_minute);
}

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
  scale_ = chooser_scale;
  ImGui::SetCursorScreenPos(from);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(30), ui.px(24)));
  imgui_compat::begin_child("##lessons", {to.x - from.x, to.y - from.y}, true);
  ImGui::PopStyleVar();
  ui.text(ui.fonts().title, ui.theme().text, "Lessons");
  ui.text(ui.fonts().body, ui.theme().text_dim,
          "Each runs on the real allocator. Space goes on, Esc comes back. Your own: microheap "
          "lesson FILE.mh");
  ui.gap(4);
  if (ui.button("sixty", "\u25b6  Fragmentation in 60 seconds", {ui.px(250), ui.px(32)},
                ButtonLook::accent)) {
    requests_.message = play_sixty();
    requests_.error = true;
  }
  ui.hint(entry_of(Command::play_sixty).sentence);
  ui.gap(8);
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
    SlideOptions look = options_;
    look.room.reset();
    // In a dark room the small pictures are dark, whatever the slides are.
    if (ui.theme().kind == ThemeKind::dark) look.look = SlideLook::dark;
    paint_slide(canvas, thumbs_[index], look);
    list.PopClipRect();
    round_off(list, at, end.x, ui.px(8), ui.theme().ground);
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
