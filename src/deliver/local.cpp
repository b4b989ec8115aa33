#include "deliver/local.h"

#include <fmt/format.h>

#include <algorithm>

#include "mime/date.h"

namespace yubin::deliver {

namespace {

// RFC 5321 section 4.4: Return-Path is the first line that final delivery adds; the newest Received follows.
std::string prefix_for(LocalMessage const& message, LocalRecipient const& recipient, std::string_view date) {
  return fmt::format("Return-Path: <{}>\r\nDelivered-To: {}\r\n{}\r\n\tfor <{}>; {}\r\n", message.reverse_path,
                     recipient.address, message.trace, recipient.address, date);
}

std::vector<kv::AccountId> accounts_of(std::vector<LocalRecipient> const& recipients) {
  std::vector<kv::AccountId> accounts;
  for (LocalRecipient const& recipient : recipients) accounts.push_back(recipient.account);
  std::ranges::sort(accounts);
  accounts.erase(std::ranges::unique(accounts).begin(), accounts.end());
  return accounts;
}

Result<> store_into_inbox(store::Changes& changes, kv::AccountId account, store::NewMessage const& message) {
  TRY(std::optional<store::Mailbox> inbox, changes.find_mailbox(account, store::MailboxName::inbox()));
  if (!inbox) return fail(Errc::temporary, fmt::format("account {} has no INBOX", account.value()));
  TRY_VOID(changes.append(account, inbox->id, message));
  return {};
}

}  // namespace

kv::Ticket<journal::EntryId> LocalDelivery::deliver(LocalMessage message) {
  std::vector<kv::AccountId> accounts = accounts_of(message.recipients);
  std::int64_t now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();

  auto fn = [message = std::move(message), accounts, now](store::Changes& changes) -> Result<journal::EntryId> {
    std::string const date = mime::format_date({std::chrono::sys_seconds(std::chrono::seconds(now))});
    journal::Entry entry = message.entry;
    for (kv::AccountId account : accounts) {
      auto recipient = std::ranges::find(message.recipients, account, &LocalRecipient::account);
      store::NewMessage added{.prefix = prefix_for(message, *recipient, date),
                              .body = message.body,
                              .summary = message.summary,
                              .flags = {},
                              .keywords = {},
                              .internal_date = now,
                              .internal_zone = 0,
                              .quota = store::QuotaRule::delivery};
      TRY_VOID(store_into_inbox(changes, account, added));
    }
    for (LocalRecipient const& recipient : message.recipients)
      entry.recipients.push_back({recipient.address, "delivered", "2.0.0", "INBOX"});
    journal::Journal::put(changes.kv(), entry);
    return entry.id;
  };
  return store_.change<journal::EntryId>(std::move(accounts), Lane::delivery, std::move(fn));
}

}  // namespace yubin::deliver
