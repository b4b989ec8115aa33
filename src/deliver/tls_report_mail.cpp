#include <fmt/chrono.h>
#include <fmt/format.h>
#include <zlib.h>

#include "base/text.h"
#include "deliver/tls_reports.h"
#include "mime/date.h"
#include "mime/transfer.h"

namespace yubin::deliver {

namespace {

constexpr std::size_t kMostAddresses = 4;

// RFC 1952
std::string gzip(std::string_view bytes) {
  constexpr int kWithHeader = 15 + 16;
  constexpr int kMemory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWithHeader, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  std::string in(bytes);
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

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
  std::string const file = fmt::format("{}!{}!{}!{}!{}.json.gz", mail.host_name, mail.domain, begin_of(mail.day),
                                       begin_of(mail.day + 1) - 1, mail.head.id);
  std::string const boundary = "=_" + mail.head.id;
  return fmt::format(
      "From: <{0}>\r\nTo: <{1}>\r\nDate: {2}\r\n"
      "Subject: Report Domain: {3}\r\n Submitter: {4}\r\n Report-ID: <{5}@{4}>\r\n"
      "Message-ID: <{5}@{4}>\r\nAuto-Submitted: auto-generated\r\n"
      // What the report complains of must not keep it from arriving (RFC 8460 section 5.3, RFC 8689 section 4).
      "TLS-Required: No\r\nTLS-Report-Domain: {3}\r\nTLS-Report-Submitter: {4}\r\n"
      "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";\r\n boundary=\"{6}\"\r\n\r\n"
      "--{6}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n"
      "This is a report on the TLS of mail from {4} to {3}\r\non {7:%Y-%m-%d} (UTC), as RFC 8460 has it.\r\n"
      "\r\n--{6}\r\nContent-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment;\r\n filename=\"{8}\"\r\n\r\n{9}\r\n--{6}--\r\n",
      mail.head.contact, to.text(), mime::format_date(mail.now, 0), mail.domain, mail.host_name, mail.head.id, boundary,
      fmt::gmtime(begin_of(mail.day)), file, mime::encode_base64_body(gzip(json)));
}

}  // namespace yubin::deliver
