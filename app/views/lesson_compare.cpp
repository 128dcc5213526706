// A lesson under several policies, side by side, with how long each takes.

#include <algorithm>

#include "app/model/format.hpp"
#include "app/views/lesson_view.hpp"

namespace mh {
namespace {

constexpr std::size_t most_compared = 4;

constexpr GlossaryTerm time_term{
    "time",
    "How long the allocator takes here for every malloc, realloc and free of the whole lesson, one "
    "after the other (calloc counts as malloc): they are run again and again on an empty heap with "
    "this policy, without explaining, and this is the median. Moves of the break are in it; "
    "mistakes and the objects of pools are left out. It differs from machine to machine."};

}  // namespace

void LessonView::toggle_comparison() {
  if (deck_.comparing()) return compare({});
  const std::vector<ComparedPolicy> policies = compared_policies();
  if (!policies.empty()) return compare(policies);
  requests_.message =
      "This lesson goes alike under every policy. \"...\" compares those that you choose.";
}

/// Those that were chosen in the menu, else those of the lesson.
std::vector<ComparedPolicy> LessonView::compared_policies() const {
  if (!compared_) return deck_.worth_comparing();
  std::vector<ComparedPolicy> policies;
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  // In the order in which presets are listed everywhere.
  for (const mh_preset* preset = presets; preset != presets + count; ++preset) {
    if (compared_->contains(preset->name))
      policies.push_back({preset->title, preset->policy, preset->name});
  }
  return policies;
}

void LessonView::compare(const std::vector<ComparedPolicy>& policies) {
  compared_count_ = policies.size();
  if (const std::string error = deck_.compare(policies); !error.empty()) {
    requests_.message = error;
    requests_.error = true;
    return;
  }
  steady_ = false;
  times_.clear();
  timer_.forget();
  if (deck_.comparing()) timer_.start(deck_.compared_calls());
}

/// Only the window has it: what is rendered must not depend on the clock.
SlideRow LessonView::row_of_times() {
  if (auto times = timer_.take()) times_ = std::move(*times);
  SlideRow row{"time, of the whole lesson", {}, &time_term};
  if (timer_.running()) row.cells.assign(compared_count_, "measuring");
  for (const std::uint64_t ns : times_) row.cells.push_back(format_duration(ns));
  return row;
}

void LessonView::draw_compare_menu(const Ui& ui) {
  if (!ImGui::BeginPopup("##compare")) return;
  ui.text(ui.fonts().body_medium, ui.theme().text, "Compare two to four of them");
  if (!compared_) {
    compared_.emplace();
    for (const ComparedPolicy& policy : deck_.worth_comparing()) {
      if (!policy.preset.empty()) compared_->insert(policy.preset);
    }
  }
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  for (const mh_preset* preset = presets; preset != presets + count; ++preset) {
    bool chosen = compared_->contains(preset->name);
    if (ImGui::Checkbox(preset->title, &chosen)) {
      if (!chosen) {
        compared_->erase(preset->name);
      } else if (compared_->size() < most_compared) {
        compared_->insert(preset->name);
      }
    }
    ui.target((std::string("compare:") + preset->name).c_str());
    ui.hint(preset->sentence);
  }
  if (ui.button("compare_show", "Show", {ui.px(120), ui.px(28)}, ButtonLook::accent, nullptr,
                compared_->size() >= 2)) {
    compare(compared_policies());
    ImGui::CloseCurrentPopup();
  }
  ImGui::EndPopup();
}

}  // namespace mh
