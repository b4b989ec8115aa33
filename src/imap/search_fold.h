// The form in which texts are compared by SEARCH.
#pragma once

#include <string>
#include <string_view>

namespace yubin::imap {

// Unicode's NFKC with case folding: "Ａ", "A" and "a" are one, and so are "ｶﾞ" and "ガ". Of UTF-8 that is not valid the
// ASCII letters are folded.
std::string search_fold(std::string_view utf8);

// A text that is looked for: RFC 9051 section 6.4.4, a substring, without case.
class Needle {
 public:
  explicit Needle(std::string_view text) : folded_(search_fold(text)) {}
  bool in(std::string_view text) const { return in_folded(search_fold(text)); }
  bool in_folded(std::string_view folded) const { return folded.find(folded_) != std::string_view::npos; }
  std::size_t size() const { return folded_.size(); }  // of what is looked for in folded text

 private:
  std::string folded_;
};

}  // namespace yubin::imap
