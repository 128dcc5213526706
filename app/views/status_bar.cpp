#include "app/views/status_bar.hpp"

#include <array>
#include <cstdio>
#include <optional>
#include <vector>

#include "app/model/format.hpp"
#include "core/events/clock.hpp"

namespace mh {
namespace {

constexpr float dot_room = 25;   ///< from phrase to phrase, with the dot between them
constexpr float word_room = 11;  ///< from the end of a phrase to the dot

/// A part of the bar. Those with a command can be clicked.
struct Phrase {
  std::string words;
  ImU32 colour;
  const char* name = nullptr;  ///< what tests call it
  std::optional<Command> command{};
};

Phrase errors_phrase(const Scene& scene) {
  const Theme& t = scene.ui.theme();
  const std::uint64_t errors = scene.view.errors().total();
  const std::string words = errors == 0 ? "no errors" : format_things(errors, "error");
  return {words, errors > 0 ? t.bad : t.text_dim, "errors", Command::toggle_errors};
}

Phrase verdict_phrase(const Scene& scene) {
  const Theme& t = scene.ui.theme();
  const Verdict& verdict = scene.verdict;
  switch (verdict.state) {
    case Verdict::State::equal: {
      std::string words = "map = heap \u2713";
      if (scene.events_per_second > 0.5) {
        const double age = static_cast<double>(monotonic_ns() - verdict.checked_ns) * 1e-9;
        std::array<char, 48> text{};
        std::snprintf(text.data(), text.size(), "  (checked %.1f s ago)", age);
        words += text.data();
      } else {
        words += "  (" + format_things(verdict.blocks, "block") + " compared)";
      }
      return {words, t.good, "verdict"};
    }
    case Verdict::State::different:
      return {"map \u2260 heap: " + verdict.difference, t.bad, "verdict"};
    case Verdict::State::damaged:
      return {verdict.difference, t.bad, "verdict", Command::show_damage};
    case Verdict::State::unchecked:
      break;
  }
  return {"map = heap: not checked yet", t.warning, "verdict"};
}

/// at: where the words begin; rows: from where to where the bar goes down.
void draw_phrase(Scene& scene, const Phrase& phrase, const std::string& shown, ImVec2 at,
                 ImVec2 rows) {
  const Ui& ui = scene.ui;
  ImFont* font = ui.fonts().small;
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const ImVec2 size = ui.text_size(font, shown);
  if (phrase.command && size.x > 0) {
    ImGui::SetCursorScreenPos({at.x - ui.px(5), rows.x + ui.px(3)});
    if (ImGui::InvisibleButton(phrase.name, {size.x + ui.px(10), rows.y - rows.x - ui.px(6)}))
      scene.command(*phrase.command);
    if (ImGui::IsItemHovered() || ImGui::IsItemFocused()) {
      list.AddRectFilled(ImGui::GetItemRectMin(), ImGui::GetItemRectMax(), ui.theme().control,
                         ui.px(4));
    }
    ui.hint(*phrase.command == Command::toggle_errors ? "The list of errors  (X)"
                                                      : "Shows the damaged block");
  }
  if (phrase.name != nullptr) ui.target(phrase.name, {at.x, rows.x}, {at.x + size.x, rows.y});
  ui.text_at(list, at, font, phrase.colour, shown);
}

std::string pace_words(const Scene& scene) {
  if (scene.frames_per_second <= 0) return "at rest";
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.0f fps  \u00b7  %.1f ms", scene.frames_per_second,
                scene.frame_cpu_ms);
  return text.data();
}

/// In a narrow bar the figures go, so that what is wrong or right with the heap can be read.
void make_room(const Scene& scene, std::vector<Phrase>& phrases, std::string& pace, float room) {
  const Ui& ui = scene.ui;
  const auto wanted = [&] {
    float width = pace.empty() ? 0 : ui.text_size(ui.fonts().mono, pace).x + ui.px(20);
    for (const Phrase& phrase : phrases)
      width += ui.text_size(ui.fonts().small, phrase.words).x + ui.px(dot_room);
    return width - ui.px(dot_room);
  };
  const auto without = [&](std::string_view name) {
    std::erase_if(phrases, [&](const Phrase& phrase) {
      return phrase.name != nullptr && phrase.name == name;
    });
  };
  if (wanted() > room) pace.clear();
  if (wanted() > room) without("events_per_second");
  if (wanted() > room && scene.lost == 0) without("lost");
}

}  // namespace

void draw_status_bar(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImFont* font = ui.fonts().small;
  const float y = (from.y + to.y) / 2 - ui.text_size(font, "M").y / 2;
  const bool live = scene.player.live();
  const bool paused = scene.player.paused();
  const bool running = scene.program == nullptr || scene.program->running();
  const char* where = live     ? paused    ? "paused"
                                 : running ? "live"
                                           : "at the end"
                      : paused ? "in the past"
                               : "playing the past";
  const ImU32 dot = !live ? t.warning : paused ? t.text_dim : t.good;
  list.AddCircleFilled({from.x + ui.px(18), (from.y + to.y) / 2}, ui.px(4), dot, 16);

  std::vector phrases{
      Phrase{where, live ? t.text_dim : t.warning},
      Phrase{format_count(static_cast<std::uint64_t>(scene.events_per_second)) + " events/s",
             t.text_dim, "events_per_second"},
      Phrase{format_count(scene.lost) + " lost", scene.lost > 0 ? t.bad : t.text_dim, "lost"},
      errors_phrase(scene)};
  // A program's heap is told, and cannot be walked beside.
  if (scene.program == nullptr) phrases.push_back(verdict_phrase(scene));
  std::string pace = pace_words(scene);
  const float begin = from.x + ui.px(30);
  const float end = to.x - ui.px(14);
  make_room(scene, phrases, pace, end - begin);
  const float pace_width = pace.empty() ? 0 : ui.text_size(ui.fonts().mono, pace).x + ui.px(20);
  ui.text_at(list, {to.x - ui.px(14) - pace_width + ui.px(20), y}, ui.fonts().mono, t.text_dim,
             pace);
  float x = begin;
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    if (i > 0) {
      ui.text_at(list, {x, y}, font, t.text_dim, "\u00b7");
      x += ui.px(dot_room - word_room);
    }
    const std::string shown = ui.fit(font, phrases[i].words, end - pace_width - x);
    draw_phrase(scene, phrases[i], shown, {x, y}, {from.y, to.y});
    x += ui.text_size(font, shown).x + ui.px(word_room);
  }
}

}  // namespace mh
