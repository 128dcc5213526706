#include "app/render/key_taps.hpp"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <utility>

namespace mh {

#if IMGUI_VERSION_NUM < 18700

void KeyTaps::before_frame(const std::vector<KeyPress>& presses) {
  ImGuiIO& io = ImGui::GetIO();
  if (!letters_.empty()) {
    ImVector<ImWchar> later;
    later.swap(io.InputQueueCharacters);
    for (const unsigned letter : letters_)
      io.InputQueueCharacters.push_back(static_cast<ImWchar>(letter));
    for (const ImWchar letter : later) io.InputQueueCharacters.push_back(letter);
    letters_.clear();
  }
  for (const KeyPress& press : presses) {
    if (!press.repeat && press.key >= 0 && press.key < IM_ARRAYSIZE(io.KeysDown))
      waiting_.push_back(press);
  }
  told_before_ = std::exchange(told_, {});
  while (!waiting_.empty() && !ctrl_) {
    const KeyPress tap = waiting_.front();
    const bool down = io.KeysDown[tap.key];
    const bool was_told =
        std::find(told_before_.begin(), told_before_.end(), tap.key) != told_before_.end() ||
        std::find(told_.begin(), told_.end(), tap.key) != told_.end();
    if (!down && was_told) break;  // it has to come up first
    if (!down) tell(tap);
    waiting_.pop_front();
  }
  // What is still to come is not seen before what it came behind.
  for (const KeyPress& tap : waiting_) {
    if (!io.KeysDown[tap.key] || std::find(told_.begin(), told_.end(), tap.key) != told_.end())
      continue;
    io.KeysDown[tap.key] = false;
    told_.push_back(~tap.key);
  }
}

void KeyTaps::tell(const KeyPress& tap) {
  ImGuiIO& io = ImGui::GetIO();
  io.KeysDown[tap.key] = true;
  told_.push_back(tap.key);
  shift_ = (tap.mods & GLFW_MOD_SHIFT) != 0 && !io.KeyShift;
  if (shift_) io.KeyShift = true;
  ctrl_ = (tap.mods & GLFW_MOD_CONTROL) != 0 && !io.KeyCtrl;
  if (!ctrl_) return;
  io.KeyCtrl = true;
  // With Ctrl down a field takes no letters: those came behind it.
  for (const ImWchar letter : io.InputQueueCharacters) letters_.push_back(letter);
  io.InputQueueCharacters.resize(0);
}

void KeyTaps::after_frame() {
  ImGuiIO& io = ImGui::GetIO();
  for (const int key : told_) {
    if (key >= 0) {
      io.KeysDown[key] = false;
    } else {
      io.KeysDown[~key] = true;
    }
  }
  if (std::exchange(ctrl_, false)) io.KeyCtrl = false;
  if (std::exchange(shift_, false)) io.KeyShift = false;
}

#else

void KeyTaps::before_frame(const std::vector<KeyPress>&) {}
void KeyTaps::after_frame() {}
void KeyTaps::tell(const KeyPress&) {}

#endif

}  // namespace mh
