#pragma once
// What a scenario asks of a window, or of what stands in for one.

#include <cstdint>
#include <string>
#include <string_view>

#include "app/model/colour_by.hpp"
#include "app/model/theme_kind.hpp"
#include "app/model/workload.hpp"

namespace mh {

/// Blocks are meant by the addresses of their headers.
class Stage {
 public:
  virtual ~Stage() = default;
  virtual void caption(std::string_view text) = 0;  ///< empty: none
  /// A message that goes away by itself; error: something is wrong.
  virtual void say(const std::string& text, bool error) = 0;
  virtual void select(std::uint64_t block) = 0;
  virtual void zoom_to(std::uint64_t block) = 0;
  virtual void zoom_fit() = 0;
  virtual void zoom_by(double factor) = 0;  ///< above 1: closer
  virtual void colour_by(ColourBy mode) = 0;
  virtual void theme(ThemeKind theme) = 0;
  virtual void workload(const Workload& /*begun*/) {}
  /// Writes a picture of what there is to see now, at once or after the next frame (then busy()
  /// until it is written). An error sentence, or empty.
  virtual std::string picture(const std::string& file) = 0;
  /// The script has to wait: a picture is being made, or motion has not come to rest.
  [[nodiscard]] virtual bool busy() const { return false; }
};

}  // namespace mh
