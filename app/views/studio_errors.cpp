// What the studio does about errors: makes them, lists them, checks for them.

#include "app/views/studio.hpp"

namespace mh {

void Studio::make_mischief(Mischief mischief) {
  if (!player_->live()) return;
  const Lab::Outcome outcome = lab_.make_mischief(mischief, state_.selected);
  recorder_->look_again();
  const std::uint64_t before = state_.selected;
  show_outcome(outcome);
  if (outcome.block == 0) state_.selected = before;
  animating_ = true;
}

void Studio::show_moment(std::uint64_t event, std::uint64_t block) {
  bool kept = false;
  {
    const Player::View view = player_->view();
    kept = event >= view.oldest_position();
  }
  if (!kept) {
    say("That moment is no longer in the log: its oldest events were dropped.", true);
    return;
  }
  player_->seek(event + 1);
  // A log of millions of events is replayed over several frames: the block may come into view then.
  player_->advance(0);
  show_block(block);
}

/// What Find found: a block that is shown, or a sentence.
void Studio::show_found(Scene& scene, const FoundBlock& found) {
  scene.later.emplace_back([this, found] {
    say(found.words, found.block == 0);
    if (found.block == 0) return;
    select_block(found.block);
    map_.reveal(found.block);
    subject_ = {state_.selected, player_->live()};
  });
}

/// Selects and shows a block of the picture at the playhead, if it is there.
void Studio::show_block(std::uint64_t block) {
  if (block == 0) return;
  select_block(block);
  zoom_to(block);
  map_.reveal(block);
  animating_ = true;
}

/// The bytes flash; and what is said of them stays true when the check in the background finds
/// them.
void Studio::watch_mistakes() {
  if (const auto wrote = lab_.take_written()) {
    map_.flash({wrote->address, wrote->address + wrote->bytes});
    mistake_ = {state_.message.text, errors_seen_};
    animating_ = true;
  }
  const Player::View view = player_->view();
  errors_seen_ = view.errors().total();
  if (!mistake_ || errors_seen_ == mistake_->errors) return;
  const bool found = view.errors().entries().back().found;
  if (found && state_.message.text == mistake_->said)
    say(mistake_->said + " The check in the background has found it.", true);
  mistake_.reset();
}

void Studio::watch_check() {
  const std::optional<CheckResult> result = lab_.check().take();
  if (!result) return;
  if (result->error != MH_OK && !result->set_aside)
    recorder_->note_damage(result->error, result->block);
  if (result->block != 0) {
    player_->go_live();
    recorder_->drain(20'000'000);
    show_block(result->block);
  }
  recorder_->look_again();
  say(in_words(*result, lab_.name_of(result->block)), result->error != MH_OK);
  subject_ = {state_.selected, player_->live()};
  animating_ = true;
}

}  // namespace mh
