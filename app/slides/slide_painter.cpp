#include "app/slides/slide_painter.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "app/model/format.hpp"
#include "app/model/text.hpp"
#include "app/slides/code_panel.hpp"
#include "app/slides/heap_strip.hpp"

namespace mh {
namespace {

constexpr double margin = 60;
constexpr double inner_width = slide_width - 2 * margin;
constexpr double caption_size = 24;
constexpr double caption_line = 34;
constexpr double small_size = 19;  // the smallest letters that a hall can read
constexpr double table_size = 18;
constexpr double legend_line = 34;
constexpr double operation_size = 22;
constexpr double said_size = 19;
constexpr double said_line = 28;
constexpr double code_width = 680;
constexpr double code_lines = 275;  // height
constexpr std::size_t most_call_lines = 3;
constexpr std::size_t most_visits = 6;
constexpr double lower_code_lines = 125;  // beside a large heap
constexpr std::size_t fewer_visits = 3;

/// For those who only want to know where things would stand.
class NoCanvas final : public Canvas {
 public:
  void fill(const SlideRect&, Colour, double) override {}
  void outline(const SlideRect&, Colour, double, double) override {}
  void hatch(const SlideRect&, Colour, Colour, double, double) override {}
  void line(SlidePoint, SlidePoint, Colour, double) override {}
  void curve(SlidePoint, SlidePoint, SlidePoint, SlidePoint, Colour, double) override {}
  void triangle(SlidePoint, SlidePoint, SlidePoint, Colour) override {}
  void disc(SlidePoint, double, Colour) override {}
  void text(SlidePoint, const TextLook&, std::string_view) override {}
};

class Painter {
 public:
  Painter(Canvas& canvas, const Slide& slide, const SlideOptions& options)
      : canvas_(canvas), slide_(slide), options_(options), theme_(slide_theme(options.look)) {}

  SlideHits paint() {
    SlideRoom room = paint_frame();
    if (options_.room) room = *options_.room;
    paint_heaps(room);
    return std::move(hits_);
  }

  /// All but the heaps.
  SlideRoom paint_frame() {
    if (!options_.transparent) canvas_.fill({0, 0, slide_width, slide_height}, theme_.ground, 0);
    double top = margin - 20;
    double bottom = slide_height - 36;
    if (options_.title) top = paint_title();
    if (options_.legend) bottom = paint_legend(bottom);
    if (options_.caption) bottom = paint_caption(bottom);
    top = paint_panels(top, bottom);
    SlideRoom room{top, bottom};
    for (const SlideHeap& heap : slide_.heaps) {
      room.arrows |= !heap.free_list.empty();
      room.marks |= HeapStrip::marked(heap);
    }
    return room;
  }

 private:
  double paint_title() {
    double size = 36;
    while (size > 24 && text_width(Face::semibold, size, slide_.title) > inner_width) size -= 4;
    const auto lines = wrap(Face::semibold, size, inner_width, slide_.title);
    std::string title = lines.empty() ? std::string() : lines.front();
    if (lines.size() > 1) title += " ...";
    canvas_.text({margin, 74}, {Face::semibold, size, theme_.text}, title);
    canvas_.text({margin, 112}, {Face::regular, small_size, theme_.text_dim}, slide_.subtitle);
    canvas_.text({slide_width - margin, 112},
                 {Face::regular, small_size, theme_.text_dim, Anchor::end}, slide_.step);
    if (!slide_.mark.empty()) paint_mark();
    return 138;
  }

  /// A flag with what the program said last.
  void paint_mark() {
    const double width = text_width(Face::semibold, small_size, slide_.mark);
    const double right =
        slide_width - margin - text_width(Face::regular, small_size, slide_.step) - 40;
    const double left = right - width - 28;
    canvas_.line({left, 94}, {left, 122}, theme_.visit, 3);
    canvas_.triangle({left + 1, 94}, {left + 19, 101}, {left + 1, 108}, theme_.visit);
    canvas_.text({right, 113}, {Face::semibold, small_size, theme_.text, Anchor::end}, slide_.mark);
  }

