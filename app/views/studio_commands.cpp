// What each command does in the window: one row for each.

#include <algorithm>
#include <array>
#include <cmath>

#include "app/views/studio.hpp"

namespace mh {
namespace {

/// The command changes how something is seen, not what is.
bool looks_only(Command command) {
  constexpr std::array looks{
      Command::fit,         Command::show_selected, Command::zoom_in,
      Command::zoom_out,    Command::toggle_theme,  Command::toggle_help,
      Command::scale_up,    Command::scale_down,    Command::toggle_full_screen,
      Command::scale_reset, Command::palette,       Command::check_heap};  // its answer comes later
  return std::find(looks.begin(), looks.end(), command) != looks.end();
}

}  // namespace

struct Studio::Actions {
  struct Row {
    Command command;
    void (*act)(Studio&);
  };

  static constexpr std::array<Row, command_count> table{{
      {Command::malloc, [](Studio& s) { s.run_allocation(Command::malloc); }},
      {Command::calloc, [](Studio& s) { s.run_allocation(Command::calloc); }},
      {Command::realloc, [](Studio& s) { s.resize_selected(); }},
      {Command::free_selected, [](Studio& s) { s.free_selected(); }},
      {Command::undo, [](Studio& s) { s.show_outcome(s.lab_.undo()); }},
      {Command::redo, [](Studio& s) { s.show_outcome(s.lab_.redo()); }},
      {Command::focus_size, [](Studio& s) { s.allocate_.focus_size(); }},
      {Command::break_it, [](Studio& s) { s.break_menu_.open(); }},
      {Command::check_heap, [](Studio& s) { s.lab_.check().start(); }},
      {Command::toggle_errors,
       [](Studio& s) {
         s.state_.lower = s.state_.lower == Lower::errors ? Lower::timeline : Lower::errors;
       }},
      {Command::toggle_calls,
       [](Studio& s) {
         s.state_.lower = s.state_.lower == Lower::calls ? Lower::timeline : Lower::calls;
       }},
      {Command::show_damage,
       [](Studio& s) {
         s.player_->go_live();
         s.show_block(s.recorder_->verdict().damaged_at);
       }},
      {Command::pool_create, [](Studio& s) { s.create_pool(); }},
      {Command::pool_alloc,
       [](Studio& s) { s.show_pool_outcome(s.lab_.pool_alloc(s.lab_.pools().newest())); }},
      {Command::pool_free,
       [](Studio& s) { s.show_pool_outcome(s.lab_.free_last_object(s.lab_.pools().newest())); }},
      {Command::pool_destroy,
       [](Studio& s) { s.show_pool_outcome(s.lab_.destroy_pool(s.lab_.pools().newest())); }},
      {Command::start_workload, [](Studio& s) { s.start_or_stop_workload(); }},
      {Command::stop_workload, [](Studio& s) { s.lab_.stop(); }},
      {Command::pause_workload,
       [](Studio& s) { s.lab_.pause_workload(!s.lab_.workload_paused()); }},
      {Command::reset_heap, [](Studio& s) { s.reset_heap(); }},
      {Command::toggle_explain, [](Studio& s) { s.toggle_explain(); }},

      {Command::toggle_pause,
       [](Studio& s) { s.player_->paused() ? s.player_->resume() : s.player_->pause(); }},
      {Command::step_forward, [](Studio& s) { s.player_->step(1); }},
      {Command::step_back, [](Studio& s) { s.player_->step(-1); }},
      {Command::go_live, [](Studio& s) { s.player_->go_live(); }},

      {Command::fit, [](Studio& s) { s.map_.fit(); }},
      {Command::zoom_in, [](Studio& s) { s.map_.zoom(1, s.state_.selected); }},
      {Command::zoom_out, [](Studio& s) { s.map_.zoom(-1, s.state_.selected); }},
      {Command::show_selected, [](Studio& s) { s.show_selected(); }},
      {Command::toggle_free_list,
       [](Studio& s) {
         s.state_.free_list = !s.state_.free_list;
         s.say(s.state_.free_list ? "The free list is drawn." : "The free list is not drawn.",
               false);
       }},
      {Command::find, [](Studio& s) { s.find_.open(); }},
      {Command::toggle_colour, [](Studio& s) { s.next_colour(); }},
      {Command::next_block, [](Studio& s) { s.select_neighbour(true); }},
      {Command::previous_block, [](Studio& s) { s.select_neighbour(false); }},
      {Command::deselect, [](Studio& s) { s.close_or_deselect(); }},

      {Command::picture_window, [](Studio& s) { s.take_picture(std::nullopt); }},
      {Command::picture_map, [](Studio& s) { s.take_picture(s.map_.area()); }},
      {Command::svg_map, [](Studio& s) { s.save_map_svg(); }},
      {Command::copy_address, [](Studio& s) { s.copy_address(); }},
      {Command::copy_program,
       [](Studio& s) { s.copy(s.lab_.journal().program(), "The calls as a C program"); }},
      {Command::copy_script,
       [](Studio& s) { s.copy(s.lab_.journal().script(), "The calls as a script"); }},
      {Command::save_lesson, [](Studio& s) { s.save_lesson(); }},

      {Command::palette, [](Studio& s) { s.open_palette(); }},
      {Command::tour,
       [](Studio& s) {
         s.state_.tour_seen = true;
         s.tour_.start();
       }},
      {Command::open_lessons, [](Studio& s) { s.lessons_.show_chooser(); }},
      {Command::play_sixty, [](Studio& s) { s.play_sixty(); }},
      {Command::toggle_theme,
       [](Studio& s) {
         s.state_.theme = s.state_.theme == ThemeKind::dark ? ThemeKind::light : ThemeKind::dark;
       }},
      {Command::toggle_motion,
       [](Studio& s) {
         s.state_.motion = !s.state_.motion;
         s.say(s.state_.motion ? "Motion is on." : "Motion is off.", false);
       }},
      {Command::scale_up, [](Studio& s) { s.scale_by(1.1); }},
      {Command::scale_down, [](Studio& s) { s.scale_by(1 / 1.1); }},
      {Command::scale_reset, [](Studio& s) { s.state_.ui_scale = 1; }},
      {Command::program_again, [](Studio& s) { s.run_program_again(); }},
      {Command::program_end, [](Studio& s) { s.program_->end(); }},
      {Command::program_leave, [](Studio& s) { s.leave_program(); }},
      {Command::toggle_full_screen, [](Studio& s) { s.full_screen_ = true; }},
      {Command::toggle_help, [](Studio& s) { s.state_.help_open = !s.state_.help_open; }},
      {Command::quit, [](Studio& s) { s.quit_ = true; }},
  }};

