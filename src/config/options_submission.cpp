#include "config/option_groups.h"

namespace yubin::config {

namespace {

using namespace std::chrono_literals;
using directory::SendingLimit;

Codec<std::uint64_t> sending_limit() {
  return number<std::uint64_t>(0, 1'000'000'000);
}

template <SendingLimit limit>
void add_account_limit(Options<Config>& table, std::string_view name, std::string_view sentence) {
  table.add(
      name, [](auto& c) -> auto& { return c.settings.submission.sending.account[static_cast<std::size_t>(limit)]; },
      sending_limit(), sentence);
}

template <SendingLimit limit>
void add_domain_limit(Options<Config>& table, std::string_view name, std::string_view sentence) {
  table.add(
      name, [](auto& c) -> auto& { return c.settings.submission.sending.domain[static_cast<std::size_t>(limit)]; },
      sending_limit(), sentence);
}

void add_sending_limits(Options<Config>& table) {
  add_account_limit<SendingLimit::messages_per_hour>(
      table, "submission.messages_per_hour",
      "How many messages an account may send in an hour, unless `yubin account set` says otherwise for it. 0: any "
      "number. Who has sent so many is told so, with the time from which on more can be sent, and `yubin status` has "
      "an alarm: it may be a thief of the password.");
  add_account_limit<SendingLimit::messages_per_day>(table, "submission.messages_per_day", "The same for 24 hours.");
  add_account_limit<SendingLimit::recipients_per_hour>(
      table, "submission.recipients_per_hour",
      "To how many recipients an account may send in an hour: each address of each message counts. 0: any number.");
  add_account_limit<SendingLimit::recipients_per_day>(table, "submission.recipients_per_day", "The same for 24 hours.");
  add_domain_limit<SendingLimit::messages_per_hour>(
      table, "submission.domain_messages_per_hour",
      "How many messages all accounts of a domain together may send in an hour. 0: any number.");
  add_domain_limit<SendingLimit::messages_per_day>(table, "submission.domain_messages_per_day",
                                                   "The same for 24 hours.");
  add_domain_limit<SendingLimit::recipients_per_hour>(
      table, "submission.domain_recipients_per_hour",
      "To how many recipients all accounts of a domain together may send in an hour. 0: any number.");
  add_domain_limit<SendingLimit::recipients_per_day>(table, "submission.domain_recipients_per_day",
                                                     "The same for 24 hours.");
}

}  // namespace

void add_submission(Options<Config>& table) {
  table.add(
      "submission.own_sender_only", [](auto& c) -> auto& { return c.settings.submission.own_sender_only; }, flag(),
      "Whoever is logged in may send only from addresses that lead to the account.");
  table.add(
      "submission.login_time", [](auto& c) -> auto& { return c.settings.submission.login_time; },
      duration<std::chrono::seconds>(5s, 30min), "How long a client may take to log in.");
  table.add(
      "submission.max_failed_logins", [](auto& c) -> auto& { return c.settings.submission.max_failed_logins; },
      number<unsigned>(1, 1000), "Wrong passwords, after which a connection is closed.");
  table.add(
      "submission.hide_client", [](auto& c) -> auto& { return c.settings.reception.hide_client; }, flag(),
      "Nobody who gets a message learns from what address its sender sent it: the Received field does not say. The "
      "journal does.");
  add_sending_limits(table);
}

}  // namespace yubin::config
