#include "app/views/control_panel.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "app/sources/operation_plan.hpp"
#include "app/views/ui_text_field.hpp"
#include "app/views/ui_toggle.hpp"

namespace mh {
namespace {

/// Sliders over decades: place 0..1 stands for low..high, logarithmically.
struct LogScale {
  double low, high;
  [[nodiscard]] float place(double value) const {
    return static_cast<float>(std::log(std::clamp(value, low, high) / low) / std::log(high / low));
  }
  [[nodiscard]] double value(float place) const {
    return low * std::pow(high / low, static_cast<double>(place));
  }
};

/// Rounds to two digits, so that a slider shows numbers that people would choose.
double rounded(double value) {
  if (value < 20) return std::max(1.0, std::round(value));
  const double unit = std::pow(10, std::floor(std::log10(value)) - 1);
  return std::round(value / unit) * unit;
}

constexpr LogScale rates{1, 10e6};
constexpr float unlimited_from = 0.985F;
constexpr LogScale live_counts{1, 1e6};
constexpr LogScale mean_sizes{1, 64 * 1024};

/// The share of allocations that fall into each of the bars, from many draws of the distribution
/// itself.
std::array<float, 28> histogram(const SizeDistribution& sizes) {
  std::array<float, 28> bars{};
  Random random(1);
  const double top = static_cast<double>(sizes.mean) * (sizes.kind == SizeKind::mixed ? 6 : 4);
  for (int i = 0; i < 4000; ++i) {
    const double place =
        static_cast<double>(draw_size(sizes, random)) / top * static_cast<double>(bars.size());
    const auto bar =
        static_cast<std::size_t>(std::min(place, static_cast<double>(bars.size() - 1)));
    bars[bar] += 1;
  }
  const float most = *std::max_element(bars.begin(), bars.end());
  for (float& bar : bars) bar /= most;
  return bars;
}

}  // namespace

void AllocatePanel::draw(Scene& scene, bool with_heading) {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  if (with_heading) ui.heading("ALLOCATE");
  const float space = ui.px(8);
  const float main_button = ui.px(80);
  if (focus_) {
    ImGui::SetKeyboardFocusHere();
    focus_ = false;
  }
  FieldLook look;
  look.takes = may_become_size;
  if (text_field(ui, "size", scene.state.size_text, width - main_button - space, "bytes", look))
    scene.command(Command::malloc);
  scene.hint(Command::focus_size);
  ImGui::SameLine(0, space);
  if (ui.button("malloc", "malloc", {main_button, ui.px(32)}, ButtonLook::accent,
                ui.fonts().mono_medium)) {
    scene.command(Command::malloc);
  }
  scene.hint(Command::malloc);

  constexpr std::array presets{"16", "64", "256", "1K", "4K"};
  const float chip_space = ui.px(5);
  const float chip = (width - chip_space * (presets.size() - 1)) / presets.size();
  for (std::size_t i = 0; i < presets.size(); ++i) {
    if (i > 0) ImGui::SameLine(0, chip_space);
    const std::string name = std::string("preset:") + presets[i];
    if (ui.chip(name.c_str(), presets[i], chip)) scene.state.size_text = presets[i];
    ui.hint(std::string("Writes ") + presets[i] + " into the size field");
  }

  const float third = (width - 2 * space) / 3;
  const bool now = scene.can_change();
  const ImVec2 size(third, ui.px(28));
  if (ui.button("calloc", "calloc", size, ButtonLook::plain, ui.fonts().mono))
    scene.command(Command::calloc);
  scene.hint(Command::calloc);
  ImGui::SameLine(0, space);
  if (ui.button("realloc", "realloc", size, ButtonLook::plain, ui.fonts().mono, now))
    scene.command(Command::realloc);
  scene.hint(Command::realloc);
  ImGui::SameLine(0, space);
  if (ui.button("free", "free", size, ButtonLook::plain, ui.fonts().mono, now))
    scene.command(Command::free_selected);
  scene.hint(Command::free_selected);
  const ImVec2 half((width - space) / 2, ui.px(26));
  if (ui.button("undo", "Undo", half, ButtonLook::quiet, ui.fonts().small,
                scene.can(Command::undo)))
    scene.command(Command::undo);
  scene.hint(Command::undo);
  ImGui::SameLine(0, space);
  if (ui.button("redo", "Redo", half, ButtonLook::quiet, ui.fonts().small,
                scene.can(Command::redo)))
    scene.command(Command::redo);
  scene.hint(Command::redo);
}

void WorkloadPanel::draw(Scene& scene, const ControlsLayout& layout) {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  if (layout.one_open) {
    const std::string words =
        std::string("WORKLOAD   ") + pattern_title(scene.state.workload.pattern);
    if (fold(ui, "workload", words, !scene.state.engine_open, width))
      scene.state.engine_open = !scene.state.engine_open;
    ui.hint("Opens what the threads do, and closes the engine's switches");
    if (scene.state.engine_open) return;
  } else {
    ui.heading("WORKLOAD");
  }
  draw_pattern(scene, width);
  draw_sliders(scene, layout.slim, width);
  draw_sizes(scene, layout.slim, width);
  if (layout.histogram) draw_histogram(scene, width);
  draw_seed(scene, width);
}

void WorkloadPanel::draw_pattern(Scene& scene, float width) {
  const Ui& ui = scene.ui;
  Workload& workload = scene.state.workload;
  ImGui::SetNextItemWidth(width);
  ImGui::PushStyleColor(ImGuiCol_Border, ui.theme().line);
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  if (ImGui::BeginCombo("##pattern", pattern_title(workload.pattern),
                        ImGuiComboFlags_HeightLarge)) {
    for (const Pattern pattern : all_patterns) {
      if (ImGui::Selectable(pattern_title(pattern), pattern == workload.pattern))
        workload.pattern = pattern;
      ui.target((std::string("pattern:") + pattern_name(pattern)).c_str());
      ui.hint(pattern_description(pattern));
    }
    ImGui::EndCombo();
  } else {
    ui.target("pattern");
    ui.hint(pattern_description(workload.pattern));
  }
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void WorkloadPanel::draw_sliders(Scene& scene, bool slim, float width) {
  const Ui& ui = scene.ui;
  Workload& workload = scene.state.workload;
  auto threads = static_cast<float>(workload.threads);
  if (ui.slider("threads", "Threads", threads, 1, static_cast<float>(Workload::max_threads),
                format_count(workload.threads), width, slim)) {
    workload.threads = static_cast<unsigned>(std::lround(threads));
  }
  ui.hint("How many threads work; for the next start  (Ctrl+K, \"8 threads\")");
  float rate = std::isfinite(workload.rate) ? rates.place(workload.rate) * unlimited_from : 1;
  if (ui.slider("rate", "Rate", rate, 0, 1, format_rate(workload.rate), width, slim)) {
    workload.rate = rate >= unlimited_from ? std::numeric_limits<double>::infinity()
                                           : rounded(rates.value(rate / unlimited_from));
    scene.later.emplace_back([&lab = scene.lab, value = workload.rate] { lab.set_rate(value); });
  }
  ui.hint("Operations a second of all threads together; at the right end without limit");
  float live = live_counts.place(static_cast<double>(workload.live_blocks));
  if (ui.slider("live", "Live blocks", live, 0, 1, format_count(workload.live_blocks), width,
                slim)) {
    workload.live_blocks = static_cast<std::uint64_t>(rounded(live_counts.value(live)));
    scene.later.emplace_back(
        [&lab = scene.lab, value = workload.live_blocks] { lab.set_live_blocks(value); });
  }
  ui.hint("How many blocks all threads together aim at");
}

void WorkloadPanel::draw_sizes(Scene& scene, bool slim, float width) {
  const Ui& ui = scene.ui;
  SizeDistribution& sizes = scene.state.workload.sizes;
  float mean = mean_sizes.place(static_cast<double>(sizes.mean));
  const char* label = sizes.kind == SizeKind::fixed ? "Size" : "Mean size";
  if (ui.slider("mean", label, mean, 0, 1, format_bytes(sizes.mean), width, slim)) {
    sizes.mean = static_cast<std::uint64_t>(rounded(mean_sizes.value(mean)));
  }
  ui.hint("The mean of the sizes that are asked for; for the next start");
  constexpr const char* kinds[] = {"fixed", "uniform", "exp.", "mixed"};
  constexpr const char* explained[] = {
      "Every block is of the same size", "All sizes from 1 to twice the mean, equally often",
      "Many small ones, few large ones, as in most programs", "Mostly small, some 16 times larger"};
  if (const auto chosen = ui.segmented("sizes", kinds, static_cast<int>(sizes.kind), width,
                                       [&](int kind) { return std::string(explained[kind]); })) {
    sizes.kind = static_cast<SizeKind>(*chosen);
  }
  ui.target("sizes");
}

void WorkloadPanel::draw_histogram(Scene& scene, float width) {
  const Ui& ui = scene.ui;
  const SizeDistribution& sizes = scene.state.workload.sizes;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = ui.px(34);
  ImDrawList& list = *ImGui::GetWindowDrawList();
  const auto bars = histogram(sizes);
  const float step = width / static_cast<float>(bars.size());
  const ImU32 colour = with_alpha(ui.theme().accent, 0.55F);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const float x = at.x + static_cast<float>(i) * step;
    const float bar = std::max(bars[i] > 0 ? ui.px(1) : 0.0F, bars[i] * (height - ui.px(2)));
    list.AddRectFilled({x, at.y + height - bar}, {x + step - ui.px(1.5F), at.y + height}, colour,
                       ui.px(1));
  }
  ImGui::Dummy({width, height});
  ui.hint("How often each size is asked for, from small to large");
}

void WorkloadPanel::draw_seed(Scene& scene, float width) {
  const Ui& ui = scene.ui;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ui.text_at(*ImGui::GetWindowDrawList(), {at.x, at.y + ui.px(6)}, ui.fonts().body,
             ui.theme().text_dim, "Seed");
  const float button = ui.px(28);
  const float field = ui.px(104);
  ImGui::SetCursorScreenPos({at.x + width - field - button - ui.px(6), at.y});
  ImGui::SetNextItemWidth(field);
  ImGui::PushStyleVar(ImGuiStyleVar_FrameBorderSize, 1);
  imgui_compat::push_font(ui.fonts().mono);
  ImGui::InputScalar("##seed", ImGuiDataType_U64, &scene.state.workload.seed);
  ImGui::PopFont();
  ImGui::PopStyleVar();
  ui.target("seed");
  ui.hint("The same seed repeats the run: each thread asks for the same sizes in the same order");
  ImGui::SameLine(0, ui.px(6));
  if (ui.button("next_seed", "+1", {button, ui.px(27)}, ButtonLook::plain, ui.fonts().mono))
    ++scene.state.workload.seed;
  ui.hint("The next seed: another run of the same kind");
}

void WorkloadPanel::draw_buttons(Scene& scene) {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  const float space = ui.px(8);
  if (!scene.lab.running()) {
    if (ui.button("start", "Start workload", {width, ui.px(34)}, ButtonLook::good))
      scene.command(Command::start_workload);
    scene.hint(Command::start_workload);
  } else {
    if (ui.button("stop", "Stop workload", {width, ui.px(34)}, ButtonLook::good))
      scene.command(Command::stop_workload);
    ui.hint("Ends the worker threads; their blocks stay  (W)");
  }
  const float half = (width - space) / 2;
  const bool paused = scene.lab.workload_paused();
  if (ui.button("pause_workload", paused ? "Resume workers" : "Pause workers", {half, ui.px(28)},
                ButtonLook::plain, ui.fonts().body, scene.lab.running())) {
    scene.command(Command::pause_workload);
  }
  scene.hint(Command::pause_workload);
  ImGui::SameLine(0, space);
  if (ui.button("reset", "Reset heap", {half, ui.px(28)}, ButtonLook::plain, ui.fonts().body)) {
    scene.command(Command::reset_heap);
  }
  scene.hint(Command::reset_heap);
}

}  // namespace mh
