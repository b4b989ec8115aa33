#include "imap/status.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/format.h"
#include "imap/grammar.h"
#include "imap/response.h"

namespace yubin::imap {

namespace {

constexpr StatusItem kHighestModSeq = "HIGHESTMODSEQ";
constexpr StatusItem kDeletedStorage = "DELETED-STORAGE";

struct Facts {
  store::Mailbox const& mailbox;
  Options const& options;
  std::uint64_t deleted_storage;
};

struct Item {
  StatusItem name;
  std::string (*value)(Facts const&);
};

template <auto Member>
std::string number(Facts const& facts) {
  return fmt::format("{}", facts.mailbox.*Member);
}
template <auto Member>
std::string strong(Facts const& facts) {
  return fmt::format("{}", (facts.mailbox.*Member).value());
}
std::string none(Facts const&) {
  return "0";
}
std::string object_id(Facts const& facts) {
  return "(" + mailbox_id(facts.mailbox.object_id) + ")";
}
std::string append_limit(Facts const& facts) {
  return fmt::format("{}", facts.options.max_message);
}
std::string deleted_storage(Facts const& facts) {
  return fmt::format("{}", facts.deleted_storage);
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
    {kDeletedStorage, deleted_storage},            // RFC 9208 section 4.1.4
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

// The record counts these messages; only where there are some are they looked for.
Task<Result<std::uint64_t>> find_deleted_storage(Context& context, store::Mailbox const& mailbox,
                                                 std::vector<StatusItem> const& items) {
  constexpr std::size_t kPage = 4096;
  std::uint64_t octets = 0;
  bool const wanted = std::ranges::find(items, kDeletedStorage) != items.end() && mailbox.deleted != 0;
  store::UidRange range;
  for (bool more = wanted; more;) {
    auto page = context.services.store.states(context.account(), mailbox.id, range, kPage);
    if (!page) co_return std::unexpected(page.error());
    for (store::MessageState const& state : *page) {
      if (state.flags.has(store::SystemFlag::deleted)) octets += state.size;
    }
    more = page->size() == kPage && page->back().uid < range.last;
    if (more) range.first = page->back().uid.next();
    co_await context.pause();
  }
  co_return octets;
}

void put_status(Context& context, store::Mailbox const& mailbox, std::vector<StatusItem> const& items,
                std::uint64_t deleted_storage) {
  std::string& out = context.out;
  out += "* STATUS ";
  put_mailbox(out, mailbox.name.text(), context.names());
  std::string_view separator = " (";
  Facts const facts{mailbox, *context.services.options, deleted_storage};
  for (StatusItem name : items) {
    std::string const value = find_item(name)->value(facts);
    append_format(out, "{}{} {}", separator, name, value);
    separator = " ";
  }
  out += ")\r\n";
}

}  // namespace yubin::imap
