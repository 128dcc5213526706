#pragma once
// Which of the two themes: a choice that scripts, settings and the command line name without
// knowing a colour.

namespace mh {

enum class ThemeKind { dark, light };

}  // namespace mh
