#pragma once
// The left side: the engine's switches, and what the one touched last does.

#include <functional>
#include <span>

#include "app/model/switches.hpp"
#include "app/model/window_layout.hpp"
#include "app/views/scene.hpp"

namespace mh {

class PolicyPanel {
 public:
  void draw(Scene& scene, const ControlsLayout& layout);

 private:
  /// A switch with more than two positions.
  struct Choice {
    const char* label;  ///< nullptr: none, the values take the whole width
    const char* name;
    Switch which;
    std::span<const char* const> words;
    std::function<mh_policy(int)> turned;  ///< the policy with another value
  };

  static void draw_engines(Scene& scene, float width);
  static void draw_fast(const Scene& scene);
  void draw_presets(Scene& scene, float width);
  void draw_toggles(Scene& scene, float width);
  void draw_alignment(Scene& scene, float width);
  void draw_more(Scene& scene, float width);
  void draw_words(Scene& scene, float width) const;
  void choose(Scene& scene, const Choice& choice, int chosen, float width);
  /// A slider over powers of two, from 2^low to 2^high bytes.
  void draw_bytes(Scene& scene, const char* name, const char* label, Switch which,
                  std::size_t mh_policy::*bytes, int low, int high, float width);
  /// Turns a switch when the frame is drawn.
  void turn(Scene& scene, Switch which, const mh_policy& policy);
  /// What the last item does, when the pointer rests on it.
  static void hint(const Scene& scene, Switch which, const mh_policy& policy);

  Switch touched_ = Switch::preset;
};

}  // namespace mh
