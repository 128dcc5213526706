#include "app/lessons/lesson_trace.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "app/lessons/event_words.hpp"
#include "app/model/format.hpp"
#include "app/model/heap_picture.hpp"
#include "app/model/player.hpp"
#include "app/model/recorder.hpp"
#include "app/sources/lab.hpp"
#include "app/sources/scenario_runner.hpp"
#include "app/sources/stage.hpp"
#include "core/heap/break/program_break.hpp"
#include "core/heap/classic/classic_heap.hpp"

namespace mh {
namespace {

namespace st = statement;

constexpr std::uintptr_t lesson_address = 0x5500'0000'0000;
constexpr std::size_t lesson_capacity = std::size_t{1} << 30;
constexpr std::uint64_t drain_timeout_ns = 2'000'000'000;
/// A lesson is looked at step by step; what makes more is a workload for the lab.
constexpr std::uint64_t most_events = 2'000'000;

/// A lesson has no window while it runs: what a script asks of one is kept in the steps instead.
class NoStage final : public Stage {
 public:
  void caption(std::string_view) override {}
  void say(const std::string& text, bool error) override { said_ = {text, error}; }
  void select(std::uint64_t) override {}
  void zoom_to(std::uint64_t) override {}
  void zoom_fit() override {}
  void zoom_by(double) override {}
  void colour_by(ColourBy) override {}
  void theme(ThemeKind) override {}
  std::string picture(const std::string&) override { return {}; }

  struct Said {
    std::string text;
    bool error = false;
  };
  /// What was said last, once.
  Said take_said() { return std::exchange(said_, {}); }

 private:
  Said said_;
};

/// Turns statements and the events that they caused into steps.
class StepWriter final : public ScenarioRunner::Observer {
 public:
  /// file: what messages call the script.
  StepWriter(std::string_view file, Lab& lab, Recorder& recorder, NoStage& stage,
             LessonTrace& trace)
      : file_(file), lab_(lab), recorder_(recorder), stage_(stage), trace_(trace) {
    recorder.drain(drain_timeout_ns);
    trace.first = recorder.read().keyframe(0).second;
    picture_ = trace.first;
  }

  /// What a workload did since the last statement belongs to that statement's step.
  void before(const Statement& statement) override {
    if (const auto* mistake = std::get_if<st::MakeMischief>(&statement.kind)) scribble(*mistake);
    const std::uint64_t end = take_events();
    if (!trace_.steps.empty() && end > trace_.steps.back().position) {
      trace_.steps.back().position = end;
    }
  }

  void after(const Statement& statement) override {
    const std::uint64_t begin = seen_;
    const std::uint64_t end = take_events();
    statement_ = &statement;
    std::visit([this](const auto& s) { note(s); }, statement.kind);
    const std::string operation = operation_words(statement);
    // Where a lesson begins, the policy is what is there, not what happens.
    const bool sets_up =
        trace_.steps.empty() && std::holds_alternative<st::SetPolicy>(statement.kind);
    if (!operation.empty() && !sets_up) add_operation(by_whom_ + operation, begin, end);
  }

  /// Everything is in the trace.
  void finish() {
    expect_answer();
    if (together_) {
      throw ScenarioError(file_, together_line_,
                          "expected 'together off' further down, found the end of the script");
    }
    const std::uint64_t end = take_events();
    if (trace_.steps.empty()) add_step(end);
    trace_.steps.back().position = end;
  }

 private:
  LessonStep& add_step(std::uint64_t position) {
    LessonStep step;
    step.position = position;
    step.begin = position;
    step.line = statement_ != nullptr ? statement_->line : 1;
    step.title = slide_title_;
    step.mark = mark_;
    step.scribbles = scribbles_;
    trace_.steps.push_back(std::move(step));
    captioned_ = false;
    return trace_.steps.back();
  }
  LessonStep& last_step() { return trace_.steps.empty() ? add_step(seen_) : trace_.steps.back(); }

