// How texts are compared by SEARCH, in the form of mime/fold.h.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "mime/fold.h"

namespace yubin::imap {

// Takes line ends out between two characters of scripts that are written without blanks: there a line may end within a
// word, which means nothing. Text comes in pieces, cut anywhere between characters.
class LineJoiner {
 public:
  // The folded text that is complete; a line end waits for what follows.
  std::string add(std::string_view folded);
  std::string finish() { return std::move(held_); }

 private:
  static bool is_wide(std::string_view text);  // its first character
  void add_text(std::string_view text, std::string& out);
  void hold(char line_end, std::string& out);

  bool after_wide_ = false;  // the last character that was given out, or is
                             // before held_, is of such a script
  std::string held_;         // a line end
};

// A text that is looked for: RFC 9051 section 6.4.4, a substring, without case.
class Needle {
 public:
  explicit Needle(std::string_view text) : folded_(joined(mime::fold_text(text))) {}
  bool in(std::string_view text) const { return in_folded(joined(mime::fold_text(text))); }
  bool in_folded(std::string_view folded) const { return folded.find(folded_) != std::string_view::npos; }
  std::size_t size() const { return folded_.size(); }  // of what is looked for in folded text

 private:
  static std::string joined(std::string_view folded) {
    LineJoiner joiner;
    std::string out = joiner.add(folded);
    return out + joiner.finish();
  }

  std::string folded_;
};

}  // namespace yubin::imap
