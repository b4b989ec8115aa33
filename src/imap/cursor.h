// A place in a command's text. Grammar functions (grammar.h and others) take a Cursor&, read one production, and leave
// the cursor behind it; after an error the cursor's place means nothing.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "base/text.h"

namespace yubin::imap {

// How mailbox names are written: as RFC 3501 has it, or in UTF-8 once the client has enabled that (RFC 9051 section
// 5.1).
enum class NameForm { mutf7, utf8 };

// Points into the command's text, which the session keeps until the command is done.
class Cursor {
 public:
  struct Limits {
    std::size_t depth = 32;     // of parentheses, NOT and OR inside each other
    std::size_t list = 20'000;  // elements of one list or set
  };
  explicit Cursor(std::string_view text, Limits limits) : rest_(text), limits_(limits) {}
  explicit Cursor(std::string_view text) : Cursor(text, Limits{}) {}
  Cursor(std::string_view text, NameForm names) : Cursor(text) { names_ = names; }

  Limits const& limits() const { return limits_; }
  NameForm names() const { return names_; }
  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  // The next character; NUL, which no command holds, at the end.
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  std::string_view take(std::size_t count) {
    std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  template <class Predicate>
  std::string_view take_while(Predicate wanted) {
    std::size_t count = 0;
    while (count < rest_.size() && wanted(rest_[count])) ++count;
    return take(count);
  }
  // Goes past `text` if it stands here, without ASCII case.
  bool skip(std::string_view text) {
    if (!istarts_with(rest_, text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

 private:
  std::string_view rest_;
  Limits limits_;
  NameForm names_ = NameForm::mutf7;
};

// `text` must stand here; `what` completes the sentence "… is missing".
inline Result<> expect(Cursor& cursor, std::string_view text, std::string_view what) {
  if (cursor.skip(text)) return {};
  return fail(Errc::syntax, std::string(what) + " is missing");
}
inline Result<> space(Cursor& cursor) {
  return expect(cursor, " ", "A space");
}
// Nothing may follow.
inline Result<> end_of_command(Cursor& cursor) {
  if (cursor.at_end()) return {};
  return fail(Errc::syntax, "The command goes on after its last argument");
}

}  // namespace yubin::imap
