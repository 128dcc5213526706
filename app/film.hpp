#pragma once
// What other programs do with pictures, where they are installed: ffmpeg makes films of them, xclip
// and wl-copy put one into the clipboard.

#include <filesystem>
#include <string>
#include <vector>

#include "app/stop_signal.hpp"

namespace mh {

/// A picture of a film.
struct FilmPicture {
  std::filesystem::path file;  ///< PNG, in the film's folder
  double seconds = 0;          ///< how long it is seen
  bool rests = true;           ///< no motion is under way in it
};
/// Makes a GIF or an MP4 of pictures, by ffmpeg; folder: where they lie, for what is needed
/// meanwhile. The output is there whole or not at all; if it is to stop, not at all. An error
/// sentence, or empty.
[[nodiscard]] std::string make_film(const std::vector<FilmPicture>& pictures,
                                    const std::filesystem::path& folder,
                                    const std::filesystem::path& output, StopSignal& stop);

/// Puts a PNG file into the clipboard by xclip or wl-copy. An error sentence, or empty.
[[nodiscard]] std::string copy_picture(const std::filesystem::path& file);

/// The program of that name in PATH; empty if there is none.
[[nodiscard]] std::filesystem::path program_in_path(const std::string& name);

}  // namespace mh
