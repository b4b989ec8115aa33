#include "pop3/login.h"

#include <fmt/format.h>

#include <utility>

#include "base/assert.h"

namespace yubin::pop3 {

namespace {

constexpr std::size_t kStatesPage = 1024;  // messages read from the store at a time

Reply refusal(LoginRefused refused) {
  switch (refused.why) {
    case LoginRefused::Why::wrong:
      return err("AUTH", std::move(refused.text));  // RFC 3206 section 6
    case LoginRefused::Why::unavailable:
      return err("SYS/TEMP", std::move(refused.text));
    case LoginRefused::Why::malformed:
      return err(std::move(refused.text));
  }
  return err(std::move(refused.text));
}

Task<Result<Maildrop>> open_maildrop(Context& context, store::AccountId account) {
  store::Store& store = context.services.store;
  Result<std::optional<store::Mailbox>> inbox = store.find_mailbox(account, store::MailboxName::inbox());
  if (!inbox) co_return std::unexpected(std::move(inbox).error());
  if (!*inbox) co_return fail(Errc::not_found, "the account has no INBOX");
  Maildrop maildrop(account, **inbox);
  store::UidRange range;
  for (;;) {
    auto const states = store.states(account, maildrop.mailbox(), range, kStatesPage);
    if (!states) co_return std::unexpected(states.error());
    for (store::MessageState const& state : *states) maildrop.add(state);
    if (states->size() < kStatesPage) co_return maildrop;
    range.first = states->back().uid.next();
    co_await context.pause();
  }
}

}  // namespace

Task<Reply> logged_in(Context& context) {
  YUBIN_ASSERT(context.answer.has_value());
  LoginAnswer answer = *std::exchange(context.answer, std::nullopt);
  if (auto* refused = std::get_if<LoginRefused>(&answer)) co_return refusal(std::move(*refused));
  Result<Maildrop> maildrop = co_await open_maildrop(context, std::get<LoggedIn>(answer).account);
  if (!maildrop) co_return failure(maildrop.error());
  context.maildrop = *std::move(maildrop);
  co_return ok(fmt::format("{} messages, {} octets.", context.maildrop->count(), context.maildrop->octets()));
}

Reply privacy_required(Context const& context) {
  bool const stls = context.connection.tls == Connection::Tls::offered;
  return err("AUTH", stls ? "Use TLS (STLS); no password is taken in clear." : "No password is taken in clear.");
}

Reply mechanism_required() {
  return err("AUTH", "Use AUTH; no password is taken as it is.");
}

}  // namespace yubin::pop3