  void note(const st::Title& s) { trace_.title = s.text; }
  void note(const st::Slide& s) { slide_title_ = s.text; }
  void note(const st::Caption& s) {
    LessonStep& step = captioned_ || trace_.steps.empty() ? add_step(seen_) : last_step();
    step.caption = s.text;
    if (step.title.empty() || step.begin == step.position) step.title = slide_title_;
    captioned_ = true;
  }
  void note(const st::Point& s) {
    const auto object = lab_.pools().object_called(s.name);
    last_step().pointers[object ? *object : address_of(s.name)] = s.text;
  }
  void note(const st::Ask& s) {
    expect_answer();
    LessonStep& step = add_step(seen_);
    step.question = s.text;
    step.answer = s.answer.empty() ? 0 : address_of(s.answer);
    captioned_ = true;
    open_question_ = s.answer.empty() ? trace_.steps.size() : 0;
  }
  void note(const st::Mark& s) { mark_ = s.text; }
  void note(const st::AsThread& s) {
    by_whom_ = s.number == 0 ? "" : "thread " + std::to_string(s.number) + ": ";
  }
  void note(const st::Together& s) {
    together_ = s.on;
    together_line_ = statement_->line;
    gathered_ = 0;
  }
  void note(const st::WriteAfterFree& s) {
    const auto payload = last_payload_.find(s.name);
    if (payload != last_payload_.end()) scribbles_.push_back({payload->second, s.bytes});
  }
  void note(const st::Check&) {
    const CheckResult result = lab_.check_now();
    std::string name = lab_.name_of(result.block);
    for (const auto& [known, address] : last_address_) {
      if (name.empty() && address == result.block) name = known;
    }
    stage_.say(finding_in_words(result, name) + ".", result.error != MH_OK);
  }
  void note(const st::Picture& s) {
    for (const LessonStep& step : trace_.steps) {
      if (step.picture != s.file) continue;
      throw std::runtime_error("expected a new name, found '" + s.file +
                               "', which another picture has");
    }
    last_step().picture = s.file;
  }
  template <typename Other>
  void note(const Other&) {}

  void note(const st::PoolAlloc& s) {
    for (std::uint64_t i = seen_; i > 0; --i) {
      if (trace_.events[i - 1].kind() != EventKind::slot_alloc) continue;
      trace_.slot_names[i - 1] = s.name;
      return;
    }
  }

  std::uint64_t address_of(const std::string& name) {
    if (const auto live = lab_.block_called(name)) return *live;
    if (const auto live = lab_.pools().block_called(name)) return *live;
    const auto known = last_address_.find(name);
    return known == last_address_.end() ? 0 : known->second;
  }

  void add_operation(const std::string& operation, std::uint64_t begin, std::uint64_t end) {
    if (lab_.explaining() && !together_) add_details(operation, begin, end);
    const bool goes_on = together_ && gathered_++ > 0;
    LessonStep& step = goes_on ? trace_.steps.back() : add_step(end);
    if (!goes_on) step.begin = begin;
    step.position = end;
    step.operation += (goes_on ? "\n" : "") + operation;
    const NoStage::Said said = stage_.take_said();
    step.said = without_call(said.text);
    step.scribbles = scribbles_;
    step.alarm = said.error;
    if (said.error) scribbles_.clear();  // noticed
    for (std::uint64_t i = begin; i < end; ++i) take_note_of(trace_.events[i]);
  }

  /// The call itself stands above what is said of it.
  [[nodiscard]] std::string without_call(const std::string& said) const {
    const std::string call = operation_words(*statement_);
    if (!said.starts_with(call + ". ") && !said.starts_with(call + " ")) return said;
    std::string rest = said.substr(said.find(' ', call.size()) + 1);
    if (!rest.empty()) rest.front() = static_cast<char>(std::toupper(rest.front()));
    return rest;
  }

  /// Names, and the block that answers the open question.
  void take_note_of(const Event& event) {
    if (event.kind() == EventKind::label) {
      const std::string name = unpack_name(event.size);
      last_address_[name] = event.address;
      mh_block block{};
      if (lab_.block_at(event.address, block)) {
        last_payload_[name] = event.address + block.header + block.front;
      }
    }
    if (event.kind() != EventKind::alloc || open_question_ == 0) return;
    trace_.steps[open_question_ - 1].answer = event.address;
    open_question_ = 0;
  }

  /// Nobody could answer a question that no block was found for.
  void expect_answer() const {
    if (open_question_ == 0) return;
    throw ScenarioError(file_, trace_.steps[open_question_ - 1].line,
                        "expected a call behind the question that gets a block, or the block's "
                        "name in this line, found neither");
  }

  /// Which bytes a mistake is about to write over.
  void scribble(const st::MakeMischief& mistake) {
    const auto at = lab_.block_called(mistake.name);
    mh_block block{};
    if (!at || !lab_.block_at(*at, block)) return;
    const std::uint64_t payload = *at + block.header + block.front;
    if (mistake.mischief == Mischief::overflow) {
      scribbles_.push_back({payload + block.requested, mistake.amount});
    } else if (mistake.mischief == Mischief::underflow) {
      scribbles_.push_back({payload - mistake.amount, mistake.amount});
    } else if (mistake.mischief == Mischief::smash_header) {
      scribbles_.push_back({*at, block.header});
    }
  }