  /// Code to the left, the operation with its search to the right; neither takes room when there is
  /// nothing to say.
  double paint_panels(double top, double bottom) {
    const bool code = !slide_.code.lines.empty();
    const bool operation = !slide_.operation.empty() || !slide_.visits.empty();
    if (!code && !operation) return top;
    const double x = code ? margin + code_width + 24 : margin;
    const double width = slide_width - margin - x;
    double height = panels_height(width);
    // A large heap needs the room more than the whole function or the first blocks visited do.
    const double heap = HeapStrip::comfortable_height(slide_, inner_width);
    if (bottom - top - height - 14 < heap && slide_.heaps.size() == 1) {
      code_lines_height_ = lower_code_lines;
      visits_ = fewer_visits;
      height = panels_height(width);
    }
    if (code) {
      const SlideRect rect{margin, top, code_width, height};
      paint_panel(rect);
      CodePanel(slide_.code, code_width, code_lines_height_).paint(canvas_, theme_, rect);
    }
    if (operation) paint_operation({x, top, width, height}, lay_out_operation(width - 40));
    return top + height + 14;
  }

  [[nodiscard]] double panels_height(double operation_width) const {
    const double code = CodePanel(slide_.code, code_width, code_lines_height_).height();
    const bool operation = !slide_.operation.empty() || !slide_.visits.empty();
    return std::max(code, operation ? lay_out_operation(operation_width - 40).height : 0);
  }

  /// What stands in the operation's panel, broken into lines.
  struct OperationText {
    double size = operation_size;
    std::vector<std::string> calls;
    std::vector<std::string> said;
    double height = 0;  ///< of the panel
  };

  OperationText lay_out_operation(double width) const {
    OperationText text;
    if (slide_.operation.find('\n') != std::string::npos) text.size = 18;
    text.calls = side_by_side(text.size, width, slide_.operation);
    text.said = wrap(Face::regular, said_size, width - (slide_.alarm ? 34 : 0), slide_.said);
    const std::size_t visits = std::min(slide_.visits.size(), visits_);
    text.height = 26 + 32 * static_cast<double>(text.calls.size()) +
                  said_line * static_cast<double>(text.said.size() +
                                                  std::min(slide_.doings.size(), visits_)) +
                  37 * static_cast<double>(visits) + (slide_.outcome.empty() ? 0 : 34);
    return text;
  }

  /// Calls, one a line, filled into as few lines as have room for them.
  static std::vector<std::string> side_by_side(double size, double width, std::string_view calls) {
    std::vector<std::string> lines;
    while (!calls.empty()) {
      const std::string call(calls.substr(0, calls.find('\n')));
      calls.remove_prefix(std::min(call.size() + 1, calls.size()));
      const std::string longer = lines.empty() ? call : lines.back() + "   " + call;
      if (!lines.empty() && text_width(Face::mono, size, longer) <= width) {
        lines.back() = longer;
      } else {
        if (lines.size() == most_call_lines) {
          const auto more = 1 + std::count(calls.begin(), calls.end(), '\n');
          lines.push_back("... and " +
                          format_things(static_cast<std::uint64_t>(more), "more call"));
          break;
        }
        lines.push_back(call);
      }
    }
    return lines;
  }

  void paint_panel(const SlideRect& rect) {
    canvas_.fill(rect, theme_.panel, 8);
    canvas_.outline(rect, theme_.panel_line, 1.5, 8);
  }

