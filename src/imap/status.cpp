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
  std::uint64_t (*value)(store::Mailbox const&);
};
constexpr Item kItems[] = {
    {"MESSAGES", [](store::Mailbox const& m) { return std::uint64_t{m.exists}; }},
    {"RECENT", [](store::Mailbox const&) { return std::uint64_t{0}; }},
    {"UIDNEXT", [](store::Mailbox const& m) { return std::uint64_t{m.uid_next.value()}; }},
    {"UIDVALIDITY", [](store::Mailbox const& m) { return std::uint64_t{m.uid_validity.value()}; }},
    {"UNSEEN", [](store::Mailbox const& m) { return std::uint64_t{m.unseen}; }},
    {"DELETED", [](store::Mailbox const& m) { return std::uint64_t{m.deleted}; }},
    {"SIZE", [](store::Mailbox const& m) { return m.size; }},  // RFC 8438
    {kHighestModSeq, [](store::Mailbox const& m) { return m.highest_modseq.value(); }},
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

void put_status(std::string& out, store::Mailbox const& mailbox, std::vector<StatusItem> const& items) {
  out += "* STATUS ";
  put_mailbox(out, mailbox.name);
  std::string_view separator = " (";
  for (StatusItem name : items) {
    fmt::format_to(std::back_inserter(out), "{}{} {}", separator, name, find_item(name)->value(mailbox));
    separator = " ";
  }
  out += ")\r\n";
}

}  // namespace yubin::imap