  void add_details(const std::string& operation, std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t i = begin; i < end; ++i) {
      const Event& event = trace_.events[i];
      follow_to(i);
      const std::uint64_t break_before = picture_.program_break();
      picture_.apply(event);
      const std::string words = event_words(event, {picture_, names_, break_before});
      names_.apply(event, picture_, i);
      applied_ = i + 1;
      if (!is_step(event.kind())) continue;
      LessonStep& step = add_step(i + 1);
      step.begin = begin;
      step.detail = true;
      step.operation = operation;
      step.caption = words;
    }
  }

  /// Picture and names as they were before an event.
  void follow_to(std::uint64_t event) {
    for (; applied_ < event; ++applied_) {
      picture_.apply(trace_.events[applied_]);
      names_.apply(trace_.events[applied_], picture_, applied_);
    }
  }

  /// Copies what is new in the log. Returns the number of events so far.
  std::uint64_t take_events() {
    if (!recorder_.drain(drain_timeout_ns)) throw std::runtime_error("the event log is stuck");
    const Recorder::Reading reading = recorder_.read();
    const EventLog& log = reading.log();
    if (log.begin() > seen_ || log.end() > most_events) {
      throw std::runtime_error("expected a lesson of at most 2 000 000 events, found more");
    }
    for (; seen_ < log.end(); ++seen_) trace_.events.push_back(log.at(seen_));
    return seen_;
  }