  void paint_operation(const SlideRect& rect, const OperationText& text) {
    paint_panel(rect);
    if (slide_.alarm) canvas_.outline(rect, theme_.damaged_stripe, 2.5, 8);
    double y = rect.y + 36;
    for (const std::string& call : text.calls) {
      canvas_.text({rect.x + 20, y}, {Face::mono, text.size, theme_.text}, call);
      y += 32;
    }
    if (slide_.alarm && !text.said.empty()) paint_alarm_sign({rect.x + 33, y - 7});
    const Colour said = slide_.alarm ? theme_.damaged_stripe : theme_.text_dim;
    for (const std::string& line : text.said) {
      canvas_.text({rect.x + (slide_.alarm ? 54 : 20), y}, {Face::regular, said_size, said}, line);
      y += said_line;
    }
    y += 5;
    const std::size_t shown = std::min(slide_.visits.size(), visits_);
    const std::size_t first = slide_.visits.size() - shown;  // the newest
    for (std::size_t i = first; i < slide_.visits.size(); ++i, y += 37) {
      if (i >= slide_.visits_told) continue;
      const SlideVisit& visit = slide_.visits[i];
      const Colour edge = visit.fits ? theme_.visit : theme_.free_line;
      canvas_.outline({rect.x + 20, y - 19, 28, 27}, edge, 2, 4);
      canvas_.text({rect.x + 34, y + 1}, {Face::semibold, 15, theme_.text, Anchor::middle},
                   std::to_string(i + 1));
      canvas_.text({rect.x + 60, y}, {Face::mono, 18, theme_.text},
                   format_things(visit.size, "byte"));
      const Colour colour = visit.fits ? theme_.visit_text : theme_.text_dim;
      canvas_.text({rect.x + 214, y}, {Face::regular, small_size, colour}, visit.verdict);
      if (visit.note.empty()) continue;
      const double x = rect.x + 226 + text_width(Face::regular, small_size, visit.verdict);
      canvas_.text({x, y}, {Face::semibold, small_size, colour}, "\u2190 " + visit.note);
    }
    paint_doings({rect.x + 20, y});
    if (slide_.visits_told < slide_.visits.size()) return;
    canvas_.text({rect.x + 20, rect.bottom() - 18}, {Face::regular, small_size, theme_.text_dim},
                 slide_.outcome);
  }

  /// The newest of what the operation did.
  void paint_doings(SlidePoint at) {
    const std::size_t all = slide_.doings.size();
    for (std::size_t i = all - std::min(all, visits_); i < all; ++i, at.y += said_line) {
      const bool newest = i + 1 == all;
      canvas_.disc({at.x + 5, at.y - 6}, 4, newest ? theme_.visit : theme_.free_line);
      canvas_.text({at.x + 22, at.y},
                   {Face::regular, said_size, newest ? theme_.visit_text : theme_.text_dim},
                   slide_.doings[i]);
    }
  }

  void paint_alarm_sign(SlidePoint at) {
    canvas_.triangle({at.x - 13, at.y + 11}, {at.x + 13, at.y + 11}, {at.x, at.y - 13},
                     theme_.damaged_stripe);
    canvas_.text({at.x, at.y + 8}, {Face::semibold, 16, theme_.ground, Anchor::middle}, "!");
  }

  void paint_heaps(const SlideRoom& given) {
    const double top = given.top;
    const double bottom = given.bottom;
    double table_height = 0;
    if (!slide_.table.empty()) {
      table_height = 40 + table_line() * static_cast<double>(slide_.table.size());
    }
    const double room = bottom - top - table_height;
    const double each = room / static_cast<double>(std::max<std::size_t>(slide_.heaps.size(), 1));
    for (std::size_t i = 0; i < slide_.heaps.size(); ++i) {
      const SlideRect area{margin, top + each * static_cast<double>(i), inner_width, each};
      const SlideHeap& heap = slide_.heaps[i];
      const HeapLanes lanes{!heap.free_list.empty() || (options_.room && given.arrows),
                            HeapStrip::marked(heap) || (options_.room && given.marks)};
      const HeapStrip measured(slide_, heap, area, lanes);
      // A heap of one row stands in the middle of its area.
      const double spare = std::max(area.bottom() - measured.bottom(), 0.0);
      const HeapStrip strip(
          slide_, heap, {area.x, area.y + spare * 0.45, area.width, area.height - spare}, lanes);
      strip.paint(canvas_, theme_);
      strip.add_hits(i, hits_.blocks);
    }
    if (!slide_.table.empty()) paint_table(bottom - table_height);
  }

