#pragma once
// A lesson on the screen: which step, what is asked, what was answered. Knows no window.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/lessons/lesson_slide.hpp"
#include "app/lessons/lesson_timer.hpp"
#include "app/lessons/lesson_trace.hpp"
#include "app/model/compared_policy.hpp"
#include "app/slides/slide_painter.hpp"
#include "app/sources/scenario.hpp"

namespace mh {

class LessonDeck {
 public:
  /// Takes a lesson's text; file is what messages call it. Returns an empty text, or an error: then
  /// the lesson that was there stays.
  std::string open(std::string_view text, const std::string& file);
  /// The same from a file, which is read again whenever it changes: see reload_if_changed().
  std::string open_file(const std::filesystem::path& file);
  /// Reads and runs the file again if it was written since. True if anything changed; the step
  /// stays where it was as far as the lesson goes. An error is kept in error().
  bool reload_if_changed();
  [[nodiscard]] bool empty() const { return runs_.empty(); }
  [[nodiscard]] bool from_file() const { return !file_.empty(); }
  [[nodiscard]] const std::string& error() const { return error_; }

  /// The same operations under other policies, one below the other. None: the lesson itself again.
  /// An error if there is no lesson, or it cannot run so.
  std::string compare(const std::vector<ComparedPolicy>& policies);
  [[nodiscard]] bool comparing() const { return runs_.size() > 1; }
  /// What the script says is to be compared, else policies under which this lesson goes
  /// differently. Empty: it goes alike under all.
  [[nodiscard]] std::vector<ComparedPolicy> worth_comparing() const;
  /// The calls of each policy's run, for those who time them.
  [[nodiscard]] std::vector<LessonCalls> compared_calls() const;

  // Steps are counted as shown: with or without the details of explained operations.
  [[nodiscard]] std::size_t step() const { return shown_; }
  [[nodiscard]] std::size_t steps() const { return visible_.size(); }
  void go_to(std::size_t step);
  bool next();  ///< an open question is answered first. False: it was the last step
  bool back();
  void show_details(bool on);
  [[nodiscard]] bool details() const { return details_; }
  [[nodiscard]] bool has_details() const { return has_details_; }
  /// The step that the script called so: picture NAME.
  [[nodiscard]] std::optional<std::size_t> step_called(std::string_view picture) const;
  [[nodiscard]] std::vector<std::string> pictures() const;

  [[nodiscard]] bool asks() const;
  /// The audience chose a block, by the address of its header. The first wrong one can be mended.
  void answer(std::uint64_t block);
  void reveal();

  LessonLook look;
  /// The slide of the present step.
  [[nodiscard]] Slide slide();
  /// Where the heaps have room on each of the steps, with so many rows of a table added. None:
  /// there is too much to look at.
  [[nodiscard]] std::optional<SlideRoom> room(const SlideOptions& options, std::size_t rows);
  [[nodiscard]] const std::string& title() const { return title_; }
  /// What messages call the lesson: its file.
  [[nodiscard]] const std::string& name() const { return scenario_.file; }

 private:
  struct Run {
    std::string title;
    LessonTrace trace;
    std::unique_ptr<SlideMaker> maker;
  };

  [[nodiscard]] const LessonStep& current() const;
  static std::unique_ptr<Run> run(const Scenario& scenario, const ComparedPolicy* policy,
                                  unsigned slot);
  void take(std::vector<std::unique_ptr<Run>> runs);
  void list_visible();
  /// The block that answers the question exists already.
  [[nodiscard]] bool answer_is_there();
  [[nodiscard]] std::size_t step_of(const Run& run, std::size_t line) const;
  void add_comparison(Slide& slide);

  Scenario scenario_;
  std::filesystem::path file_;  ///< empty: the lesson came from inside the program
  std::filesystem::file_time_type written_{};
  std::string title_;
  std::string error_;
  std::vector<ComparedPolicy> policies_;
  std::vector<std::unique_ptr<Run>> runs_;
  std::vector<std::size_t> visible_;  ///< indices of steps
  std::size_t shown_ = 0;
  bool details_ = true;
  bool has_details_ = false;
  bool answered_ = false;
  bool tried_ = false;  ///< one wrong block was chosen
  std::string judgement_;
  /// Where the comparison began, to come back to.
  struct Place {
    std::size_t step = 0, compared_step = 0;
  };
  Place before_comparing_;
};

/// One line of a table: figures of a heap as of a step.
struct LessonFigures {
  std::uint64_t heap = 0, peak_heap = 0, requested = 0, peak_requested = 0;
  std::uint64_t free = 0, largest_free = 0;  ///< bytes
  std::uint64_t visited = 0;                 ///< free blocks that searches looked at
  std::uint64_t break_moves = 0;
};
[[nodiscard]] LessonFigures figures_at(const LessonTrace& trace, std::uint64_t position);

}  // namespace mh
