#include "config/option_groups.h"

namespace yubin::config {

void add_reports(Options<Config>& table) {
  using std::chrono::days;
  table
      .add(
          "reports.receive", [](auto& c) -> auto& { return c.settings.reception.own.reports; }, flag(),
          "Whether the server itself reads what is sent to dmarc-reports and tls-reports in its domains, for `yubin "
          "report`; `yubin dns show` then has reports sent there. If not, such mail goes where accounts and aliases "
          "say, and `yubin dns show` names the postmaster.")
      .needs_restart();
  table
      .add(
          "reports.keep", [](auto& c) -> auto& { return c.reports.keep; }, duration(days(1), days(3650)),
          "How long it is remembered what such reports say.")
      .needs_restart();
  table
      .add(
          "reports.answer_checks", [](auto& c) -> auto& { return c.settings.reception.own.checks; }, flag(),
          "Whether who writes to check in a domain of this server is told what was seen of the message: SPF, DKIM, "
          "DMARC, ARC, TLS and names. Only authors whose domain vouches for the message get an answer, one an hour. "
          "Needs outgoing.enabled.")
      .needs_restart();
  table
      .add(
          "reports.send_dmarc", [](auto& c) -> auto& { return c.settings.reception.send_dmarc; }, flag(),
          "Domains that ask for it (rua in their DMARC record, RFC 9990) get a daily report by mail on the mail that "
          "claimed to be from them. Reports on TLS: outgoing.tls_reports.")
      .needs_restart();
}

}  // namespace yubin::config
