#include "app/views/policy_panel.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "app/model/format.hpp"
#include "app/model/policy_words.hpp"
#include "app/views/ui_toggle.hpp"

namespace mh {
namespace {

constexpr std::array engines{"Classic list", "Fast bins"};
constexpr std::array placements{"First", "Next", "Best", "Worst"};
constexpr std::array alignments{"16", "32", "64"};
constexpr std::array orders{"address", "LIFO", "FIFO"};
constexpr std::array coalescings{"never", "at free", "later"};
constexpr std::array carvings{"front", "tail"};
constexpr std::array headers{"plain 32", "compact 16"};
constexpr std::array trimmings{"at once", "above", "never"};
constexpr std::array growths{"exact", "in chunks"};

/// A policy with one field changed.
template <typename Value, typename Field>
mh_policy with(mh_policy policy, Field mh_policy::*field, Value value) {
  policy.*field = static_cast<Field>(value);
  return policy;
}

template <typename Field>
std::function<mh_policy(int)> change(const mh_policy& policy, Field mh_policy::*field) {
  return [&policy, field](int value) { return with(policy, field, value); };
}

/// What the engine is now, in a few words.
std::string title(const Lab& lab) {
  if (lab.engine() == Engine::fast) return engines[1];
  const mh_preset* const preset = preset_of(lab.policy());
  return preset != nullptr ? preset->title : "Own switches";
}

std::size_t power_of_two(float exponent) {
  return std::size_t{1} << std::lround(exponent);
}

}  // namespace

void PolicyPanel::draw(Scene& scene, const ControlsLayout& layout) {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  const mh_policy& policy = scene.lab.policy();
  if (layout.one_open) {
    if (fold(ui, "engine_open", "ENGINE   " + title(scene.lab), scene.state.engine_open, width))
      scene.state.engine_open = !scene.state.engine_open;
    ui.hint("Opens the engine's switches, and closes what the threads do");
    if (!scene.state.engine_open) return;
  } else {
    ui.heading("ENGINE");
  }
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(ui.px(5), ui.px(5)));
  draw_engines(scene, width);
  if (scene.lab.engine() == Engine::fast) {
    ImGui::PopStyleVar();
    draw_fast(scene);
    return;
  }
  draw_presets(scene, width);
  choose(
      scene,
      {nullptr, "placement", Switch::placement, placements, change(policy, &mh_policy::placement)},
      policy.placement, width);
  draw_toggles(scene, width);
  if (layout.alignment) draw_alignment(scene, width);
  if (fold(ui, "more_switches", "More switches", scene.state.more_switches, width)) {
    scene.state.more_switches = !scene.state.more_switches;
    scene.state.engine_open = scene.state.more_switches;  // where they need the workload's room
  }
  ui.hint("Order of the free list, merging, headers, the break");
  if (scene.state.more_switches) {
    if (!layout.alignment) draw_alignment(scene, width);
    draw_more(scene, width);
  }
  ImGui::PopStyleVar();
  if (layout.words || layout.one_open) draw_words(scene, width);
}

void PolicyPanel::draw_engines(Scene& scene, float width) {
  const auto clicked = scene.ui.segmented(
      "engine", engines, scene.lab.engine() == Engine::fast ? 1 : 0, width, [](int which) {
        return std::string(which == 0 ? "A list of all blocks; every part of the policy is a switch"
                                      : "Bins by size, a cache for each thread, boundary tags: for "
                                        "real programs") +
               ". The heap begins anew.";
      });
  if (!clicked) return;
  const Engine engine = *clicked == 1 ? Engine::fast : Engine::classic;
  scene.later.emplace_back([&lab = scene.lab, &player = scene.player, engine] {
    if (!player.live()) player.go_live();
    lab.choose_engine(engine);
  });
}