  static constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
      if (table[i].command != static_cast<Command>(i)) return false;
    }
    return true;
  }
};

void Studio::press(Command command) {
  run(command);
  subject_ = {state_.selected, player_->live()};
  animating_ = true;
}

void Studio::run(Command command) {
  const Message before = state_.message;
  run_command(command);
  if (!looks_only(command)) end_message(before);
}

/// A message ends when the user does the next thing.
void Studio::end_message(const Message& before) {
  Message& now = state_.message;
  if (now.shown_at == before.shown_at && now.text == before.text) now.end(clock_);
}

void Studio::run_command(Command command) {
  static_assert(Actions::in_order(), "a row for each command, in the enumeration's order");
  if (const std::string_view why = why_not(entry_of(command), there_is()); !why.empty()) {
    say(std::string(why), true);
    return;
  }
  Actions::table[static_cast<std::size_t>(command)].act(*this);
}

bool Studio::press_over_panels(const KeyPress& key) {
  if (!palette_.press(key) && (lessons_.open() || !tour_.press(key))) return false;
  animating_ = true;
  return true;
}

Situation Studio::there_is() {
  Situation found = 0;
  const auto add = [&found](bool there, Needs what) {
    if (there) found |= what;
  };
  add(player_->live(), needs_now);
  add(program_ == nullptr, needs_lab);
  add(program_ != nullptr, needs_program);
  add(state_.selected != 0 || state_.region, needs_selection);
  add(state_.selected != 0, needs_block);
  add(lab_.running(), needs_workload);
  const std::string& pool = lab_.pools().newest();
  add(!pool.empty(), needs_pool);
  add(!pool.empty() && lab_.pools().last_object(pool).address != 0, needs_slot);
  add(lab_.can_undo(), needs_undo);
  add(lab_.can_redo(), needs_redo);
  add(lab_.journal().has_calls(), needs_calls);
  add(recorder_->verdict().state == Verdict::State::damaged, needs_damage);
  return found;
}

void Studio::close_or_deselect() {
  if (map_.close_menu() || break_menu_.close() || find_.close()) return;
  if (state_.help_open) {
    state_.help_open = false;
  } else if (region_.freeing()) {
    say(region_.stop(), false);
  } else {
    select_block(0);
  }
}

void Studio::select_block(std::uint64_t block) {
  state_.selected = block;
  state_.selected_slot = 0;
  state_.region.reset();
}

void Studio::show_selected() {
  if (!state_.region) {
    zoom_to(state_.selected);
    return;
  }
  const std::vector<BlockRange>& ranges = region_.summary().ranges();
  if (!ranges.empty()) map_.show(BlockRange{ranges.front().from, ranges.back().to});
}

void Studio::next_colour() {
  state_.colour_by = static_cast<ColourBy>((static_cast<std::size_t>(state_.colour_by) + 1) %
                                           std::size(all_colour_by));
  say("Colour by " + std::string(colour_by_name(state_.colour_by)) + ".", false);
}

void Studio::toggle_explain() {
  lab_.set_explaining(!lab_.explaining());
  say(lab_.explaining() ? "Each search is explained." : "Searches are not explained.", false);
}

/// Of the window, or of a part of it.
void Studio::take_picture(std::optional<TargetRect> area) {
  picture_ = PictureRequest{"", area};
  picture_ready_ = false;
}

void Studio::scale_by(double factor) {
  const double next = std::round(static_cast<double>(state_.ui_scale) * factor * 20) / 20;
  state_.ui_scale = static_cast<float>(std::clamp(next, 0.6, 3.0));
}

void Studio::select_neighbour(bool next) {
  const Player::View view = player_->view();
  const HeapPicture& picture = view.picture();
  std::optional<PictureBlock> block;
  if (state_.selected == 0) {
    block = picture.block_from(picture.start());
  } else if (const auto selected = picture.block_at(state_.selected)) {
    if (next) {
      block = picture.block_from(selected->end());
    } else if (selected->address > picture.start()) {
      block = picture.block_at(selected->address - 1);
    }
  }
  if (!block) return;
  select_block(block->address);
  map_.reveal(block->address);
}

}  // namespace mh
