// What is chosen in the palette, and what can be taken along.

#include <algorithm>
#include <array>

#include "app/lessons/course.hpp"
#include "app/model/format.hpp"
#include "app/model/policy_words.hpp"
#include "app/slides/map_figure.hpp"
#include "app/views/studio.hpp"

namespace mh {
namespace {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

/// All else happens in the lab.
bool is_there_in_lessons(const Choice& choice) {
  constexpr std::array there{
      Command::open_lessons, Command::play_sixty,         Command::scale_up, Command::scale_down,
      Command::scale_reset,  Command::toggle_full_screen, Command::quit};
  const auto* const command = std::get_if<Command>(&choice);
  if (command == nullptr) return std::holds_alternative<choice::Lesson>(choice);
  return std::find(there.begin(), there.end(), *command) != there.end();
}

}  // namespace

void Studio::open_palette() {
  if (palette_.is_open()) {
    palette_.close();
    return;
  }
  std::vector<PaletteLesson> lessons;
  for (const CourseLesson& lesson : course()) lessons.push_back({lesson.name, lesson.title});
  palette_.open(palette_items(lessons));
}

void Studio::choose(const Choice& choice) {
  Workload& workload = state_.workload;
  const auto next = [this](const std::string& what) {
    say(what + (lab_.running() ? ", from the next start of the workload on." : ". W starts it."),
        false);
  };
  if (!is_there_in_lessons(choice)) lessons_.close();
  const Overloaded cases{
      [&](Command which) { run(which); },
      [&](const choice::Policy& policy) { choose_policy(policy.words); },
      [&](const choice::Engine& engine) {
        player_->go_live();
        lab_.choose_engine(engine.fast ? Engine::fast : Engine::classic);
      },
      [&](const choice::Colour& colour) { colour_by(colour.colour_by); },
      [&](const choice::Call& call) {
        state_.size_text = std::to_string(call.size);
        run(call.command);
      },
      [&](Pattern pattern) {
        workload.pattern = pattern;
        next(pattern_title(pattern));
      },
      [&](const choice::Threads& threads) {
        workload.threads = threads.number;
        next(std::to_string(threads.number) + (threads.number == 1 ? " thread" : " threads"));
      },
      [&](const choice::Rate& rate) {
        workload.rate = rate.operations_per_second;
        lab_.set_rate(workload.rate);
        say("Rate " + format_rate(workload.rate) + ".", false);
      },
      [&](const choice::Live& live) {
        workload.live_blocks = live.blocks;
        lab_.set_live_blocks(live.blocks);
        say(format_count(live.blocks) + " live blocks.", false);
      },
      [&](const choice::Sizes& sizes) {
        workload.sizes.kind = sizes.kind;
        next(std::string("Sizes ") + size_kind_name(sizes.kind));
      },
      [&](const choice::Lesson& lesson) { choose_lesson(lesson.name); },
  };
  std::visit(cases, choice);
}

void Studio::choose_policy(const std::string& words) {
  const auto policy = parse_policy(words, lab_.policy());
  if (!player_->live()) player_->go_live();  // the switches are those of now
  if (!policy || !lab_.set_policy(*policy)) {
    say(policy ? "This engine has no such switch." : policy.error, true);
    return;
  }
  say("policy " + policy_words(*policy), false);
}

void Studio::choose_lesson(const std::string& name) {
  const auto lesson = course_lesson(name);
  const std::string error = lesson ? lessons_.present(*lesson) : "There is no lesson " + name + ".";
  if (!error.empty()) say(error, true);
}

void Studio::play_sixty() {
  if (const std::string error = lessons_.play_sixty(); !error.empty()) say(error, true);
}

void Studio::save_map_svg() {
  MapFigureOptions options;
  options.look = state_.theme == ThemeKind::light ? SlideLook::light : SlideLook::dark;
  options.colour_by = state_.colour_by;
  const Player::View view = player_->view();
  options.now = player_->live() ? recorder_->now_ns() : view.time();
  const auto figure = map_figure(view.picture(), options);
  if (figure) {
    file_ = TextFileRequest{".svg", *figure};
  } else {
    say("No SVG: " + figure.error + ".", true);
  }
}

void Studio::save_lesson() {
  file_ = TextFileRequest{".mh", lab_.journal().lesson(lab_.stats()), true};
}

void Studio::copy(const std::string& text, const std::string& what) {
  ImGui::SetClipboardText(text.c_str());
  const std::string& left_out = lab_.journal().left_out();
  say(what + (left_out.empty() ? " is in the clipboard." : " is in the clipboard. " + left_out),
      false);
}

void Studio::copy_address() {
  const std::string address = format_address(selected_payload());
  ImGui::SetClipboardText(address.c_str());
  say(address + " is in the clipboard.", false);
}

}  // namespace mh
