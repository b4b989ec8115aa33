#include "report/xml.h"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "base/text.h"
#include "mime/charset.h"

namespace yubin::report {

namespace {

struct Closer {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<std::remove_pointer_t<XML_Parser>, Closer>;

constexpr std::size_t kHead = 200;       // where the declaration is
constexpr std::size_t kPiece = 1 << 20;  // for libexpat, which counts in int

// encoding="..." of the declaration, if it has one.
std::string_view declared_encoding(std::string_view document) {
  std::string_view head = document.substr(0, kHead);
  head = head.substr(0, head.find("?>"));
  std::size_t at = head.find("encoding");
  if (!head.starts_with("<?xml") || at == std::string_view::npos) return {};
  at = head.find_first_of("\"'", at);
  if (at == std::string_view::npos) return {};
  std::string_view const value = head.substr(at + 1);
  return value.substr(0, value.find(head[at]));
}

bool is_utf16(std::string_view document) {
  return document.starts_with("\xfe\xff") || document.starts_with("\xff\xfe") ||
         document.substr(0, 4).find('\0') != std::string_view::npos;
}

// "urn:x" prefixes are not resolved: reports use them as they like.
std::string_view local_name(char const* name) {
  std::string_view const whole(name);
  return whole.substr(whole.rfind(':') + 1);  // npos + 1 is 0
}

std::string_view without_space(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

class Walk {
 public:
  Walk(XmlLimits const& limits, XmlHandler& handler) : limits_(limits), handler_(handler) {}

  Result<> run(std::string_view document, char const* encoding) {
    parser_.reset(XML_ParserCreate(encoding));
    if (!parser_) throw std::bad_alloc();
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(parser_.get(), on_begin, on_end);
    XML_SetCharacterDataHandler(parser_.get(), on_text);
    XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
    for (bool last = false; !last && result_ && !ended_;) {
      std::string_view const piece = document.substr(0, kPiece);
      document.remove_prefix(piece.size());
      last = document.empty();
      XML_Status const status = XML_Parse(parser_.get(), piece.data(), static_cast<int>(piece.size()), last ? 1 : 0);
      if (status == XML_STATUS_ERROR && result_ && !ended_) result_ = error();
    }
    return result_;
  }

 private:
  static void on_begin(void* self, XML_Char const* name, XML_Char const** /*attributes*/) {
    static_cast<Walk*>(self)->begin(name);
  }
  static void on_end(void* self, XML_Char const* name) { static_cast<Walk*>(self)->end(name); }
  static void on_text(void* self, XML_Char const* text, int length) {
    static_cast<Walk*>(self)->text({text, static_cast<std::size_t>(length)});
  }
  static void on_doctype(void* self, XML_Char const*, XML_Char const*, XML_Char const*, int) {
    static_cast<Walk*>(self)->stop(fail(Errc::syntax, "the XML declares a document type, which reports have none of"));
  }

  // libexpat may have something more to say after it was stopped.
  bool stopped() const { return !result_ || ended_; }

  void begin(char const* name) {
    if (stopped()) return;
    if (++elements_ > limits_.elements) return stop(fail(Errc::limit, "too many elements in the XML"));
    if (texts_.size() >= limits_.depth) return stop(fail(Errc::limit, "the XML is nested too deeply"));
    texts_.emplace_back();
    check(handler_.begin(local_name(name)));
  }

  void end(char const* name) {
    if (stopped()) return;
    std::string text = std::move(texts_.back());
    texts_.pop_back();
    check(handler_.end(local_name(name), std::move(text)));
    if (!texts_.empty()) return;
    ended_ = true;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  void text(std::string_view piece) {
    if (stopped() || texts_.empty()) return;
    std::string& text = texts_.back();
    text += piece.substr(0, limits_.text - std::min(limits_.text, text.size()));
  }

  void check(Result<> result) {
    if (!result) stop(std::move(result));
  }
  void stop(Result<> why) {
    result_ = std::move(why);
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  Result<> error() const {
    XML_Error const code = XML_GetErrorCode(parser_.get());
    if (code == XML_ERROR_NO_MEMORY) throw std::bad_alloc();
    return fail(Errc::syntax, fmt::format("broken XML in line {}: {}", XML_GetCurrentLineNumber(parser_.get()),
                                          XML_ErrorString(code)));
  }

  XmlLimits const limits_;
  XmlHandler& handler_;
  Parser parser_;
  std::vector<std::string> texts_;  // of the elements that are open
  std::size_t elements_ = 0;
  bool ended_ = false;
  Result<> result_;
};

}  // namespace

Result<> read_xml(std::string_view document, XmlLimits const& limits, XmlHandler& handler) {
  if (is_utf16(document)) return Walk(limits, handler).run(document, nullptr);
  document = without_space(document);
  std::string_view label = declared_encoding(document);
  if (istarts_with(label, "utf-16")) label = {};                     // whose bytes would be others
  std::string const text = mime::decode_text(document, label).text;  // without its mark
  return Walk(limits, handler).run(without_space(text), "UTF-8");
}

std::string xml_text(std::string_view text) {
  std::string out;
  for (char const c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= ' ' || c == '\t' || c == '\n') out += c;
    }
  }
  return out;
}

}  // namespace yubin::report
