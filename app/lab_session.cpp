#include "app/lab_session.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "app/model/policy_words.hpp"

namespace mh {

namespace {

EngineHeap& with_policy(EngineHeap& heap, const mh_policy& policy) {
  heap.set_policy(policy);
  return heap;
}

}  // namespace

LabSession::LabSession(EngineHeap& heap, const StudioState& state, std::size_t log_bytes,
                       const mh_policy& policy)
    : lab_(with_policy(heap, policy)),
      recorder_(lab_, Recorder::Options{.log_bytes = log_bytes}),
      player_(recorder_),
      studio_(lab_, recorder_, player_, state) {
  player_.set_gate(&lab_);
}

LabSession::~LabSession() {
  lab_.stop();
  player_.set_gate(nullptr);
}

void LabSession::run(Scenario script) {
  runner_.emplace(std::move(script), lab_, player_, recorder_, studio_);
}

bool LabSession::advance_script() {
  return runner_ && !runner_->failed() && !runner_->finished() && runner_->advance();
}

const std::string& LabSession::script_error() const {
  return runner_ ? runner_->error() : no_error_;
}

std::optional<Scenario> read_script(const std::string& file) {
  try {
    return load_scenario(file);
  } catch (const std::runtime_error& error) {
    std::fprintf(stderr, "microheap: %s\n", error.what());
    return std::nullopt;
  }
}

StudioState initial_state(const Settings& settings, const LookOptions& look,
                          const std::optional<Workload>& workload) {
  StudioState state;
  state.theme = look.theme.value_or(settings.theme);
  state.colour_by = settings.colour_by;
  state.motion = settings.motion;
  state.more_switches = settings.more_switches;
  state.tour_seen = settings.tour_seen;
  state.ui_scale = static_cast<float>(look.scale.value_or(settings.ui_scale));
  state.workload = workload ? *workload : settings.workload.value_or(Workload{});
  return state;
}

mh_policy initial_policy(const Settings& settings, const std::string& words, bool scripted) {
  mh_policy policy = default_policy();
  if (!scripted) policy = parse_policy(settings.policy, policy).value.value_or(policy);
  return words.empty() ? policy : parse_policy(words, policy).value.value_or(policy);
}

std::string new_picture_name(const std::string& directory, const std::string& ending) {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  localtime_r(&now, &parts);
  std::array<char, 64> stamp{};
  std::strftime(stamp.data(), stamp.size(), "microheap-%Y%m%d-%H%M%S", &parts);
  const std::filesystem::path base = std::filesystem::path(directory) / stamp.data();
  std::string name = base.string() + ending;
  for (int number = 2; std::filesystem::exists(name); ++number)
    name = base.string() + "-" + std::to_string(number) + ending;
  return name;
}

double thread_cpu_ms() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

}  // namespace mh
