#include "app/views/break_menu.hpp"

#include <optional>
#include <string>

namespace mh {
namespace {

bool possible(const Scene& scene, const MischiefKind& kind) {
  const auto block = scene.selected_block();
  const bool used = block && block->used;
  const bool free = block && block->free();
  return scene.player.live() && kind.possible(used, free);
}

std::optional<MischiefKind> typed() {
  for (const ImWchar letter : ImGui::GetIO().InputQueueCharacters) {
    const auto index = static_cast<std::size_t>(letter) - '1';  // below '1' wraps to a large one
    if (index < mischief_kinds().size()) return mischief_kinds()[index];
  }
  return std::nullopt;
}

/// The items, each with its digit, which can be typed.
void draw_items(Scene& scene, const char* prefix) {
  const Ui& ui = scene.ui;
  char digit = '1';
  for (const MischiefKind& kind : mischief_kinds()) {
    const char key[] = {digit++, '\0'};
    if (ImGui::MenuItem(kind.title, key, false, possible(scene, kind)))
      scene.mischief(kind.mischief);
    ui.target((std::string(prefix) + kind.word).c_str());
    ui.hint(kind.sentence);
  }
  const auto chosen = typed();
  if (!chosen || !possible(scene, *chosen)) return;
  scene.mischief(chosen->mischief);
  ImGui::CloseCurrentPopup();
}

}  // namespace

void draw_break_submenu(Scene& scene) {
  const bool open = ImGui::BeginMenu("Break it");
  if (!open) {
    scene.ui.target("menu:break");
    return;
  }
  draw_items(scene, "menu:break:");
  ImGui::EndMenu();
  scene.ui.target("menu:break");
}

void BreakMenu::draw(Scene& scene, ImVec2 middle) {
  const Ui& ui = scene.ui;
  constexpr const char* id = "break it";
  if (opening_) ImGui::OpenPopup(id);
  opening_ = false;
  ImGui::SetNextWindowPos(middle, ImGuiCond_Always, {0.5F, 0.5F});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(ui.px(12), ui.px(10)));
  open_ = ImGui::BeginPopup(id);
  if (open_) {
    const auto block = scene.selected_block();
    const std::string name(block ? scene.picture().label(block->address) : std::string_view());
    ui.heading(!block ? "BREAK SOMETHING" : name.empty() ? "BREAK THIS BLOCK" : "BREAK  " + name);
    draw_items(scene, "break:");
    if (closing_) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  closing_ = false;
  ImGui::PopStyleVar();
}

}  // namespace mh
