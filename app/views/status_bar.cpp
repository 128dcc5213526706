#include "app/views/status_bar.hpp"

#include <array>
#include <cstdio>
#include <optional>

#include "app/model/format.hpp"
#include "core/events/clock.hpp"

namespace mh {
namespace {

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
  const std::string words = errors == 0   ? std::string("no errors")
                            : errors == 1 ? std::string("1 error")
                                          : format_count(errors) + " errors";
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
        words += "  (" + format_count(verdict.blocks) + " blocks compared)";
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

}  // namespace

void draw_status_bar(Scene& scene, ImVec2 from, ImVec2 to) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ImDrawList& list = *ImGui::GetWindowDrawList();
  ImFont* font = ui.fonts().small;
  const float y = (from.y + to.y) / 2 - ui.text_size(font, "M").y / 2;
  const float right = to.x - ui.px(14);

  std::string pace = "at rest";
  if (scene.frames_per_second > 0) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.0f fps  \u00b7  %.1f ms", scene.frames_per_second,
                  scene.frame_cpu_ms);
    pace = text.data();
  }
  const float pace_width = ui.text_size(ui.fonts().mono, pace).x;
  ui.text_at(list, {right - pace_width, y}, ui.fonts().mono, t.text_dim, pace);

  const bool live = scene.player.live();
  const bool paused = scene.player.paused();
  const char* where = live     ? paused ? "paused" : "live"
                      : paused ? "in the past"
                               : "playing the past";
  const ImU32 dot = !live ? t.warning : paused ? t.text_dim : t.good;
  list.AddCircleFilled({from.x + ui.px(18), (from.y + to.y) / 2}, ui.px(4), dot, 16);

  const std::array phrases{
      Phrase{where, t.text_dim},
      Phrase{format_count(static_cast<std::uint64_t>(scene.events_per_second)) + " events/s",
             t.text_dim},
      Phrase{format_count(scene.lost) + " lost", scene.lost > 0 ? t.bad : t.text_dim},
      errors_phrase(scene), verdict_phrase(scene)};
  float x = from.x + ui.px(30);
  for (std::size_t i = 0; i < phrases.size(); ++i) {
    if (i > 0) {
      ui.text_at(list, {x, y}, font, t.text_dim, "\u00b7");
      x += ui.px(14);
    }
    const std::string shown = ui.fit(font, phrases[i].words, right - pace_width - ui.px(20) - x);
    draw_phrase(scene, phrases[i], shown, {x, y}, {from.y, to.y});
    x += ui.text_size(font, shown).x + ui.px(11);
  }
}

}  // namespace mh
