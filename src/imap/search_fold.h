// The form in which texts are compared by SEARCH.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace yubin::imap {

// Unicode's NFKC with case folding: "Ａ", "A" and "a" are one, and so are "ｶﾞ" and "ガ". Of UTF-8 that is not valid the
// ASCII letters are folded.
std::string search_fold(std::string_view utf8);

// Takes line ends out between two characters of scripts that are written without blanks: there a line may end within a
// word, which means nothing. Text comes in pieces, cut anywhere between characters.
class LineJoiner {
 public:
  // The folded text that is complete; a line end waits for what follows.
  std::string add(std::string_view folded);
  std::string finish() { return std::move(held_); }

 private:
  static bool is_wide(std::string_view character);

  bool after_wide_ = false;  // the last character that was given out, or is
                             // before held_, is of such a script
  std::string held_;         // a line end
};

// A text that is looked for: RFC 9051 section 6.4.4, a substring, without case.
class Needle {
 public:
  explicit Needle(std::string_view text) : folded_(joined(search_fold(text))) {}
  bool in(std::string_view text) const { return in_folded(joined(search_fold(text))); }
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
