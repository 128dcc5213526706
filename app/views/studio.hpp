#pragma once
// The window's contents: panels, commands, messages. Knows no window: a host gives it frames and
// keys.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/model/state_json.hpp"
#include "app/sources/stage.hpp"
#include "app/streams/program.hpp"
#include "app/views/break_menu.hpp"
#include "app/views/call_list_view.hpp"
#include "app/views/control_panel.hpp"
#include "app/views/error_list_view.hpp"
#include "app/views/find_bar.hpp"
#include "app/views/frame_meter.hpp"
#include "app/views/inspector_view.hpp"
#include "app/views/lesson_view.hpp"
#include "app/views/map_view.hpp"
#include "app/views/palette_view.hpp"
#include "app/views/policy_panel.hpp"
#include "app/views/region_tool.hpp"
#include "app/views/scene.hpp"
#include "app/views/timeline_view.hpp"
#include "app/views/tour.hpp"

namespace mh {

/// A picture that the host is to take of the next complete frame.
struct PictureRequest {
  std::string file;                ///< empty: a new name in the pictures directory
  std::optional<TargetRect> area;  ///< of the window, ImGui's units; empty: all of it
  bool to_clipboard = false;       ///< instead of a file
};

/// A text that the host is to write into a new file, of the pictures directory if nothing else is
/// said.
struct TextFileRequest {
  std::string ending;  ///< ".svg"
  std::string text;
  bool lesson = false;  ///< into the folder of documents
};

class Studio final : public Stage {
 public:
  Studio(Lab& lab, Recorder& recorder, Player& player, const StudioState& state);

  /// Builds a frame between UiLayer::begin_frame() and end_frame(), then does what was clicked.
  void frame(const UiLayer& layer, double seconds);
  void press(Command command);  ///< as if its key were pressed
  /// A key that what lies over the panels takes for itself: the palette, the tour. False: none
  /// does.
  bool press_over_panels(const KeyPress& key);
  void add_scroll(double notches) { map_.add_scroll(notches); }
  /// Something moves, or the source is at work: draw again soon.
  [[nodiscard]] bool animating() const { return animating_; }
  /// Seconds from the last frame until what is shown changes by itself; infinity: it does not.
  [[nodiscard]] double next_change() const { return next_change_; }

  // What only the host can do; each is true once.
  [[nodiscard]] std::optional<PictureRequest> take_picture_request();
  [[nodiscard]] bool take_full_screen_request();
  void set_motion(bool on) { state_.motion = on; }
  void set_full_screen(bool on) {
    in_full_screen_ = on;
    lessons_.set_full_screen(on);
  }
  [[nodiscard]] bool quit_requested() const { return quit_; }
  void stay() { quit_ = false; }  ///< it does not quit yet

  /// Shows a program's heaps from now on, until the user goes back to the lab.
  void show_program(std::unique_ptr<Program> program);
  /// The one that is shown; null: the lab is.
  [[nodiscard]] Program* program() { return program_.get(); }
  /// Shows the lab again, and lets go of the program's heaps; null: there was no program.
  std::unique_ptr<Program> take_program();
  void leave_program() { take_program(); }

  // Lessons: studio_lessons.cpp.
  [[nodiscard]] LessonView& lessons() { return lessons_; }
  /// The field of Find is open: Escape closes it though it takes letters.
  [[nodiscard]] bool finding() const { return find_.is_open(); }
  /// A key, while lessons are open. False: it means nothing there.
  bool press_in_lesson(const KeyPress& key);
  /// A file that the host is to write; once.
  [[nodiscard]] std::optional<TextFileRequest> take_file_request();

  [[nodiscard]] FrameMeter& meter() { return meter_; }
  [[nodiscard]] const StudioState& state() const { return state_; }
  [[nodiscard]] AppState app_state();
  [[nodiscard]] const std::map<std::string, TargetRect>& targets() const { return targets_; }
  void keep_targets(bool keep) { keep_targets_ = keep; }

  // Stage: what a scenario asks for.
  void caption(std::string_view text) override;
  void say(const std::string& text, bool error) override { state_.say(text, error, clock_); }
  void select(std::uint64_t block) override;
  void zoom_to(std::uint64_t block) override;
  void zoom_fit() override;
  void zoom_by(double factor) override;
  void colour_by(ColourBy mode) override;
  void theme(ThemeKind theme) override;
  void workload(const Workload& begun) override { state_.workload = begun; }
  std::string picture(const std::string& file) override;
  [[nodiscard]] bool busy() const override { return picture_.has_value(); }

