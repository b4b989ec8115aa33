#include "deliver/mailbox_copy.h"

#include <fmt/format.h>

#include "mime/date.h"

namespace yubin::deliver {

namespace {

// RFC 5321 section 4.4: Return-Path is the first line that final delivery adds; the newest Received follows.
std::string prefix_for(Original const& original, queue::LocalTarget const& target) {
  return fmt::format("Return-Path: <{}>\r\nDelivered-To: {}\r\n{}\r\n\tfor <{}>; {}\r\n", original.reverse_path,
                     target.recipient, original.trace, target.recipient, mime::format_date(original.accepted, 0));
}

}  // namespace

Result<Copied> copy_into_inbox(store::Changes& changes, Original const& original, queue::LocalTarget const& target,
                               store::QuotaRule quota) {
  TRY(std::optional<store::Mailbox> inbox, changes.find_mailbox(target.account, store::MailboxName::inbox()));
  if (!inbox) return Copied::no_such_account;
  store::NewMessage const message{.prefix = prefix_for(original, target),
                                  .body = original.body,
                                  .summary = original.summary,
                                  .flags = {},
                                  .keywords = {},
                                  .internal_date = original.accepted,
                                  .internal_zone = 0,
                                  .quota = quota};
  TRY_VOID(changes.append(target.account, inbox->id, message));
  return Copied::yes;
}

}  // namespace yubin::deliver
