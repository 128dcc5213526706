#include "app/sources/scenario_runner.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "app/model/error_words.hpp"
#include "app/model/policy_words.hpp"
#include "core/events/clock.hpp"

namespace mh {
namespace {

namespace st = statement;

constexpr std::uint64_t frame_budget_ns = 8'000'000;
constexpr std::uint64_t drain_timeout_ns = 1'000'000'000;
constexpr std::uint64_t steps_timeout_ns = 2'000'000'000;

bool holds(std::uint64_t found, st::Comparison comparison, std::uint64_t number) {
  switch (comparison) {
    case st::Comparison::equal:
      return found == number;
    case st::Comparison::not_equal:
      return found != number;
    case st::Comparison::less:
      return found < number;
    case st::Comparison::greater:
      return found > number;
    case st::Comparison::at_most:
      return found <= number;
    case st::Comparison::at_least:
      return found >= number;
  }
  return false;
}

std::uint64_t value_of(st::Figure figure, const Lab& lab) {
  const mh_stats stats = lab.stats();
  switch (figure) {
    case st::Figure::used:
      return stats.requested;
    case st::Figure::free:
      return stats.free;
    case st::Figure::blocks:
      return stats.used_blocks;
    case st::Figure::heap:
      return stats.heap;
    case st::Figure::slots:
      return lab.pools().used_slots();
    case st::Figure::holes:
      return stats.free_blocks;
    case st::Figure::largest:
      return stats.largest_free;
    case st::Figure::headers:
      return stats.header;
    case st::Figure::padding:
      return stats.padding;
    case st::Figure::splits:
      return stats.splits;
    case st::Figure::merges:
      return stats.merges;
    case st::Figure::visited:
      return stats.visited;
    case st::Figure::moves:
      return stats.break_moves;
  }
  return 0;
}

/// Bytes.
std::uint64_t value_of(st::BlockPart part, const mh_block& block) {
  const std::size_t payload = block.size - block.header - block.front - block.guard;
  const std::size_t gap = block.guarded != 0 ? 0 : block.front;
  switch (part) {
    case st::BlockPart::size:
      return block.size;
    case st::BlockPart::header:
      return block.header;
    case st::BlockPart::payload:
      return payload;
    case st::BlockPart::requested:
      return block.requested;
    case st::BlockPart::padding:
      return payload - block.requested + gap;
    case st::BlockPart::guards:
      return block.guarded != 0 ? block.front + block.guard : 0;
  }
  return 0;
}

}  // namespace

struct ScenarioRunner::Execute {
  ScenarioRunner& run;

  void operator()(const st::Malloc& s) const {
    run.allocate(s.name, [&] { return run.lab_.hand_malloc(s.size, s.name); });
  }
  void operator()(const st::AlignedAlloc& s) const {
    run.allocate(s.name, [&] { return run.lab_.hand_aligned_alloc(s.alignment, s.size, s.name); });
  }
  void operator()(const st::Calloc& s) const {
    run.allocate(s.name, [&] { return run.lab_.hand_calloc(s.count, s.size, s.name); });
  }
  void operator()(const st::Realloc& s) const {
    const std::string& result = s.result.empty() ? s.name : s.result;
    if (run.is_null(s.name)) {
      run.allocate(result, [&] { return run.lab_.hand_malloc(s.size, result); });
      return;
    }
    run.needs_the_end();
    if (s.result != s.name) run.needs_a_new_name(s.result);
    const std::uint64_t block = run.own_block(s.name);
    run.take_result(result,
                    run.by_thread([&] { return run.lab_.hand_realloc(block, s.size, s.result); }));
  }
  void operator()(const st::Free& s) const {
    run.needs_the_end();
    if (run.is_null(s.name)) {
      run.check(run.by_thread([&] { return run.lab_.hand_free_null(); }), Say::always);
    } else if (run.lab_.pools().is_object(s.name)) {
      run.check(run.lab_.free_object(s.name));
    } else {
      const std::uint64_t block = run.own_block(s.name);
      run.check(run.by_thread([&] { return run.lab_.hand_free(block); }));
    }
  }

