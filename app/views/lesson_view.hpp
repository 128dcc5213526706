#pragma once
// Lessons in the window: the chooser, and the presenter that shows one slide at a time. Knows no
// lab and no window.

#include <filesystem>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/lessons/course.hpp"
#include "app/lessons/lesson_deck.hpp"
#include "app/lessons/lesson_timer.hpp"
#include "app/model/state_json.hpp"
#include "app/render/window_context.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/views/ui.hpp"

namespace mh {

enum class LessonCommand {
  next,
  back,
  first,
  last,
  leave,  ///< to the chooser, from there to the lab
  toggle_details,
  toggle_relative,
  toggle_decimal,
  next_look,
  toggle_spot,
  toggle_play,
  faster,
  slower,
  next_pace,  ///< faster, and behind the fastest the slowest
  compare,
  save_svg,
  save_png,
  copy_svg,
  copy_png,
  toggle_bare,
  toggle_blank,
  toggle_motion,
  toggle_keys
};

/// A key of the presenter and what it does.
struct LessonShortcut {
  int key;
  int mods;
  LessonCommand command;
  const char* keys;  ///< as people read it; nullptr: an alternative
  const char* words;
};
[[nodiscard]] std::span<const LessonShortcut> lesson_shortcuts();

/// What the view asks of whoever owns it, once.
struct LessonRequests {
  std::optional<TargetRect> picture;  ///< a picture of this part of the window
  bool to_clipboard = false;          ///< the picture, instead of a file
  std::string svg;                    ///< to be written into the pictures folder
  std::optional<bool> full_screen;    ///< on or off
  bool toggle_motion = false;
  std::string message;  ///< to be told
  bool error = false;
};

class LessonView {
 public:
  LessonView();

  [[nodiscard]] bool open() const { return open_; }
  void show_chooser();
  void close() { open_ = false; }
  /// An error sentence, or empty.
  std::string present(const CourseLesson& lesson);
  std::string present_file(const std::filesystem::path& file);
  /// The lesson on fragmentation, by itself within a minute. An error sentence, or empty.
  std::string play_sixty();

  void press(LessonCommand command);
  /// True if the key means something here.
  bool press(const KeyPress& key);
  void draw(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to, double seconds);
  /// Presenting: only the slide is shown.
  [[nodiscard]] bool bare() const { return bare_ && !choosing_; }
  /// ImGui's units of a slide's unit, for UiLayer::use_slide_fonts(); 0: no slide is shown.
  [[nodiscard]] double slide_scale() const { return open_ ? scale_ : 0; }
  [[nodiscard]] bool animating() const {
    return open_ && (playing_ || thumbs_due() || timer_.running() || motion_.has_value());
  }
  /// The lesson comes from a file: draw now and then, to see that it was changed.
  [[nodiscard]] bool watches_file() const { return open_ && !choosing_ && deck_.from_file(); }
  [[nodiscard]] LessonRequests take_requests();
  [[nodiscard]] AppState::LessonState state() const;
  void set_look(SlideLook look) { options_.look = look; }
  /// Whether steps are seen to happen, or are there at once.
  void set_motion(bool on) { moves_ = on; }
  /// Of the window; F5 leaves it as it found it.
  void set_full_screen(bool on) { full_screen_ = on; }

 private:
  void draw_chooser(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to);
  void draw_card(const Ui& ui, const SlideFonts& fonts, std::size_t index, ImVec2 at, float width);
  void draw_slide(const Ui& ui, const SlideFonts& fonts, ImVec2 from, ImVec2 to);
  void draw_controls(const Ui& ui, ImVec2 from, ImVec2 to);
  void draw_compare_menu(const Ui& ui);
  void draw_keys(const Ui& ui, ImVec2 from, ImVec2 to) const;
  void answer_or_explain(const Ui& ui, const SlideHits& hits, ImVec2 origin);
  void go_beyond();
  void step(bool forward);
  [[nodiscard]] Slide shown_slide();
  void steady();
  void leave();
  void draw_spot(const Ui& ui) const;
  void draw_error(const Ui& ui, ImVec2 from, ImVec2 to) const;
  void make_next_thumb();
  [[nodiscard]] bool thumbs_due() const { return choosing_ && thumbs_.size() < course_.size(); }
  void play(double seconds);
  void move(double seconds);
  [[nodiscard]] double seconds_of_step() const;
  void set_pace(std::size_t pace);
  void run_file_command(LessonCommand command);
  void toggle_comparison();
  [[nodiscard]] SlideRow row_of_times();
  void compare(const std::vector<ComparedPolicy>& policies);
  [[nodiscard]] std::vector<ComparedPolicy> compared_policies() const;
  std::string play_within(const CourseLesson& lesson, double seconds);

  std::vector<CourseLesson> course_;
  std::vector<Slide> thumbs_;  ///< of the first lessons; one more is made a frame
  LessonDeck deck_;
  LessonTimer timer_;                 ///< of the policies that are compared
  std::vector<std::uint64_t> times_;  ///< ns, of the same; empty: not known yet
  SlideOptions options_;
  LessonRequests requests_;
  TargetRect slide_area_;
  double scale_ = 1;
  double since_step_ = 0;   ///< seconds
  double since_look_ = 0;   ///< seconds since the file was looked at
  std::size_t chosen_ = 0;  ///< in the chooser, by keyboard
  bool open_ = false;
  bool choosing_ = true;
  bool playing_ = false;
  bool at_end_ = false;  ///< and it was said
  bool spot_ = false;    ///< the pointer is highlighted
  bool bare_ = false;
  bool blank_ = false;       ///< nothing is shown, so that all look at the lecturer
  bool keys_ = false;        ///< the list of keys is shown
  double step_seconds_ = 0;  ///< when playing; 0: the usual
  std::size_t pace_ = 2;     ///< index in the paces of playing
  std::optional<std::set<std::string>> compared_;  ///< presets to compare; none: the lesson's own
  /// Between two steps.
  struct Motion {
    Slide was;
    bool forward = true;
    double seconds = 0, done = 0;
  };
  std::optional<Motion> motion_;
  std::size_t compared_count_ = 0;
  bool moves_ = true;
  bool steady_ = false;  ///< options_.room is that of the lesson as it is shown
  bool full_screen_ = false;
  bool made_full_screen_ = false;  ///< by F5
};

}  // namespace mh