 private:
  // Where the panels stand: studio_panels.cpp.
  void draw(Scene& scene, ImVec2 display);
  void draw_left(Scene& scene, float height);
  void draw_past(Scene& scene, ImVec2 from, ImVec2 to) const;
  void show_found(Scene& scene, const FoundBlock& found);
  void find_search(Scene& scene);
  void draw_caption(Scene& scene, ImVec2 from, ImVec2 to) const;
  // What each command does: studio_commands.cpp.
  struct Actions;
  void run(Command command);  ///< or says why not
  void run_command(Command command);
  [[nodiscard]] Situation there_is();
  void show_selected();
  void next_colour();
  void close_or_deselect();
  void select_block(std::uint64_t block);
  void end_message(const Message& before);
  void select_neighbour(bool next);
  void scale_by(double factor);
  void take_picture(std::optional<TargetRect> area);
  void toggle_explain();
  // The palette, and what can be taken along: studio_palette.cpp.
  void open_palette();
  void choose(const Choice& choice);
  void choose_policy(const std::string& words);
  void choose_lesson(const std::string& name);
  void play_sixty();
  void save_map_svg();
  void save_lesson();
  void copy(const std::string& text, const std::string& what);
  void copy_address();
  // What is asked of the lab: studio_lab.cpp.
  void run_allocation(Command command);
  [[nodiscard]] std::uint64_t selected_payload();
  void resize_selected();
  void free_selected();
  void create_pool();
  void show_pool_outcome(const Lab::Outcome& outcome);
  void start_or_stop_workload();
  void reset_heap();
  void show_outcome(const Lab::Outcome& outcome);
  void wait_for_hand();
  [[nodiscard]] std::optional<std::uint64_t> size_from(const std::string& field);
  // Lessons: studio_lessons.cpp.
  void frame_lessons(const UiLayer& layer, double seconds);
  void serve(const LessonRequests& requests);
  // A program's heaps instead of the lab's: studio_program.cpp.
  void read_stats();
  void follow_program();
  void show_heap(std::size_t number);
  void show_source(Recorder& recorder, Player& player);
  void run_program_again();
  [[nodiscard]] AppState::ProgramState program_state(const Player::View& view) const;
  // Errors: studio_errors.cpp.
  void make_mischief(Mischief mischief);
  void show_moment(std::uint64_t event, std::uint64_t block);
  void watch_check();
  void watch_mistakes();
  void show_block(std::uint64_t block);

  Lab& lab_;
  Recorder& lab_recorder_;
  Player& lab_player_;
  // What is shown: the lab's, or a program's.
  Recorder* recorder_ = &lab_recorder_;
  Player* player_ = &lab_player_;
  std::unique_ptr<Program> program_;
  std::vector<ProgramHeap> program_heaps_;
  std::size_t program_heap_ = 0;  ///< number of the one that is shown
  std::shared_ptr<Recorder> program_recorder_;
  std::unique_ptr<Player> program_player_;
  bool program_ended_ = false;  ///< and that was said
  StudioState state_;
  Theme theme_;
  ThemeKind styled_theme_;
  bool styled_ = false;
  AllocatePanel allocate_;
  PolicyPanel policy_;
  WorkloadPanel workload_;
  MapView map_;
  TimelineView timeline_;
  InspectorView inspector_;
  RegionTool region_;
  SearchLens searches_;
  BreakMenu break_menu_;
  PaletteView palette_;
  Tour tour_;
  ErrorListView errors_;
  CallListView calls_;
  FindBar find_;
  LessonView lessons_;
  std::optional<TextFileRequest> file_;
  std::map<std::string, TargetRect> targets_;
  bool keep_targets_ = false;
  unsigned pressed_item_ =
      0;  ///< ImGui's number of the widget that was clicked and still is under the pointer
  std::optional<PictureRequest> picture_;
  bool picture_ready_ = false;   ///< a whole frame was drawn since it was asked for
  bool full_screen_ = false;     ///< is to be toggled
  bool in_full_screen_ = false;  ///< as the window is
  bool quit_ = false;
  bool animating_ = true;
  double next_change_ = Scene::never;
  double clock_ = 0;            ///< seconds of frames
  std::uint64_t last_end_ = 0;  ///< of the log, at the last frame
  /// What a message may speak of: when that changes its time is over.
  struct Subject {
    std::uint64_t selected = 0;
    bool live = true;
    bool operator==(const Subject&) const = default;
  } subject_;
  /// What was said of bytes written where nobody should write, until somebody finds them.
  struct Mistake {
    std::string said;
    std::uint64_t errors = 0;  ///< listed before
  };
  std::optional<Mistake> mistake_;
  std::uint64_t errors_seen_ = 0;  ///< at the last frame's end
  mh_stats stats_{};
  mh_pool_stats pool_stats_{};
  double stats_read_ = -1;
  FrameMeter meter_;
};

}  // namespace mh
