// The grammar of SMTP's command lines. A parser function has the name of its production in RFC 5321 section 4.1.2,
// takes what it recognises from the cursor and never waits: the framer has found the whole line, and the line's limit
// bounds every repetition here.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "smtp/path.h"

namespace yubin::smtp {

// Reads a line that outlives it, from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool next_is(char c) const { return rest_.starts_with(c); }
  bool skip(char c);                   // true if it was next
  bool skip_word(std::string_view w);  // without ASCII case; true if it was next
  void skip_spaces();
  std::string_view rest() const { return rest_; }
  std::string_view take(std::size_t count);  // at most what is left

  template <class Predicate>
  std::string_view take_while(Predicate wanted) {
    std::size_t n = 0;
    while (n < rest_.size() && wanted(rest_[n])) ++n;
    return take(n);
  }

 private:
  std::string_view rest_;
};

bool is_ascii(std::string_view text);

// One `keyword[=value]` after a path; points into the line.
struct EsmtpParamView {
  std::string_view keyword;
  std::string_view value;  // empty also when there was no =
};

// Errc::syntax: no < and > as they must be. Errc::denied: they are there, but what stands between them is no address.
Result<ReversePath> reverse_path(Cursor& in);
Result<ForwardPath> forward_path(Cursor& in);
// All that is left of the line; begins with a space if there is anything.
Result<std::vector<EsmtpParamView>> mail_parameters(Cursor& in);

}  // namespace yubin::smtp
