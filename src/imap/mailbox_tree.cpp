#include "imap/mailbox_tree.h"

#include <algorithm>

namespace yubin::imap {

namespace {

// With the delimiter as the lowest character, what is below a mailbox follows it without a gap.
unsigned rank(char c) {
  return c == store::MailboxName::kDelimiter ? 0 : static_cast<unsigned char>(c) + 1u;
}

bool before(std::string_view a, std::string_view b) {
  return std::ranges::lexicographical_compare(a, b, {}, rank, rank);
}

bool is_below(std::string_view name, std::string_view above) {
  return name.size() > above.size() && name.starts_with(above) && name[above.size()] == store::MailboxName::kDelimiter;
}

}  // namespace

MailboxTree::MailboxTree(std::vector<store::Mailbox> mailboxes) : mailboxes_(std::move(mailboxes)) {
  std::ranges::sort(mailboxes_, before, [](store::Mailbox const& m) -> std::string_view { return m.name.text(); });
}

std::span<store::Mailbox const> MailboxTree::below(store::Mailbox const& mailbox) const {
  std::string_view above = mailbox.name.text();
  auto first = std::ranges::upper_bound(mailboxes_, above, before,
                                        [](store::Mailbox const& m) -> std::string_view { return m.name.text(); });
  auto last = std::find_if_not(first, mailboxes_.end(),
                               [&](store::Mailbox const& m) { return is_below(m.name.text(), above); });
  return {first, last};
}

bool matches_any(std::span<MailboxPattern const> patterns, store::MailboxName const& name) {
  return std::ranges::any_of(patterns, [&](MailboxPattern const& pattern) { return pattern.matches(name); });
}

}  // namespace yubin::imap
