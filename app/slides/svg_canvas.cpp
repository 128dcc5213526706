#include "app/slides/svg_canvas.hpp"

#include <array>
#include <cmath>
#include <cstdio>

#include "app/model/text.hpp"

namespace mh {
namespace {

/// A length to a hundredth of a unit, without needless zeros; the same in every locale.
std::string number(double value) {
  const auto hundredths = std::llround(value * 100);
  const auto whole = std::llabs(hundredths) / 100;
  const auto rest = std::llabs(hundredths) % 100;
  std::string text = hundredths < 0 ? "-" : "";
  text += std::to_string(whole);
  if (rest == 0) return text;
  text += '.';
  text += static_cast<char>('0' + rest / 10);
  if (rest % 10 != 0) text += static_cast<char>('0' + rest % 10);
  return text;
}

std::string attribute(const char* name, double value) {
  return std::string(" ") + name + "=\"" + number(value) + '"';
}

std::string paint(const char* name, Colour colour) {
  std::array<char, 16> hex{};
  std::snprintf(hex.data(), hex.size(), "#%02x%02x%02x", colour.r, colour.g, colour.b);
  std::string text = std::string(" ") + name + "=\"" + hex.data() + '"';
  if (colour.a != 255) {
    text += attribute((std::string(name) + "-opacity").c_str(), colour.a / 255.0);
  }
  return text;
}

std::string place(const SlideRect& rect, double radius) {
  std::string text = attribute("x", rect.x) + attribute("y", rect.y) +
                     attribute("width", rect.width) + attribute("height", rect.height);
  if (radius > 0) text += attribute("rx", radius);
  return text;
}

/// What stands there comes from scripts, which are checked, and from names of files, which are not.
std::string escape(std::string_view words) {
  std::string text;
  for (const char c : without_faults(words)) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      default:
        text += c;
    }
  }
  return text;
}

const char* class_of(Face face) {
  switch (face) {
    case Face::regular:
      return "r";
    case Face::medium:
      return "m";
    case Face::semibold:
      return "b";
    case Face::mono:
      return "c";
  }
  return "r";
}

std::string point(SlidePoint p) {
  return number(p.x) + ' ' + number(p.y);
}

}  // namespace

void SvgCanvas::fill(const SlideRect& rect, Colour colour, double radius) {
  body_ += "<rect" + place(rect, radius) + paint("fill", colour) + "/>\n";
}

void SvgCanvas::outline(const SlideRect& rect, Colour colour, double width, double radius) {
  body_ += "<rect" + place(rect, radius) + " fill=\"none\"" + paint("stroke", colour) +
           attribute("stroke-width", width) + "/>\n";
}

void SvgCanvas::hatch(const SlideRect& rect, Colour ground, Colour stripe, double pitch,
                      double width) {
  body_ += "<rect" + place(rect, 0) + " fill=\"url(#" + pattern(ground, stripe, pitch, width) +
           ")\"/>\n";
}

std::string SvgCanvas::pattern(Colour ground, Colour stripe, double pitch, double width) {
  const std::string look = "<rect" + attribute("width", pitch) + attribute("height", pitch) +
                           paint("fill", ground) + "/><rect" + attribute("width", width) +
                           attribute("height", pitch) + paint("fill", stripe) + "/>";
  const auto known = pattern_names_.find(look);
  if (known != pattern_names_.end()) return known->second;
  std::string name = std::to_string(pattern_names_.size() + 1);
  name.insert(name.begin(), 'h');
  patterns_ += "<pattern id=\"" + name + "\" patternUnits=\"userSpaceOnUse\"" +
               attribute("width", pitch) + attribute("height", pitch) +
               " patternTransform=\"rotate(45)\">" + look + "</pattern>\n";
  pattern_names_[look] = name;
  return name;
}

void SvgCanvas::line(SlidePoint from, SlidePoint to, Colour colour, double width) {
  body_ += "<path d=\"M" + point(from) + " L" + point(to) + "\"" + paint("stroke", colour) +
           attribute("stroke-width", width) + "/>\n";
}

void SvgCanvas::curve(SlidePoint from, SlidePoint control1, SlidePoint control2, SlidePoint to,
                      Colour colour, double width) {
  body_ += "<path d=\"M" + point(from) + " C" + point(control1) + ' ' + point(control2) + ' ' +
           point(to) + "\" fill=\"none\"" + paint("stroke", colour) +
           attribute("stroke-width", width) + "/>\n";
}

void SvgCanvas::triangle(SlidePoint a, SlidePoint b, SlidePoint c, Colour colour) {
  body_ += "<path d=\"M" + point(a) + " L" + point(b) + " L" + point(c) + " Z\"" +
           paint("fill", colour) + "/>\n";
}

void SvgCanvas::disc(SlidePoint centre, double radius, Colour colour) {
  body_ += "<circle" + attribute("cx", centre.x) + attribute("cy", centre.y) +
           attribute("r", radius) + paint("fill", colour) + "/>\n";
}

void SvgCanvas::text(SlidePoint at, const TextLook& look, std::string_view words) {
  if (words.empty()) return;
  body_ += "<text" + attribute("x", at.x) + attribute("y", at.y) + " class=\"" +
           class_of(look.face) + '"' + attribute("font-size", look.size);
  if (look.anchor == Anchor::middle) body_ += " text-anchor=\"middle\"";
  if (look.anchor == Anchor::end) body_ += " text-anchor=\"end\"";
  body_ += paint("fill", look.colour) + '>' + escape(words) + "</text>\n";
}

std::string SvgCanvas::file(std::string_view title, std::string_view description) const {
  const std::string size = number(width_) + ' ' + number(height_);
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size + '"' +
                     attribute("width", width_) + attribute("height", height_) + " role=\"img\">\n";
  text += "<title>" + escape(title) + "</title>\n<desc>" + escape(description) + "</desc>\n";
  text +=
      "<style>text{white-space:pre}.r,.m,.b{font-family:Inter,Helvetica,Arial,sans-serif}"
      ".m{font-weight:500}.b{font-weight:600}"
      ".c{font-family:'JetBrains Mono',Menlo,Consolas,monospace}</style>\n";
  if (!patterns_.empty()) text += "<defs>\n" + patterns_ + "</defs>\n";
  return text + body_ + "</svg>\n";
}

}  // namespace mh