  void operator()(const st::MakePool& s) const {
    run.needs_the_end();
    run.check(run.lab_.make_pool(s.object_size, s.slots, s.name));
    run.remember_place(s.name);
  }
  void operator()(const st::PoolAlloc& s) const {
    run.needs_the_end();
    run.check(run.lab_.pool_alloc(s.pool, s.name));
    run.remember_place(s.name);
  }
  void operator()(const st::DestroyPool& s) const {
    run.needs_the_end();
    run.check(run.lab_.destroy_pool(s.name));
  }
  void operator()(const st::MakeMischief& s) const {
    run.needs_the_end();
    const std::uint64_t block = s.name.empty() ? 0 : run.own_block(s.name);
    run.check(run.lab_.make_mischief(s.mischief, block, s.amount), Say::always);
  }
  void operator()(const st::WriteAfterFree& s) const {
    run.needs_the_end();
    const mh_block& place = run.last_place(s.name);
    if (place.pool != 0) run.fail("expected a block, found that " + s.name + " was a pool's");
    const std::uint64_t pointer =
        reinterpret_cast<std::uintptr_t>(place.address) + place.header + place.front;
    if (run.lab_.block_called(s.name)) {
      run.fail("expected a block that was freed, found that " + s.name + " is in use");
    }
    run.check(run.lab_.write_through(pointer, s.name, s.bytes), Say::always);
  }
  void operator()(const st::Check&) const {
    const CheckResult result = run.lab_.check_now();
    if (result.error != MH_OK) run.found_.push_back(result.error);
    run.recorder_.look_again();
    run.catch_up();
    if (result.block != 0) run.stage_.select(result.block);
    run.stage_.say(in_words(result, run.lab_.name_of(result.block)), result.error != MH_OK);
  }

  void operator()(const st::StartWorkload& s) const {
    run.needs_the_end();
    run.lab_.start(s.workload);
    run.stage_.workload(s.workload);
  }
  void operator()(const st::SetPolicy& s) const {
    run.needs_the_end();
    const auto policy = parse_policy(s.words, run.lab_.policy());
    if (!policy) run.fail(policy.error);
    if (!run.lab_.set_policy(*policy))
      run.fail("expected an engine with switches, found one without");
  }
  void operator()(const st::ChooseEngine& s) const {
    run.needs_the_end();
    if (!run.lab_.choose_engine(s.fast ? Engine::fast : Engine::classic))
      run.fail("expected a lab whose engine can be chosen, found one without");
  }
  void operator()(const st::Explain& s) const { run.lab_.set_explaining(s.on); }
  void operator()(const st::AsThread& s) const { run.thread_ = s.number; }
  void operator()(const st::Together&) const {}  // for lessons
  void operator()(const st::WaitFor& s) const { run.wait_until_ns_ = monotonic_ns() + s.ns; }
  void operator()(const st::WaitDone&) const {
    if (!run.lab_.running()) return;
    if (run.lab_.workload()->operations == 0) {
      run.fail(
          "expected a workload that ends ('operations N'), found one that does not: 'wait done' "
          "would never end");
    }
    if (run.lab_.workload_paused() || (run.player_.live() && run.player_.paused())) {
      run.fail("expected a workload that runs, found a pause: 'wait done' would never end");
    }
    run.wait_for_workload_ = true;
  }
  void operator()(const st::Stop&) const { run.lab_.stop(); }
  void operator()(const st::Reset&) const {
    run.lab_.reset();
    run.recorder_.clear();
    run.player_.reset();
    run.lab_.tick();
    run.known_names_.clear();
    run.null_names_.clear();
    run.errors_from_ = 0;
    run.found_.clear();
  }

  void operator()(const st::Pause&) const { run.player_.pause(); }
  void operator()(const st::Resume&) const { run.player_.resume(); }
  void operator()(const st::Step& s) const {
    run.catch_up();
    if (run.player_.live() && s.calls > 0) {
      run.steps_done_at_ = run.lab_.operations_done() + static_cast<std::uint64_t>(s.calls);
      run.steps_until_ns_ = monotonic_ns() + steps_timeout_ns;
    }
    run.player_.step(s.calls);
  }
  void operator()(const st::Live&) const { run.player_.go_live(); }
  void operator()(const st::Seek& s) const {
    run.catch_up();
    run.player_.seek(s.position);
  }
  void operator()(const st::Speed& s) const { run.player_.set_speed(s.events_per_second); }

