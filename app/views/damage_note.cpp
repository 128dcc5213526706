#include "app/views/damage_note.hpp"

#include <string>

#include "app/model/format.hpp"

namespace mh {
namespace {

/// What the mistake means, and what the heap did about it.
const char* explanation(mh_error error) {
  switch (error) {
    case MH_OVERFLOW:
      return "Somebody wrote past the end of this block. When it was freed the heap looked at the "
             "guard bytes behind the payload: they are not what they were.";
    case MH_UNDERFLOW:
      return "Somebody wrote before the start of this block. When it was freed the heap looked at "
             "the guard bytes before the payload: they are not what they were.";
    case MH_WRITE_AFTER_FREE:
      return "Somebody wrote to this block after it was freed: the links of the free list, or the "
             "poison, are not what they were.";
    case MH_HEADER_DAMAGED:
      return "Somebody wrote over this block's header: its checksum does not match. How large the "
             "block was is known from the next sound header only.";
    default:
      return "What lies in this block is not what the heap left there.";
  }
}

/// A look at the heap found it; the heap itself has not met it yet.
void draw_found(const Scene& scene, const LoggedError& why) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  ui.heading("DAMAGED");
  ui.wrapped(ui.fonts().body_medium, t.bad, why.sentence());
  ui.row("found at", format_time(why.time) + ", event " + format_count(why.event));
  ui.row("by", "a check of the heap");
  ui.wrapped(ui.fonts().small, t.text_dim,
             "A check only looks. The next call that meets the damage is refused, and sets the "
             "block aside: the rest stays usable.");
  ui.gap(6);
}

}  // namespace

void draw_damage_note(Scene& scene, const PictureBlock& block) {
  const Ui& ui = scene.ui;
  const Theme& t = ui.theme();
  const LoggedError* const why =
      scene.view.errors().damage_of(block.address, scene.view.position());
  if (why == nullptr) return;
  if (why->found) {
    draw_found(scene, *why);
    return;
  }
  if (block.used) return;
  ui.heading("DAMAGED, SET ASIDE");
  ui.wrapped(ui.fonts().body_medium, t.bad, why->sentence());
  ui.wrapped(ui.fonts().small, t.text_dim, explanation(why->error));
  ui.gap(2);
  ui.row("first damaged byte", format_address(why->pointer));
  ui.row("noticed at", format_time(why->time) + ", event " + format_count(why->event));
  ui.row("by a call of", thread_title(scene, why->thread));
  const float width = ImGui::GetContentRegionAvail().x;
  if (ui.button("damage:moment", "Show the moment", {width, ui.px(26)}, ButtonLook::plain,
                ui.fonts().body)) {
    scene.show_moment(why->event, why->block);
  }
  ui.wrapped(ui.fonts().small, t.text_dim,
             "The heap never uses it again: the rest stays usable, and a reset heals everything.");
  ui.gap(6);
}

}  // namespace mh
