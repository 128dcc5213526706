#pragma once
// Pictures in a row as a GIF or MP4, by ffmpeg where it is installed.

#include <filesystem>
#include <string>
#include <vector>

namespace mh {

/// Makes a film of numbered pictures ("%04d.png" in folder, from 1 on), each shown for so many
/// seconds. An error sentence, or empty.
[[nodiscard]] std::string make_film(const std::filesystem::path& folder, double seconds,
                                    const std::filesystem::path& output);

/// The program of that name in PATH; empty if there is none.
[[nodiscard]] std::filesystem::path program_in_path(const std::string& name);

}  // namespace mh