  void operator()(const st::Mark& s) const { run.lab_.mark(s.text); }
  // Headings, pointers and questions are for lessons; in the lab they say nothing.
  void operator()(const st::Title&) const {}
  void operator()(const st::Slide&) const {}
  void operator()(const st::Compare&) const {}
  void operator()(const st::Point& s) const { run.last_place(s.name); }
  void operator()(const st::Ask& s) const {
    if (!s.answer.empty()) run.last_place(s.answer);
  }
  void operator()(const st::Caption& s) const { run.stage_.caption(s.text); }
  void operator()(const st::Select& s) const {
    run.catch_up();
    run.stage_.select(run.block_or_hole(s.name));
  }
  void operator()(const st::ZoomBlock& s) const {
    run.catch_up();
    run.stage_.zoom_to(run.block_or_hole(s.name));
  }
  void operator()(const st::ZoomFit&) const {
    run.catch_up();
    run.stage_.zoom_fit();
  }
  void operator()(const st::ZoomBy& s) const { run.stage_.zoom_by(s.factor); }
  void operator()(const st::Colour& s) const { run.stage_.colour_by(s.colour_by); }
  void operator()(const st::SetTheme& s) const { run.stage_.theme(s.theme); }
  void operator()(const st::Picture& s) const {
    run.catch_up();
    if (const std::string error = run.stage_.picture(s.file); !error.empty()) {
      run.fail("expected a picture in " + s.file + ", found that " + error);
    }
  }