/// It has no switches: what it is instead, and what its caches hold.
void PolicyPanel::draw_fast(const Scene& scene) {
  const Ui& ui = scene.ui;
  const PictureTotals& totals = scene.picture().totals();
  ui.wrapped(ui.fonts().small, ui.theme().text_dim,
             "Free blocks wait in bins by size; a bitmap finds the next larger one without a "
             "search. Small blocks that are freed stay with their thread, in a cache, and are not "
             "merged. Large ones get a mapping of their own. It has no switches.");
  ui.gap(4);
  ui.row("cached", format_count(totals.cached_blocks) + ", " + format_bytes(totals.cached));
  ui.row("in bins", format_count(totals.free_blocks - totals.cached_blocks) + ", " +
                        format_bytes(totals.free - totals.cached));
  ui.row("mapped outside", format_count(totals.mapped_blocks) + ", " + format_bytes(totals.mapped));
}

void PolicyPanel::draw_presets(Scene& scene, float width) {
  const Ui& ui = scene.ui;
  const mh_policy& policy = scene.lab.policy();
  const mh_preset* const present = preset_of(policy);
  std::size_t count = 0;
  const mh_preset* const presets = mh_presets(&count);
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleColor(ImGuiCol_Border, ui.theme().line);
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  if (ImGui::BeginCombo("##policy", title(scene.lab).c_str(), ImGuiComboFlags_HeightLarge)) {
    for (std::size_t i = 0; i < count; ++i) {
      const mh_preset& preset = presets[i];
      if (ImGui::Selectable(preset.title, &preset == present)) {
        turn(scene, Switch::preset, preset.policy);
      }
      ui.target((std::string("policy:") + preset.name).c_str());
      ui.hint(preset.sentence);
    }
    ImGui::EndCombo();
  } else {
    ui.target("policy");
    hint(scene, Switch::preset, policy);
  }
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void PolicyPanel::draw_toggles(Scene& scene, float width) {
  const Ui& ui = scene.ui;
  const mh_policy& policy = scene.lab.policy();
  const float left = std::floor(width * 0.46F);
  const auto item = [&](const char* label, Switch which, bool on, const mh_policy& turned,
                        float item_width) {
    if (toggle(ui, (std::string("toggle:") + label).c_str(), label, on, item_width))
      turn(scene, which, turned);
    hint(scene, which, policy);
  };
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(0, ui.px(1)));
  item("Split", Switch::split, policy.split != 0,
       with(policy, &mh_policy::split, policy.split == 0), left);
  ImGui::SameLine();
  const bool merges = policy.coalescing != MH_COALESCE_NEVER;
  item("Coalesce", Switch::coalescing, merges,
       with(policy, &mh_policy::coalescing, merges ? MH_COALESCE_NEVER : MH_COALESCE_AT_FREE),
       width - left);
  item("Guards", Switch::guards, policy.guards != 0,
       with(policy, &mh_policy::guards, policy.guards == 0), left);
  ImGui::SameLine();
  const bool trims = policy.trimming != MH_TRIM_NEVER;
  item("Trim the top", Switch::trimming, trims,
       with(policy, &mh_policy::trimming, trims ? MH_TRIM_NEVER : MH_TRIM_AT_ONCE), width - left);
  item("Poison", Switch::poison, policy.poison != 0,
       with(policy, &mh_policy::poison, policy.poison == 0), left);
  ImGui::SameLine();
  const bool explaining = scene.lab.explaining();
  if (toggle(ui, "toggle:Explain", "Explain why", explaining, width - left)) {
    touched_ = Switch::explaining;
    scene.later.emplace_back([&lab = scene.lab, explaining] { lab.set_explaining(!explaining); });
  }
  hint(scene, Switch::explaining, policy);
  ImGui::PopStyleVar();
  ui.gap(2);
}

void PolicyPanel::draw_alignment(Scene& scene, float width) {
  const mh_policy& policy = scene.lab.policy();
  choose(scene,
         {"Alignment", "align", Switch::alignment, alignments,
          [&policy](int power) {
            return with(policy, &mh_policy::alignment, std::size_t{16} << power);
          }},
         std::countr_zero(policy.alignment / 16), width);
}

