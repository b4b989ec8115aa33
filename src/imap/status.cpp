#include "imap/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "imap/grammar.h"
#include "imap/response.h"

namespace yubin::imap {

namespace {

constexpr StatusItem kHighestModSeq = "HIGHESTMODSEQ";

struct Item {
  StatusItem name;
  std::string (*value)(store::Mailbox const&, Options const&);
};

template <auto Member>
std::string number(store::Mailbox const& mailbox, Options const&) {
  return fmt::format("{}", mailbox.*Member);
}
template <auto Member>
std::string strong(store::Mailbox const& mailbox, Options const&) {
  return fmt::format("{}", (mailbox.*Member).value());
}
std::string none(store::Mailbox const&, Options const&) {
  return "0";
}
std::string object_id(store::Mailbox const& mailbox, Options const&) {
  return "(" + mailbox_id(mailbox.object_id) + ")";
}
std::string append_limit(store::Mailbox const&, Options const& options) {
  return fmt::format("{}", options.max_message);
}

using M = store::Mailbox;
constexpr Item kItems[] = {
    {"MESSAGES", number<&M::exists>},
    {"RECENT", none},
    {"UIDNEXT", strong<&M::uid_next>},
    {"UIDVALIDITY", strong<&M::uid_validity>},
    {"UNSEEN", number<&M::unseen>},
    {"DELETED", number<&M::deleted>},
    {"SIZE", number<&M::size>},                    // RFC 8438
    {kHighestModSeq, strong<&M::highest_modseq>},  // RFC 7162 section 3.1.7
    {"MAILBOXID", object_id},                      // RFC 8474 section 4.3
    {"APPENDLIMIT", append_limit},                 // RFC 7889 section 4
};

Item const* find_item(std::string_view name) {
  auto item = std::ranges::find_if(kItems, [&](Item const& i) { return iequals(i.name, name); });
  return item == std::end(kItems) ? nullptr : item;
}

}  // namespace

Result<std::vector<StatusItem>> status_items(Cursor& cursor) {
  std::vector<StatusItem> items;
  TRY_VOID(expect(cursor, "(", "The ( of the list of items"));
  do {
    TRY(std::string name, atom(cursor));
    Item const* item = find_item(name);
    if (item == nullptr) return fail(Errc::syntax, "There is no such status item");
    if (std::ranges::find(items, item->name) == items.end()) items.push_back(item->name);
  } while (cursor.skip(" "));
  TRY_VOID(expect(cursor, ")", "The ) of the list of items"));
  return items;
}

bool asks_for_modseq(std::vector<StatusItem> const& items) {
  return std::ranges::find(items, kHighestModSeq) != items.end();
}

void put_status(Context& context, store::Mailbox const& mailbox, std::vector<StatusItem> const& items) {
  std::string& out = context.out;
  out += "* STATUS ";
  put_mailbox(out, mailbox.name.text(), context.names());
  std::string_view separator = " (";
  for (StatusItem name : items) {
    std::string const value = find_item(name)->value(mailbox, *context.services.options);
    fmt::format_to(std::back_inserter(out), "{}{} {}", separator, name, value);
    separator = " ";
  }
  out += ")\r\n";
}

}  // namespace yubin::imap