  void operator()(const st::ExpectFigure& s) const {
    if (s.figure == st::Figure::visited && run.lab_.engine() == Engine::fast) {
      return run.fail(
          "the fast engine does not count what is visited: it finds a free block in its bins, "
          "without a search");
    }
    const std::uint64_t found = value_of(s.figure, run.lab_);
    if (holds(found, s.comparison, s.number)) return;
    run.fail("expected " + std::string(figure_name(s.figure)) + " " +
             comparison_sign(s.comparison) + " " + std::to_string(s.number) + ", found " +
             std::to_string(found));
  }
  void operator()(const st::ExpectBlock& s) const {
    run.last_place(s.name);
    const bool live = run.lab_.block_called(s.name) || run.lab_.pools().block_called(s.name);
    if (live == s.live) return;
    run.fail("expected " + s.name + (s.live ? " live, found it free" : " free, found it live"));
  }
  void operator()(const st::ExpectNull& s) const {
    run.needs_known(s.name);
    if (run.is_null(s.name)) return;
    run.fail("expected that " + s.name + " is NULL, found that it is a block");
  }
  void operator()(const st::ExpectInside& s) const {
    const mh_block& inner = run.last_place(s.name);
    const mh_block& outer = run.last_place(s.outer);
    const auto begin = reinterpret_cast<std::uintptr_t>(outer.address);
    const auto at = reinterpret_cast<std::uintptr_t>(inner.address);
    if (at >= begin && at + inner.size <= begin + outer.size) return;
    const long long apart = static_cast<long long>(at) - static_cast<long long>(begin);
    run.fail("expected " + s.name + " in " + s.outer + ", found it " + std::to_string(apart) +
             " bytes from where " + s.outer + " began");
  }
  void operator()(const st::ExpectSetAside& s) const {
    const auto block = reinterpret_cast<std::uintptr_t>(run.last_place(s.name).address);
    mh_block seen{};
    const bool there = run.lab_.block_at(block, seen);
    if (there && seen.set_aside != 0) return;
    run.fail("expected " + s.name + " set aside, found it " +
             (!there           ? "gone"
              : seen.used != 0 ? "in use"
                               : "free"));
  }
  void operator()(const st::ExpectError& s) const { run.expect_error(s.error); }
  void operator()(const st::ExpectPlace& s) const {
    const void* const at = run.last_place(s.name).address;
    const void* const other = run.last_place(s.other).address;
    if ((at == other) == s.same) return;
    run.fail("expected " + s.name + (s.same ? " at " : " not at ") + s.other + ", found it " +
             (s.same ? "elsewhere" : "there"));
  }
  void operator()(const st::ExpectPart& s) const { run.expect_part(s); }
  void operator()(const st::ExpectAligned& s) const {
    const mh_block& block = run.last_place(s.name);
    const auto payload =
        reinterpret_cast<std::uintptr_t>(block.address) + block.header + block.front;
    if (payload % s.alignment == 0) return;
    run.fail("expected " + s.name + " aligned to " + std::to_string(s.alignment) +
             ", found its payload " + std::to_string(payload % s.alignment) +
             " bytes behind such an address");
  }
  void operator()(const st::ExpectFailure& s) const { run.expect_failure(s); }
};

ScenarioRunner::ScenarioRunner(Scenario scenario, Lab& lab, Player& player, Recorder& recorder,
                               Stage& stage)
    : scenario_(std::move(scenario)),
      lab_(lab),
      player_(player),
      recorder_(recorder),
      stage_(stage),
      errors_from_(recorder.end()) {}

bool ScenarioRunner::advance() {
  const std::uint64_t start = monotonic_ns();
  while (!failed() && !finished_) {
    if (waiting() || monotonic_ns() - start > frame_budget_ns) return true;
    stop_waiting();
    if (next_ == scenario_.statements.size()) {
      finished_ = true;
      break;
    }
    try {
      const Statement& statement = scenario_.statements[next_];
      if (observer_ != nullptr) observer_->before(statement);
      std::visit(Execute{*this}, statement.kind);
      if (observer_ != nullptr) observer_->after(statement);
      ++next_;
    } catch (const ScenarioError& error) {
      error_ = error.what();
    } catch (const std::exception& error) {
      error_ = ScenarioError(scenario_.file, scenario_.statements[next_].line, error.what()).what();
    }
  }
  return false;
}

bool ScenarioRunner::waiting() const {
  const std::uint64_t now = monotonic_ns();
  return stage_.busy() || now < wait_until_ns_ || (wait_for_workload_ && lab_.running()) ||
         (now < steps_until_ns_ && lab_.running() && lab_.operations_done() < steps_done_at_);
}

void ScenarioRunner::stop_waiting() {
  wait_until_ns_ = 0;
  steps_until_ns_ = 0;
  wait_for_workload_ = false;
}

Lab::Outcome ScenarioRunner::by_thread(const std::function<Lab::Outcome()>& call) {
  return lab_.by_thread(thread_, call);
}

/// A call that gives this name to what it returns.
void ScenarioRunner::allocate(const std::string& name, const std::function<Lab::Outcome()>& call) {
  needs_the_end();
  needs_a_new_name(name);
  take_result(name, by_thread(call));
}

/// What a call returned has that name from now on.
void ScenarioRunner::take_result(const std::string& name, const Lab::Outcome& outcome) {
  check(outcome, outcome.null ? Say::always : Say::errors);
  known_names_.insert(name);
  if (outcome.null) {
    null_names_.insert(name);
  } else {
    remember_place(name);
  }
}

bool ScenarioRunner::is_null(const std::string& name) const {
  return name == null_name || null_names_.contains(name);
}

/// The block of that name or, if it is free, the free block that lies there now.
std::uint64_t ScenarioRunner::block_or_hole(const std::string& name) const {
  if (const auto address = lab_.block_called(name)) return *address;
  if (const auto address = lab_.pools().block_called(name)) return *address;
  mh_block seen{};
  if (lab_.block_at(reinterpret_cast<std::uintptr_t>(last_place(name).address), seen)) {
    return reinterpret_cast<std::uintptr_t>(seen.address);
  }
  fail("expected a block, found that the break moved back over where " + name + " was");
}

std::uint64_t ScenarioRunner::block(const std::string& name) const {
  if (const auto address = lab_.block_called(name)) return *address;
  if (const auto address = lab_.pools().block_called(name)) return *address;
  last_place(name);
  fail("expected a block in use, found that " + name + " is free");
}

/// The block of that name as it was last in use.
const mh_block& ScenarioRunner::last_place(const std::string& name) const {
  needs_known(name);
  if (is_null(name)) fail("expected a block, found that " + name + " is NULL");
  return last_place_.at(name);
}

void ScenarioRunner::expect_error(mh_error expected) {
  catch_up();
  std::vector<mh_error> errors = std::exchange(found_, {});
  {
    const Recorder::Reading reading = recorder_.read();
    for (const LoggedError& error : reading.errors().entries()) {
      if (error.event >= errors_from_) errors.push_back(error.error);
    }
    errors_from_ = reading.log().end();
  }
  if (expected == MH_OK ? errors.empty()
                        : std::find(errors.begin(), errors.end(), expected) != errors.end()) {
    return;
  }
  fail("expected " + (expected == MH_OK ? std::string("no error") : error_word(expected)) +
       ", found " + (errors.empty() ? "no error" : error_word(errors.back())));
}

void ScenarioRunner::expect_failure(const st::ExpectFailure& call) {
  needs_the_end();
  const auto made = [&]() -> Lab::Outcome {
    switch (call.call) {
      case st::ExpectFailure::Call::malloc:
        return lab_.hand_malloc(call.size);
      case st::ExpectFailure::Call::calloc:
        return lab_.hand_calloc(call.count, call.size);
      case st::ExpectFailure::Call::realloc:
        return lab_.hand_realloc(own_block(call.name), call.size, call.name);
      case st::ExpectFailure::Call::aligned_alloc:
        return lab_.hand_aligned_alloc(call.count, call.size);
    }
    return {};
  };
  const Lab::Outcome outcome = made();
  if (outcome.error.empty() && !outcome.null)
    fail("expected the call to fail, found that it worked: " + outcome.text);
  stage_.say(outcome.null ? outcome.text : outcome.error, !outcome.null);
}

void ScenarioRunner::expect_part(const st::ExpectPart& expected) const {
  const std::uint64_t found = value_of(expected.part, last_place(expected.name));
  if (holds(found, expected.comparison, expected.number)) return;
  fail("expected " + expected.name + " " + part_name(expected.part) + " " +
       comparison_sign(expected.comparison) + " " + std::to_string(expected.number) + ", found " +
       std::to_string(found));
}

std::uint64_t ScenarioRunner::own_block(const std::string& name) const {
  if (lab_.pools().is_pool(name)) {
    fail("expected a block, found that " + name + " is a pool: 'destroy " + name + "' ends it");
  }
  if (lab_.pools().is_object(name)) {
    fail("expected a block, found that " + name + " is an object of a pool");
  }
  return block(name);
}

void ScenarioRunner::needs_a_new_name(const std::string& name) const {
  if (lab_.pools().block_called(name)) {
    fail("expected a new name, found that " + name + " is in use: free it first");
  }
}

/// The heap can be changed now, not in the past.
void ScenarioRunner::needs_the_end() const {
  if (!player_.live()) {
    fail("expected the playhead at the end, found it in the past: write 'live' before this line");
  }
}

void ScenarioRunner::check(const Lab::Outcome& outcome, Say say) const {
  if (!outcome.error.empty()) fail("expected it to work, found: " + outcome.error);
  if (outcome.noticed || say == Say::always) {
    stage_.say(outcome.text, outcome.noticed);
    recorder_.look_again();
  }
}

void ScenarioRunner::needs_known(const std::string& name) const {
  if (known_names_.contains(name)) return;
  fail("expected the name of a block, found '" + name + "', which nothing was called so far");
}

void ScenarioRunner::remember_place(const std::string& name) {
  known_names_.insert(name);
  null_names_.erase(name);
  mh_block place{};
  auto address = lab_.block_called(name);
  if (!address) address = lab_.pools().block_called(name);
  if (address && lab_.block_at(*address, place)) last_place_[name] = place;
}

/// What was done so far is in the log, and the player at its end if it is live.
void ScenarioRunner::catch_up() {
  recorder_.drain(drain_timeout_ns);
  player_.advance(0);
}

void ScenarioRunner::fail(const std::string& what) const {
  throw ScenarioError(scenario_.file, scenario_.statements[next_].line, what);
}

}  // namespace mh
