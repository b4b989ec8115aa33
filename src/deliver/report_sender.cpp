#include "deliver/report_sender.h"

#include <fmt/format.h>

#include <future>

#include "base/bytes.h"
#include "deliver/intake.h"
#include "deliver/own_route.h"
#include "mime/date.h"
#include "mime/transfer.h"
#include "report/rows.h"

namespace yubin::deliver {

namespace {
constexpr LogEvent kNobody{"report.to_nobody", LogLevel::warning,
                           "a report of ours is for an address in a domain of this server that nobody has"};
}

std::string make_report_message(ReportMessage const& message, mime::Address const& to) {
  std::string const file = fmt::format("{}!{}!{}!{}!{}.{}", message.submitter, message.domain, message.begin,
                                       message.end, message.id, message.extension);
  std::string const boundary = "=_" + message.id;
  return fmt::format(
      "From: <{0}>\r\nTo: <{1}>\r\nDate: {2}\r\n"
      "Subject: Report Domain: {3}\r\n Submitter: {4}\r\n Report-ID: <{5}@{4}>\r\n"
      "Message-ID: <{5}@{4}>\r\nAuto-Submitted: auto-generated\r\n{6}"
      "MIME-Version: 1.0\r\nContent-Type: {7};\r\n boundary=\"{8}\"\r\n\r\n"
      "--{8}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{9}"
      "\r\n--{8}\r\nContent-Type: {10}\r\nContent-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment;\r\n filename=\"{11}\"\r\n\r\n{12}\r\n--{8}--\r\n",
      message.from, to.text(), mime::format_date(message.now, 0), message.domain, message.submitter, message.id,
      message.more_fields, message.type, boundary, message.words, message.file_type, file,
      mime::encode_base64_body(message.bytes));
}

std::string report_id(std::string_view kind, std::string_view host_name, std::string_view content) {
  return to_hex(report::identity_of(fmt::format("{} {}", kind, host_name), content));
}

// By the queue, mail for a domain of ours would come back to this server.
Result<> ReportSender::add_recipients(LocalMessage& message, mime::Address const& to) const {
  std::string purpose;
  if (services_.purpose_of) purpose = services_.purpose_of(to.local_part().folded()).value_or("");
  TRY(directory::Route const route, route_with_own(services_.directory, to, !purpose.empty()));
  auto add = [&](directory::ToAccount const& one) {
    bool const is_server = one.account == kv::kServerAccount;
    message.targets.push_back({one.account, to.text(), is_server ? purpose : one.address.text()});
  };
  if (auto const* one = std::get_if<directory::ToAccount>(&route)) add(*one);
  if (auto const* many = std::get_if<directory::ToMany>(&route)) {
    for (directory::ToAccount const& one : many->accounts) add(one);
    for (mime::Address const& one : many->remote) message.outgoing.push_back({smtp::ForwardPath(one)});
  }
  if (std::holds_alternative<directory::NotOurDomain>(route)) message.outgoing.push_back({smtp::ForwardPath(to)});
  return {};
}

Result<> ReportSender::send(std::string const& text, mime::Address const& to, journal::EntryId id,
                            std::string_view service) const {
  Intake intake(services_.store, HeaderFilter());
  intake.add(text);
  TRY_VOID(intake.finish());
  Intake::Sealed sealed = intake.seal();
  TRY(kv::SealedBody body, sealed.body.wait());
  LocalMessage message{.body = std::move(body),
                       .summary = std::move(sealed.summary),
                       .trace = fmt::format("Received: by {} id {}", services_.host_name, id.text()),
                       .reverse_path = services_.contact,
                       .targets = {},
                       .entry = {}};
  TRY_VOID(add_recipients(message, to));
  if (message.targets.empty() && message.outgoing.empty()) {
    log(kNobody, {{"to", to.text()}, {"service", service}});
    return {};
  }
  message.entry.id = id;
  message.entry.kind = journal::Kind::message;
  message.entry.service = service;
  message.entry.sender = services_.contact;
  message.entry.verdict = "accepted";
  message.entry.message_id = sealed.message_id;
  message.entry.size = text.size();
  TRY_VOID(services_.local.deliver(std::move(message)).wait());
  return {};
}

dns::Answer ask_txt(dns::Resolver& resolver, std::string name) {
  std::promise<dns::Answer> answer;
  resolver.look_up({dns::RecordType::txt, std::move(name)},
                   [&](dns::Answer found) { answer.set_value(std::move(found)); });
  return answer.get_future().get();
}

}  // namespace yubin::deliver
