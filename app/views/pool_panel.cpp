#include "app/views/pool_panel.hpp"

#include "app/model/format.hpp"
#include "app/model/input.hpp"
#include "app/views/ui_text_field.hpp"
#include "app/views/ui_toggle.hpp"

namespace mh {
namespace {

std::string counted(std::size_t number, const char* noun) {
  return format_count(number) + " " + noun + (number == 1 ? "" : "s");
}

/// The pool as the picture at the playhead has it.
mh_pool_stats pool_then(const Scene& scene, const std::string& name) {
  mh_pool_stats pool{};
  std::uint64_t left = scene.picture().totals().pool_blocks;
  scene.picture().for_each(0, ~std::uint64_t{0}, [&](const PictureBlock& block) {
    if (!block.pool) return left > 0;
    --left;
    const PoolSlots* const slots = scene.picture().pool_of(block.address);
    if (slots == nullptr || scene.picture().label(block.address) != name) return left > 0;
    ++pool.blocks;
    pool.slot_size = slots->slot_size();
    pool.slots += slots->count();
    pool.used += slots->used();
    return left > 0;
  });
  return pool;
}

void draw_slots_line(const Scene& scene) {
  const Ui& ui = scene.ui;
  const mh_pool_stats pool =
      scene.player.live() ? scene.pool : pool_then(scene, scene.lab.pools().newest());
  const std::string words = scene.lab.pools().newest() + ": " + format_count(pool.used) + " of " +
                            counted(pool.slots, "slot") + " of " + std::to_string(pool.slot_size) +
                            " B, " + counted(pool.blocks, "block");
  ui.text(ui.fonts().small, ui.theme().text_dim,
          ui.fit(ui.fonts().small, words, ImGui::GetContentRegionAvail().x));
  ui.target("pool_slots");
}

}  // namespace

void draw_pool_panel(Scene& scene) {
  const Ui& ui = scene.ui;
  const float width = ImGui::GetContentRegionAvail().x;
  if (fold(ui, "pool", "Pool of objects of one size", scene.state.pool_open, width))
    scene.state.pool_open = !scene.state.pool_open;
  ui.hint("A block of the heap, divided into slots");
  if (!scene.state.pool_open) return;
  const float space = ui.px(8);
  const float main_button = ui.px(80);
  FieldLook look;
  look.takes = may_become_size;
  if (text_field(ui, "pool_size", scene.state.pool_size_text, width - main_button - space,
                 "bytes each", look)) {
    scene.command(Command::pool_create);
  }
  ui.hint("How large each object is, in bytes");
  ImGui::SameLine(0, space);
  if (ui.button("pool_create", "create", {main_button, ui.px(32)}, ButtonLook::plain,
                ui.fonts().mono)) {
    scene.command(Command::pool_create);
  }
  scene.hint(Command::pool_create);
  if (scene.lab.pools().newest().empty()) return;

  const ImVec2 third((width - 2 * space) / 3, ui.px(28));
  if (ui.button("pool_alloc", "alloc", third, ButtonLook::plain, ui.fonts().mono))
    scene.command(Command::pool_alloc);
  scene.hint(Command::pool_alloc);
  ImGui::SameLine(0, space);
  if (ui.button("pool_free", "free", third, ButtonLook::plain, ui.fonts().mono,
                scene.can(Command::pool_free) && scene.can_change())) {
    scene.command(Command::pool_free);
  }
  scene.hint(Command::pool_free);
  ImGui::SameLine(0, space);
  if (ui.button("pool_destroy", "destroy", third, ButtonLook::plain, ui.fonts().mono))
    scene.command(Command::pool_destroy);
  scene.hint(Command::pool_destroy);
  draw_slots_line(scene);
}

}  // namespace mh
