#include "imap/mailbox_pattern.h"

#include <vector>

#include "base/text.h"

namespace yubin::imap {

namespace {

bool is_wildcard(char c) {
  return c == '*' || c == '%';
}

// From the positions in the pattern that were reached before `c` to those after it.
void step(std::string_view pattern, char c, bool any_case, std::vector<char>& reached) {
  // From the right, so that each position is read before it is written.
  for (std::size_t at = pattern.size(); at > 0; --at) {
    char wanted = pattern[at - 1];
    bool equal = any_case ? ascii_lower(wanted) == ascii_lower(c) : wanted == c;
    bool advance = !is_wildcard(wanted) && equal && reached[at - 1] != 0;
    // reached[at] behind a wildcard: the wildcard may take one more.
    bool stay = is_wildcard(wanted) && reached[at] != 0 && (wanted == '*' || c != store::MailboxName::kDelimiter);
    reached[at] = advance || stay ? 1 : 0;
  }
  reached[0] = 0;
}

// A wildcard may take nothing.
void pass_wildcards(std::string_view pattern, std::vector<char>& reached) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (reached[at] != 0 && is_wildcard(pattern[at])) reached[at + 1] = 1;
  }
}

}  // namespace

MailboxPattern::MailboxPattern(std::string_view reference, std::string_view pattern) {
  for (char c : std::string(reference) + std::string(pattern)) {
    if (!is_wildcard(c)) {
      pattern_.push_back(c);
      ++literals_;
    } else if (pattern_.empty() || !is_wildcard(pattern_.back())) {
      pattern_.push_back(c);
    } else if (c == '*') {
      pattern_.back() = '*';
    }
  }
}

bool MailboxPattern::matches(store::MailboxName const& name) const {
  std::string_view text = name.text();
  if (literals_ > text.size()) return false;
  std::vector<char> reached(pattern_.size() + 1, 0);
  reached[0] = 1;
  pass_wildcards(pattern_, reached);
  for (char c : text) {
    step(pattern_, c, name.is_inbox(), reached);
    pass_wildcards(pattern_, reached);
  }
  return reached.back() != 0;
}

}  // namespace yubin::imap
