#pragma once
// Whether the desktop's user has asked for less motion.

#include <filesystem>
#include <string_view>

namespace mh {

/// In the files of a configuration folder: settings.ini of GTK 3 and 4, kdeglobals.
[[nodiscard]] bool files_reduce_motion(const std::filesystem::path& config);

/// In those files, or on a desktop of GNOME's kind in its settings, by the program gsettings.
[[nodiscard]] bool desktop_reduces_motion();

}  // namespace mh