  void paint_table(double top) {
    const double label_width = 300;
    const double width = (inner_width - label_width) /
                         static_cast<double>(std::max<std::size_t>(slide_.columns.size(), 1));
    const auto cell_x = [&](std::size_t column) {
      return margin + label_width + width * static_cast<double>(column + 1) - 20;
    };
    for (std::size_t i = 0; i < slide_.columns.size(); ++i) {
      canvas_.text({cell_x(i), top + 24}, {Face::semibold, small_size, theme_.text, Anchor::end},
                   slide_.columns[i]);
    }
    canvas_.line({margin, top + 34}, {slide_width - margin, top + 34}, theme_.panel_line, 1.5);
    double y = top + 58;
    for (const SlideRow& row : slide_.table) {
      canvas_.text({margin, y}, {Face::regular, table_size, theme_.text_dim}, row.label);
      if (row.explained != nullptr) {
        const double wide = text_width(Face::regular, table_size, row.label);
        hits_.terms.push_back({{margin, y - 17, wide, 24}, row.explained});
      }
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const double wide = text_width(Face::mono, table_size, row.cells[i]);
        const double size = table_size * std::min(1.0, (width - 24) / std::max(wide, 1.0));
        canvas_.text({cell_x(i), y}, {Face::mono, size, theme_.text, Anchor::end}, row.cells[i]);
      }
      y += table_line();
    }
  }

  /// From line to line of the table.
  [[nodiscard]] double table_line() const { return slide_.heaps.size() > 3 ? 26 : 30; }

  double paint_caption(double bottom) {
    const bool asks = !slide_.question.empty();
    std::string words = asks ? slide_.question : slide_.caption;
    if (slide_.judgement) words = *slide_.judgement;
    if (words.empty()) return bottom;
    const Face face = asks ? Face::semibold : Face::regular;
    const auto lines = wrap(face, caption_size, inner_width - 50, words);
    const double height = 34 + caption_line * static_cast<double>(lines.size());
    const SlideRect rect{margin, bottom - height, inner_width, height};
    canvas_.fill(rect, theme_.panel, 8);
    if (asks || options_.look == SlideLook::print) {
      canvas_.outline(rect, asks ? theme_.point : theme_.panel_line, 2, 8);
    }
    double y = rect.y + 41;
    for (const std::string& line : lines) {
      canvas_.text({rect.x + 25, y}, {face, caption_size, theme_.text}, line);
      find_terms(face, line, {rect.x + 25, y});
      y += caption_line;
    }
    return rect.y - 10;
  }

