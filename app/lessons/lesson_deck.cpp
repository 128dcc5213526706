#include "app/lessons/lesson_deck.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <system_error>

#include "app/lessons/telling_policies.hpp"
#include "app/model/format.hpp"

namespace mh {
namespace {

constexpr const char* longest_judgement = "No: it will be memory that is not yet ours. ";

std::string percent(std::uint64_t part, std::uint64_t all) {
  if (all == 0) return "0.0 %";
  const std::uint64_t thousandths = part * 1000 / all;
  return std::to_string(thousandths / 10) + "." + std::to_string(thousandths % 10) + " %";
}

SlideRow row(const char* label, const std::vector<LessonFigures>& all,
             std::string (*cell)(const LessonFigures&)) {
  SlideRow made{label, {}, nullptr};
  for (const LessonFigures& figures : all) made.cells.push_back(cell(figures));
  return made;
}

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

/// What the engine did in a step: "visited 3, 1 split".
std::string doings_of(const LessonTrace& trace, const LessonStep& step) {
  HeapPicture picture = trace.first;
  for (std::uint64_t i = 0; i < step.begin; ++i) picture.apply(trace.events[i]);
  const std::uint64_t break_before = picture.program_break();
  std::uint64_t visits = 0, splits = 0, merges = 0, errors = 0;
  for (std::uint64_t i = step.begin; i < step.position; ++i) {
    const EventKind kind = trace.events[i].kind();
    visits += kind == EventKind::visit ? 1 : 0;
    splits += kind == EventKind::split ? 1 : 0;
    merges += kind == EventKind::coalesce ? 1 : 0;
    errors += kind == EventKind::error ? 1 : 0;
    picture.apply(trace.events[i]);
  }
  std::string words;
  const auto add = [&words](const std::string& word) {
    words += (words.empty() ? "" : ", ") + word;
  };
  if (errors > 0) add("refused");
  if (visits > 0) add(counted(visits, "visit"));
  if (splits > 0) add(counted(splits, "split"));
  if (merges > 0) add(counted(merges, "merge"));
  const std::uint64_t break_after = picture.program_break();
  if (break_after > break_before) add("break +" + format_count(break_after - break_before));
  if (break_after < break_before) add("break \u2212" + format_count(break_before - break_after));
  return words.empty() ? "nothing else" : words;
}

}  // namespace

LessonFigures figures_at(const LessonTrace& trace, std::uint64_t position) {
  LessonFigures figures;
  HeapPicture picture = trace.first;
  for (std::uint64_t i = 0; i < position; ++i) {
    const Event& event = trace.events[i];
    picture.apply(event);
    figures.visited += event.kind() == EventKind::visit ? 1 : 0;
    figures.break_moves += event.kind() == EventKind::break_moved ? 1 : 0;
    figures.peak_heap = std::max(figures.peak_heap, picture.totals().heap);
    figures.peak_requested = std::max(figures.peak_requested, picture.totals().requested);
  }
  figures.heap = picture.totals().heap;
  figures.requested = picture.totals().requested;
  figures.free = picture.totals().free;
  picture.for_each_free([&](const PictureBlock& block) {
    figures.largest_free = std::max(figures.largest_free, block.capacity());
    return true;
  });
  return figures;
}

std::unique_ptr<LessonDeck::Run> LessonDeck::run(const Scenario& scenario,
                                                 const ComparedPolicy* policy, unsigned slot) {
  auto made = std::make_unique<Run>();
  if (policy != nullptr) {
    made->title = policy->title;
    made->trace = run_lesson(scenario, policy->policy, slot);
  } else {
    made->trace = run_lesson(scenario);
  }
  made->maker = std::make_unique<SlideMaker>(made->trace);
  return made;
}

std::string LessonDeck::open(std::string_view text, const std::string& file) {
  try {
    Scenario scenario = parse_scenario(text, file);
    std::vector<std::unique_ptr<Run>> runs;
    runs.push_back(run(scenario, nullptr, 0));
    scenario_ = std::move(scenario);
    policies_.clear();
    take(std::move(runs));
    file_.clear();
    error_.clear();
    shown_ = 0;
  } catch (const std::exception& error) {
    error_ = error.what();
  }
  return error_;
}

std::string LessonDeck::open_file(const std::filesystem::path& file) {
  std::error_code code;
  const auto written = std::filesystem::last_write_time(file, code);
  try {
    Scenario scenario = load_scenario(file);
    std::vector<std::unique_ptr<Run>> runs;
    runs.push_back(run(scenario, nullptr, 0));
    scenario_ = std::move(scenario);
    policies_.clear();
    take(std::move(runs));
    error_.clear();
    shown_ = 0;
  } catch (const std::exception& error) {
    error_ = error.what();
  }
  file_ = file;
  written_ = written;
  return error_;
}

bool LessonDeck::reload_if_changed() {
  if (file_.empty()) return false;
  std::error_code code;
  const auto written = std::filesystem::last_write_time(file_, code);
  if (code || written == written_) return false;
  const std::size_t before = shown_;
  const std::filesystem::path file = file_;
  open_file(file);
  if (error_.empty()) go_to(before);
  return true;
}

std::string LessonDeck::compare(const std::vector<ComparedPolicy>& policies) {
  if (empty()) return "there is no lesson to compare";
  try {
    std::vector<std::unique_ptr<Run>> runs;
    runs.reserve(policies.size() + 1);
    unsigned slot = 0;
    for (const ComparedPolicy& policy : policies) runs.push_back(run(scenario_, &policy, slot++));
    if (runs.empty()) runs.push_back(run(scenario_, nullptr, 0));
    const std::size_t line = current().line;
    const std::size_t here = shown_;
    const bool compared = comparing();
    policies_ = policies;
    take(std::move(runs));
    if (compared && !comparing() && here == before_comparing_.compared_step) {
      go_to(before_comparing_.step);
      return {};
    }
    // The last of the steps that were reached by then.
    const std::size_t step = step_of(*runs_.front(), line);
    const auto behind = std::upper_bound(visible_.begin(), visible_.end(), step);
    go_to(static_cast<std::size_t>(std::max<std::ptrdiff_t>(behind - visible_.begin(), 1) - 1));
    if (!compared) before_comparing_.step = here;
    before_comparing_.compared_step = shown_;
    return {};
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::vector<LessonCalls> LessonDeck::compared_calls() const {
  std::vector<LessonCalls> all;
  for (const auto& run : runs_) all.push_back(calls_of(run->trace));
  return all;
}

void LessonDeck::take(std::vector<std::unique_ptr<Run>> runs) {
  runs_ = std::move(runs);
  title_ = runs_.front()->trace.title;
  list_visible();
  answered_ = false;
  tried_ = false;
  judgement_.clear();
}

/// Compared heaps go on together, a call at a time. What the lesson says and asks in between is of
/// its own policy, not of theirs.
void LessonDeck::list_visible() {
  const std::vector<LessonStep>& steps = runs_.front()->trace.steps;
  has_details_ =
      std::any_of(steps.begin(), steps.end(), [](const LessonStep& step) { return step.detail; });
  visible_.clear();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool calls = !steps[i].operation.empty() && steps[i].question.empty();
    const bool shown = comparing() ? calls && !steps[i].detail : details_ || !steps[i].detail;
    if (shown) visible_.push_back(i);
  }
  if (visible_.empty()) visible_.push_back(steps.size() - 1);
  shown_ = std::min(shown_, visible_.size() - 1);
}

const LessonStep& LessonDeck::current() const {
  return runs_.front()->trace.steps[visible_[shown_]];
}

void LessonDeck::go_to(std::size_t step) {
  if (empty()) return;
  shown_ = std::min(step, visible_.size() - 1);
  answered_ = false;
  tried_ = false;
  judgement_.clear();
}

bool LessonDeck::next() {
  if (empty()) return false;
  if (asks()) {
    reveal();
    return true;
  }
  if (shown_ + 1 >= visible_.size()) return false;
  go_to(shown_ + 1);
  return true;
}

bool LessonDeck::back() {
  if (empty() || shown_ == 0) return false;
  go_to(shown_ - 1);
  return true;
}

void LessonDeck::show_details(bool on) {
  if (empty() || on == details_) return;
  const std::size_t step = visible_[shown_];
  details_ = on;
  list_visible();
  const auto place = std::lower_bound(visible_.begin(), visible_.end(), step);
  go_to(static_cast<std::size_t>(place - visible_.begin()));
}

std::optional<std::size_t> LessonDeck::step_called(std::string_view picture) const {
  for (std::size_t i = 0; i < visible_.size(); ++i) {
    if (runs_.front()->trace.steps[visible_[i]].picture == picture) return i;
  }
  return std::nullopt;
}

std::vector<std::string> LessonDeck::pictures() const {
  std::vector<std::string> names;
  for (const std::size_t step : visible_) {
    const std::string& name = runs_.front()->trace.steps[step].picture;
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

bool LessonDeck::asks() const {
  return !empty() && !answered_ && !current().question.empty();
}

void LessonDeck::answer(std::uint64_t block) {
  if (!asks()) return;
  const bool right = block == current().answer;
  if (!right && !std::exchange(tried_, true)) {
    judgement_ = "Not this one: try once more. ";
    return;
  }
  const char* const wrong =
      answer_is_there() ? "No: look at the block that is marked. " : longest_judgement;
  judgement_ = right ? "Right. " : wrong;
  answered_ = true;
}

void LessonDeck::reveal() {
  if (!asks()) return;
  judgement_ = answer_is_there() ? "This one. " : "Memory that is not yet ours. ";
  answered_ = true;
}

bool LessonDeck::answer_is_there() {
  const SlideHeap heap = runs_.front()->maker->heap_at(visible_[shown_]);
  return std::any_of(heap.blocks.begin(), heap.blocks.end(),
                     [&](const SlideBlock& block) { return block.address == current().answer; });
}

std::size_t LessonDeck::step_of(const Run& run, std::size_t line) const {
  const std::vector<LessonStep>& steps = run.trace.steps;
  std::size_t found = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].detail && steps[i].line <= line) found = i;
  }
  return found;
}

Slide LessonDeck::slide() {
  LessonLook shown = look;
  shown.answered = answered_;
  if (comparing()) shown.code = false;
  Slide slide = runs_.front()->maker->make(visible_[shown_], shown);
  slide.step = "step " + std::to_string(shown_ + 1) + " of " + std::to_string(visible_.size());
  if (answered_ || tried_) slide.judgement = judgement_ + slide.question;
  if (comparing()) add_comparison(slide);
  return slide;
}

std::optional<SlideRoom> LessonDeck::room(const SlideOptions& options, std::size_t rows) {
  constexpr std::uint64_t most_work = 4'000'000;  // events to go through, about half a second
  if (empty()) return std::nullopt;
  std::uint64_t work = 0;
  for (const auto& run : runs_) work += run->trace.events.size() * visible_.size();
  if (work > most_work) return std::nullopt;
  const std::size_t here = shown_;
  std::optional<SlideRoom> all;
  for (shown_ = 0; shown_ < visible_.size(); ++shown_) {
    Slide shown = slide();
    // An answer takes more lines than its question.
    if (!shown.question.empty()) shown.judgement = longest_judgement + shown.question;
    shown.table.resize(shown.table.size() + rows);
    const SlideRoom room = room_on(shown, options);
    if (all) {
      all->join(room);
    } else {
      all = room;
    }
  }
  shown_ = here;
  return all;
}

std::vector<ComparedPolicy> LessonDeck::worth_comparing() const {
  std::vector<ComparedPolicy> policies;
  for (const Statement& statement : scenario_.statements) {
    const auto* const said = std::get_if<statement::Compare>(&statement.kind);
    if (said == nullptr) continue;
    policies.clear();
    for (const std::string& words : said->policies) policies.push_back(*parse_compared(words));
  }
  return policies.empty() ? telling_policies(scenario_) : policies;
}

void LessonDeck::add_comparison(Slide& slide) {
  const std::size_t line = current().line;
  slide.title = title_;
  slide.caption.clear();
  slide.heaps.clear();
  slide.visits.clear();
  slide.outcome.clear();
  slide.said.clear();  // by the first of them alone
  slide.alarm = false;
  std::vector<LessonFigures> all;
  SlideRow doings{"this step", {}, nullptr};
  for (const auto& run : runs_) {
    const std::size_t step = step_of(*run, line);
    SlideHeap heap = run->maker->heap_at(step);
    heap.title = run->title;
    slide.heaps.push_back(std::move(heap));
    slide.columns.push_back(run->title);
    all.push_back(figures_at(run->trace, run->trace.steps[step].position));
    doings.cells.push_back(doings_of(run->trace, run->trace.steps[step]));
  }
  slide.table = {
      std::move(doings),
      row("peak heap", all, [](const LessonFigures& f) { return format_bytes(f.peak_heap); }),
      row("utilisation: peak requested / peak heap", all,
          [](const LessonFigures& f) { return percent(f.peak_requested, f.peak_heap); }),
      row("free, and the largest free block", all,
          [](const LessonFigures& f) {
            return format_count(f.free) + " / " + format_count(f.largest_free);
          }),
      row("external fragmentation", all,
          [](const LessonFigures& f) { return percent(f.free - f.largest_free, f.free); }),
      row("blocks visited by searches", all,
          [](const LessonFigures& f) { return format_count(f.visited); })};
}

}  // namespace mh
