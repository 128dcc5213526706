#pragma once
// What other programs do with pictures, where they are installed: ffmpeg makes films of them, xclip
// and wl-copy put one into the clipboard.

#include <filesystem>
#include <string>
#include <vector>

namespace mh {

/// Makes a film of numbered pictures ("%04d.png" in folder, from 1 on), each shown for so many
/// seconds. An error sentence, or empty.
[[nodiscard]] std::string make_film(const std::filesystem::path& folder, double seconds,
                                    const std::filesystem::path& output);

/// Puts a PNG file into the clipboard by xclip or wl-copy. An error sentence, or empty.
[[nodiscard]] std::string copy_picture(const std::filesystem::path& file);

/// The program of that name in PATH; empty if there is none.
[[nodiscard]] std::filesystem::path program_in_path(const std::string& name);

}  // namespace mh