  void find_terms(Face face, const std::string& line, SlidePoint at) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const GlossaryTerm* const term = term_at(line, i);
      if (term == nullptr) continue;
      const double before = text_width(face, caption_size, std::string_view(line).substr(0, i));
      const double width = text_width(face, caption_size, term->term);
      hits_.terms.push_back({{at.x + before, at.y - caption_size, width, caption_line}, term});
      i += term->term.size() - 1;
    }
  }

  struct LegendEntry {
    std::string words;
    Colour ground;
    const Colour* stripe;
    const Colour* edge;
    bool crossed = false;
    bool badge = false;   ///< a number in a disc
    bool barred = false;  ///< upright lines
    bool latticed = false;
  };

  /// Only what the slide shows needs an explanation.
  [[nodiscard]] std::vector<LegendEntry> legend() const {
    const auto any = [&](const std::function<bool(const SlideBlock&)>& is) {
      return std::any_of(slide_.heaps.begin(), slide_.heaps.end(), [&](const SlideHeap& heap) {
        return std::any_of(heap.blocks.begin(), heap.blocks.end(), is);
      });
    };
    const SlideTheme& t = theme_;
    std::vector<LegendEntry> entries;
    if (any([](const SlideBlock& b) { return b.used && b.owner == 0; }))
      entries.push_back({"in use", t.owners[0], nullptr, nullptr});
    for (unsigned owner = 1; owner < t.owners.size(); ++owner) {
      if (any([owner](const SlideBlock& b) { return b.used && b.owner == owner; }))
        entries.push_back({"thread " + std::to_string(owner), t.owners[owner], nullptr, nullptr});
    }
    if (any([](const SlideBlock& b) { return b.cached; }))
      entries.push_back({"cached", t.free, nullptr, &t.free_line, false, false, true});
    if (any([](const SlideBlock& b) { return !b.used && !b.foreign && !b.set_aside && !b.cached; }))
      entries.push_back({"free", t.free, nullptr, &t.free_line});
    if (any([](const SlideBlock& b) { return !b.foreign; }))
      entries.push_back(
          {any([](const SlideBlock& b) { return b.tag != 0; }) ? "header, tag" : "header", t.header,
           nullptr, nullptr});
    if (any([](const SlideBlock& b) {
          const std::uint64_t guards = b.guarded ? b.front + b.guard : 0;
          return b.used && b.slots.empty() && b.size > b.header + b.requested + guards;
        }))
      entries.push_back({"padding", t.padding, &t.padding_stripe, nullptr});
    if (any([](const SlideBlock& b) { return b.guarded && b.used; }))
      entries.push_back({"guard bytes", t.guard, &t.guard_stripe, nullptr});
    if (any([](const SlideBlock& b) { return !b.slots.empty(); }))
      entries.push_back({"slot in use", t.owners[1], nullptr, &t.free_line});
    if (any([](const SlideBlock& b) { return b.set_aside; }))
      entries.push_back(
          {"damaged, set aside", t.damaged, &t.damaged_stripe, nullptr, false, false, false, true});
    if (std::any_of(slide_.heaps.begin(), slide_.heaps.end(),
                    [](const SlideHeap& heap) { return !heap.scribbles.empty(); }))
      entries.push_back({"written over", t.damaged, nullptr, &t.damaged_stripe, true});
    if (any([](const SlideBlock& b) { return b.foreign; }))
      entries.push_back({"somebody else's", t.foreign, &t.foreign_stripe, nullptr});
    if (any([](const SlideBlock& b) { return b.visit > 0; }))
      entries.push_back({"visited by the search", t.ground, nullptr, &t.visit, false, true});
    entries.push_back({"not yet ours", t.beyond, &t.beyond_stripe, &t.panel_line});
    return entries;
  }

  double paint_legend(double bottom) {
    const std::vector<LegendEntry> entries = legend();
    constexpr double swatch_room = 31, gap = 28;
    const auto width_of = [](const LegendEntry& entry) {
      return swatch_room + text_width(Face::regular, small_size, entry.words);
    };
    // In as many lines as it takes; the last stands at the bottom.
    std::vector<SlidePoint> places;
    SlidePoint at{margin, 0};
    for (const LegendEntry& entry : entries) {
      if (at.x > margin && at.x + width_of(entry) > slide_width - margin) {
        at = {margin, at.y + legend_line};
      }
      places.push_back(at);
      at.x += width_of(entry) + gap;
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const LegendEntry& entry = entries[i];
      const double x = places[i].x;
      const double y = bottom - 14 - at.y + places[i].y;
      const SlideRect swatch{x, y - 14, 22, 17};
      if (entry.badge) {
        canvas_.disc({x + 11, y - 5.5}, 10, *entry.edge);
        canvas_.text({x + 11, y - 1}, {Face::semibold, 12, theme_.ground, Anchor::middle}, "1");
      } else if (entry.latticed) {
        canvas_.fill(swatch, entry.ground, 0);
        paint_lattice(canvas_, swatch, *entry.stripe, 11, 2);
      } else if (entry.stripe != nullptr) {
        canvas_.hatch(swatch, entry.ground, *entry.stripe, 8, 3);
      } else {
        canvas_.fill(swatch, entry.ground, 3);
      }
      if (entry.edge != nullptr && !entry.badge) canvas_.outline(swatch, *entry.edge, 2, 3);
      for (double bar = swatch.x + 6; entry.barred && bar < swatch.right() - 2; bar += 5)
        canvas_.line({bar, swatch.y}, {bar, swatch.bottom()}, *entry.edge, 1.5);
      if (entry.crossed) {
        canvas_.line({swatch.x, swatch.y}, {swatch.right(), swatch.bottom()}, *entry.edge, 2);
        canvas_.line({swatch.x, swatch.bottom()}, {swatch.right(), swatch.y}, *entry.edge, 2);
      }
      canvas_.text({x + swatch_room, y}, {Face::regular, small_size, theme_.text_dim}, entry.words);
    }
    return bottom - 44 - at.y;
  }

  Canvas& canvas_;
  const Slide& slide_;
  const SlideOptions& options_;
  const SlideTheme& theme_;
  double code_lines_height_ = code_lines;
  std::size_t visits_ = most_visits;
  SlideHits hits_;
};