void PolicyPanel::draw_more(Scene& scene, float width) {
  const mh_policy& policy = scene.lab.policy();
  choose(scene,
         {"Free list", "order", Switch::free_order, orders, change(policy, &mh_policy::free_order)},
         policy.free_order, width);
  if (policy.split != 0) {
    choose(scene,
           {"Hand out", "carve", Switch::carving, carvings, change(policy, &mh_policy::carving)},
           policy.carving, width);
  }
  choose(scene,
         {"Coalesce", "coalesce", Switch::coalescing, coalescings,
          change(policy, &mh_policy::coalescing)},
         policy.coalescing, width);
  choose(scene, {"Header", "header", Switch::header, headers, change(policy, &mh_policy::header)},
         policy.header, width);
  choose(scene, {"Trim", "trim", Switch::trimming, trimmings, change(policy, &mh_policy::trimming)},
         policy.trimming, width);
  choose(scene, {"Growth", "growth", Switch::growth, growths, change(policy, &mh_policy::growth)},
         policy.growth, width);
  if (policy.split != 0) {
    draw_bytes(scene, "split_minimum", "Split leaves at least", Switch::split,
               &mh_policy::split_minimum, 4, 16, width);
  }
  if (policy.trimming == MH_TRIM_THRESHOLD) {
    draw_bytes(scene, "trim_threshold", "Trim above", Switch::trimming, &mh_policy::trim_threshold,
               10, 24, width);
  }
  if (policy.growth == MH_GROW_CHUNKS) {
    draw_bytes(scene, "growth_chunk", "Chunks of", Switch::growth, &mh_policy::growth_chunk, 10, 24,
               width);
  }
}

void PolicyPanel::draw_words(Scene& scene, float width) const {
  const Ui& ui = scene.ui;
  const mh_policy& policy = scene.lab.policy();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const std::string sentence = sentence_of(touched_, policy);
  ui.wrapped(ui.fonts().small, ui.theme().text_dim, sentence);
  const std::string effect = effect_of(touched_, policy, scene.stats);
  ui.wrapped(ui.fonts().small, ui.theme().text, effect);
  // So high that what stands below does not jump from switch to switch.
  const float least = ui.px(3 * 15 + 4);
  const float used = ImGui::GetCursorScreenPos().y - at.y;
  if (used < least) ImGui::Dummy({width, least - used - ImGui::GetStyle().ItemSpacing.y});
}

void PolicyPanel::choose(Scene& scene, const Choice& choice, int chosen, float width) {
  const Ui& ui = scene.ui;
  float label = 0;
  if (choice.label != nullptr) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const ImVec2 size = ui.text_size(ui.fonts().small, choice.label);
    label = std::max(ui.px(54), size.x + ui.px(8));
    ui.text_at(*ImGui::GetWindowDrawList(), {at.x, at.y + (ui.px(27) - size.y) / 2},
               ui.fonts().small, ui.theme().text_dim, choice.label);
    ImGui::SetCursorScreenPos({at.x + label, at.y});
  }
  const auto clicked =
      ui.segmented(choice.name, choice.words, chosen, width - label,
                   [&](int value) { return sentence_of(choice.which, choice.turned(value)); });
  if (clicked) turn(scene, choice.which, choice.turned(*clicked));
}

void PolicyPanel::draw_bytes(Scene& scene, const char* name, const char* label, Switch which,
                             std::size_t mh_policy::*bytes, int low, int high, float width) {
  const mh_policy& policy = scene.lab.policy();
  auto exponent = static_cast<float>(std::log2(static_cast<double>(policy.*bytes)));
  const bool moved = scene.ui.slider(name, label, exponent, static_cast<float>(low),
                                     static_cast<float>(high), format_bytes(policy.*bytes), width);
  hint(scene, which, policy);
  if (moved && power_of_two(exponent) != policy.*bytes)
    turn(scene, which, with(policy, bytes, power_of_two(exponent)));
}

void PolicyPanel::turn(Scene& scene, Switch which, const mh_policy& policy) {
  touched_ = which;
  scene.later.emplace_back([&scene_state = scene.state, &lab = scene.lab, &player = scene.player,
                            now = scene.now, which, policy] {
    if (!player.live()) player.go_live();  // the switches are those of now
    if (!lab.set_policy(policy)) {
      scene_state.say("This engine has no such switch.", true, now);
      return;
    }
    scene_state.say("policy " + policy_words(policy) + (is_layout(which) ? ", for new blocks" : ""),
                    false, now);
  });
}

void PolicyPanel::hint(const Scene& scene, Switch which, const mh_policy& policy) {
  scene.ui.hint(sentence_of(which, policy));
}

}  // namespace mh
