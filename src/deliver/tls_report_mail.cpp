#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/text.h"
#include "deliver/report_sender.h"
#include "deliver/tls_reports.h"
#include "report/gzip.h"

namespace yubin::deliver {

namespace {

constexpr std::size_t kMostAddresses = 4;

}  // namespace

std::vector<mime::Address> report_addresses(dns::Answer const& txt) {
  std::vector<mime::Address> out;
  for (dns::Record const& record : txt.records) {
    auto const* one = std::get_if<dns::Txt>(&record);
    if (one == nullptr || !one->text.starts_with("v=TLSRPTv1")) continue;
    for (std::string_view field : split(one->text, ';')) {
      field = trim(field);
      if (!field.starts_with("rua=")) continue;
      for (std::string_view uri : split(field.substr(4), ',')) {
        uri = trim(uri);
        constexpr std::string_view kMail = "mailto:";
        if (uri.size() <= kMail.size() || !iequals(uri.substr(0, kMail.size()), kMail)) continue;
        auto address = mime::Address::parse(uri.substr(kMail.size()));
        if (address && out.size() < kMostAddresses) out.push_back(*std::move(address));
      }
    }
  }
  return out;
}

std::string make_report_mail(ReportMail const& mail, mime::Address const& to, std::string_view json) {
  // Section 5.1
  ReportMessage const message{
      .from = mail.head.contact,
      .submitter = mail.host_name,
      .domain = mail.domain,
      .id = mail.head.id,
      .begin = begin_of(mail.day),
      .end = begin_of(mail.day + 1) - 1,
      .now = mail.now,
      .type = "multipart/report; report-type=\"tlsrpt\"",
      // What the report complains of must not keep it from arriving (RFC 8460 section 5.3, RFC 8689 section 4).
      .more_fields = fmt::format("TLS-Required: No\r\nTLS-Report-Domain: {}\r\nTLS-Report-Submitter: {}\r\n",
                                 mail.domain, mail.host_name),
      .words = fmt::format("This is a report on the TLS of mail from {} to {}\r\non {:%Y-%m-%d} (UTC), as RFC 8460 has "
                           "it.\r\n",
                           mail.host_name, mail.domain, fmt::gmtime(begin_of(mail.day))),
      .file_type = "application/tlsrpt+gzip",
      .extension = "json.gz",
      .bytes = report::gzip(json)};
  return make_report_message(message, to);
}

}  // namespace yubin::deliver