/// How many bytes of a word are at most width units wide: whole characters, at least one.
std::size_t fitting_prefix(Face face, double size, double width, std::string_view word) {
  const auto next = [word](std::size_t at) {
    ++at;
    while (at < word.size() && (static_cast<unsigned char>(word[at]) & 0xC0U) == 0x80U) ++at;
    return at;
  };
  std::size_t part = next(0);
  while (part < word.size() && text_width(face, size, word.substr(0, next(part))) <= width) {
    part = next(part);
  }
  return part;
}

}  // namespace

void SlideRoom::join(const SlideRoom& other) {
  top = std::max(top, other.top);
  bottom = std::min(bottom, other.bottom);
  arrows |= other.arrows;
  marks |= other.marks;
}

SlideRoom room_on(const Slide& slide, const SlideOptions& options) {
  NoCanvas canvas;
  return Painter(canvas, slide, options).paint_frame();
}

SlideHits paint_slide(Canvas& canvas, const Slide& slide, const SlideOptions& options) {
  return Painter(canvas, slide, options).paint();
}

namespace {

/// Takes what must stay on one line off the front: a word, or a letter that needs no space, with
/// the stops behind it.
std::string take_piece(std::string_view& words) {
  constexpr std::u32string_view stops =
      U"\u3001\u3002\u300d\u300f\uff01\uff09\uff0c\uff1a\uff1b\uff1f";
  const std::string_view all = words;
  bool alone = false;
  while (!words.empty() && words.front() != ' ') {
    std::string_view rest = words;
    const char32_t c = take_character(rest).value_or(U'?');
    const bool first = words.size() == all.size();
    const bool goes_on =
        first || stops.find(c) != std::u32string_view::npos || (!alone && !is_wide(c));
    if (!goes_on) break;
    alone = alone || is_wide(c);
    words = rest;
  }
  return std::string(all.substr(0, all.size() - words.size()));
}

}  // namespace

std::vector<std::string> wrap(Face face, double size, double width, std::string_view words) {
  std::vector<std::string> lines;
  std::string line;
  while (!words.empty()) {
    const bool space = words.front() == ' ';
    if (space) words.remove_prefix(std::min(words.find_first_not_of(' '), words.size()));
    std::string word = take_piece(words);
    if (word.empty()) continue;
    while (text_width(face, size, word) > width) {
      const std::size_t part = fitting_prefix(face, size, width, word);
      if (!line.empty()) lines.push_back(std::exchange(line, {}));
      lines.push_back(word.substr(0, part));
      word.erase(0, part);
    }
    const std::string longer = line.empty() ? word : line + (space ? " " : "") + word;
    if (line.empty() || text_width(face, size, longer) <= width) {
      line = longer;
    } else {
      lines.push_back(line);
      line = word;
    }
  }
  if (!line.empty()) lines.push_back(line);
  return lines;
}

}  // namespace mh