  std::string_view file_;
  Lab& lab_;
  Recorder& recorder_;
  NoStage& stage_;
  LessonTrace& trace_;
  const Statement* statement_ = nullptr;
  std::uint64_t seen_ = 0;
  std::string slide_title_;
  std::string by_whom_;  ///< "thread 2: "
  std::string mark_;
  bool together_ = false;
  std::size_t together_line_ = 0;  ///< of the last statement that said so
  std::size_t gathered_ = 0;       ///< operations since `together on`
  bool captioned_ = false;         ///< the last step has the caption that the script gave it
  std::size_t open_question_ = 0;  ///< 1 + index of the step that waits for the next block
  std::map<std::string, std::uint64_t> last_address_, last_payload_;
  std::vector<Scribble> scribbles_;  ///< that nobody has noticed
  HeapPicture picture_;              ///< at applied_
  BlockNames names_;                 ///< the same
  std::uint64_t applied_ = 0;
};

std::string bytes(std::uint64_t count) {
  return std::to_string(count) + (count == 1 ? " byte" : " bytes");
}

struct OperationWords {
  std::string operator()(const st::Malloc& s) const {
    return s.name + " = malloc(" + std::to_string(s.size) + ")";
  }
  std::string operator()(const st::AlignedAlloc& s) const {
    return s.name + " = aligned_alloc(" + std::to_string(s.alignment) + ", " +
           std::to_string(s.size) + ")";
  }
  std::string operator()(const st::Calloc& s) const {
    return s.name + " = calloc(" + std::to_string(s.count) + ", " + std::to_string(s.size) + ")";
  }
  std::string operator()(const st::Realloc& s) const {
    return (s.result.empty() ? s.name : s.result) + " = realloc(" + s.name + ", " +
           std::to_string(s.size) + ")";
  }
  std::string operator()(const st::Free& s) const { return "free(" + s.name + ")"; }
  std::string operator()(const st::MakeMischief& s) const {
    switch (s.mischief) {
      case Mischief::overflow:
        return "write " + bytes(s.amount) + " past the end of " + s.name;
      case Mischief::underflow:
        return "write " + bytes(s.amount) + " before the start of " + s.name;
      case Mischief::smash_header:
        return "overwrite the header of " + s.name;
      case Mischief::double_free:
        return "free(" + s.name + ")\nfree(" + s.name + ")";
      case Mischief::interior_free:
      case Mischief::misaligned_free:
        return "free(" + s.name + " + " + std::to_string(s.amount) + ")";
      default:
        return mischief_kinds()[static_cast<std::size_t>(s.mischief)].word;
    }
  }
  std::string operator()(const st::WriteAfterFree& s) const {
    return "write " + bytes(s.bytes) + " through " + s.name;
  }
  std::string operator()(const st::MakePool& s) const {
    return s.name + " = pool(" + std::to_string(s.object_size) + ")";
  }
  std::string operator()(const st::PoolAlloc& s) const {
    return s.name + " = pool_alloc(" + s.pool + ")";
  }
  std::string operator()(const st::DestroyPool& s) const { return "destroy(" + s.name + ")"; }
  std::string operator()(const st::SetPolicy& s) const { return "policy: " + s.words; }
  std::string operator()(const st::StartWorkload& s) const {
    return std::string(pattern_title(s.workload.pattern)) + ", " +
           std::to_string(s.workload.threads) + (s.workload.threads == 1 ? " thread" : " threads");
  }
  std::string operator()(const st::Check&) const { return "mh_check()"; }
  std::string operator()(const st::Mark& s) const { return "mh_mark(\"" + s.text + "\")"; }
  std::string operator()(const st::ExpectFailure& s) const {
    const std::string size = std::to_string(s.size) + ")";
    switch (s.call) {
      case st::ExpectFailure::Call::malloc:
        return "malloc(" + size;
      case st::ExpectFailure::Call::calloc:
        return "calloc(" + std::to_string(s.count) + ", " + size;
      case st::ExpectFailure::Call::realloc:
        return "realloc(" + s.name + ", " + size;
      case st::ExpectFailure::Call::aligned_alloc:
        return "aligned_alloc(" + std::to_string(s.count) + ", " + size;
    }
    return {};
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

/// Under another policy blocks lie elsewhere than the script expects, and every search is to be
/// counted.
Scenario without_policies(const Scenario& scenario) {
  Scenario kept{scenario.file, {}};
  for (const Statement& statement : scenario.statements) {
    const bool dropped = std::visit(
        [](const auto& s) {
          using Kind = std::decay_t<decltype(s)>;
          return std::is_same_v<Kind, st::SetPolicy> || std::is_same_v<Kind, st::ChooseEngine> ||
                 std::is_same_v<Kind, st::Explain> || std::is_same_v<Kind, st::ExpectFigure> ||
                 std::is_same_v<Kind, st::ExpectBlock> || std::is_same_v<Kind, st::ExpectNull> ||
                 std::is_same_v<Kind, st::ExpectInside> || std::is_same_v<Kind, st::ExpectPlace> ||
                 std::is_same_v<Kind, st::ExpectPart> || std::is_same_v<Kind, st::ExpectAligned>;
        },
        statement.kind);
    if (!dropped) kept.statements.push_back(statement);
  }
  return kept;
}

/// "Lesson 8 \u00b7 Placement policies" of 08-placement.mh; the title alone if the file has no
/// number.
std::string subtitle_of(const std::string& file, const std::string& title) {
  const std::string name = std::filesystem::path(file).filename().string();
  const std::size_t digits = std::min(name.find_first_not_of("0123456789"), name.size());
  if (digits == 0 || digits > 3) return title;
  return "Lesson " + std::to_string(std::stoi(name.substr(0, digits))) + " \u00b7 " + title;
}

}  // namespace

std::string operation_words(const Statement& statement) {
  return std::visit(OperationWords{}, statement.kind);
}

LessonTrace run_lesson(const Scenario& scenario, const std::optional<mh_policy>& policy,
                       unsigned slot) {
  ReservedBreak memory(lesson_capacity, lesson_address + slot * 2 * lesson_capacity);
  ClassicHeap classic(memory, &heap_directory());
  EngineHeap heap(classic, memory);
  Lab lab(heap);
  lab.set_in_turns(true);  // the same pictures every time
  if (policy) {
    lab.set_policy(*policy);
    lab.set_explaining(true);  // so that visits can be counted
  }
  Recorder recorder(lab, Recorder::Options{});
  Player player(recorder);
  NoStage stage;
  LessonTrace trace;
  StepWriter writer(scenario.file, lab, recorder, stage, trace);
  ScenarioRunner runner(policy ? without_policies(scenario) : scenario, lab, player, recorder,
                        stage);
  runner.set_observer(&writer);
  while (runner.advance()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (runner.failed()) {
    const std::size_t step = std::max<std::size_t>(trace.steps.size(), 1);
    throw std::runtime_error(runner.error() + ", at step " + std::to_string(step));
  }
  lab.stop();
  writer.finish();
  trace.subtitle = subtitle_of(scenario.file, trace.title);
  trace.stats = lab.stats();
  trace.policy = lab.policy();
  return trace;
}

}  // namespace mh
