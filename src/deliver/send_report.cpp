#include "deliver/send_report.h"

#include <fmt/format.h>

#include "deliver/intake.h"

namespace yubin::deliver {

namespace {

struct Prepared {
  Intake::Sealed sealed;
  std::size_t size;
  smtp::MailParameters parameters;
  directory::Route route;
};

// On the pool: the report as a body that is being sealed, and where it goes.
Result<Prepared> prepare(ReportServices const& services, ReportOrder const& order, journal::EntryId id) {
  auto const now = std::chrono::floor<std::chrono::seconds>(services.clock.now()).time_since_epoch().count();
  ReportOriginal const original = order.original ? order.original() : ReportOriginal{};
  Report report = make_report(order.subject, order.action, order.recipients, original,
                              {services.host_name, id.text(), now, services.domain});
  TRY(directory::Route route, services.directory.route(*order.subject.reverse_path.address()));
  Intake intake(services.store, HeaderFilter());
  intake.add(report.text);
  TRY_VOID(intake.finish());
  return Prepared{intake.seal(), report.text.size(), std::move(report.parameters), std::move(route)};
}

LocalMessage message_of(ReportServices const& services, ReportOrder const& order, Prepared& report, kv::SealedBody body,
                        journal::EntryId id) {
  mime::Address const& sender = *order.subject.reverse_path.address();
  LocalMessage message{.body = std::move(body),
                       .summary = std::move(report.sealed.summary),
                       .trace = fmt::format("Received: by {} id {}", services.host_name, id.text()),
                       .reverse_path = "",
                       .targets = {},
                       .parameters = std::move(report.parameters),
                       .entry = {}};
  message.entry.id = id;
  message.entry.kind = journal::Kind::message;
  message.entry.service = "report";
  message.entry.verdict = "accepted";
  message.entry.message_id = report.sealed.message_id;
  message.entry.size = report.size;
  message.entry.facts.emplace_back("about", order.about.text());
  if (auto const* one = std::get_if<directory::ToAccount>(&report.route))
    message.targets.push_back({one->account, sender.text(), one->address.text()});
  if (auto const* many = std::get_if<directory::ToMany>(&report.route))
    for (directory::ToAccount const& one : many->accounts)
      message.targets.push_back({one.account, sender.text(), one.address.text()});
  // RFC 5321 section 4.5.5: with a null reverse-path, so there is nothing to rewrite.
  if (auto const* many = std::get_if<directory::ToMany>(&report.route); many != nullptr && services.local.sends_out())
    for (mime::Address const& one : many->remote) message.outgoing.push_back({smtp::ForwardPath(one)});
  if (std::holds_alternative<directory::NotOurDomain>(report.route) && services.local.sends_out())
    message.outgoing.push_back({smtp::ForwardPath(sender)});
  return message;
}

}  // namespace

net::Task<Result<>> send_report(ReportServices services, ReportOrder order) {
  std::erase_if(order.recipients,
                [&](ReportRecipient const& one) { return !wants_report(one.recipient, order.action); });
  if (order.subject.reverse_path.is_null() || order.recipients.empty()) co_return Result<>{};
  if (services.srs != nullptr) {
    Result<mime::Address> const sender =
        services.srs->unpack(*order.subject.reverse_path.address(), services.clock.now());
    if (sender) order.subject.reverse_path = smtp::ReversePath(*sender);
  }
  journal::EntryId const id = services.journal.next_id();
  Result<Prepared> report = fail(Errc::internal, "not prepared");
  auto work = [&] { report = prepare(services, order, id); };
  co_await net::run_on(services.pool, Lane::delivery, std::ref(work));
  if (!report) co_return std::unexpected(report.error());
  co_await net::finished(report->sealed.body.completion());
  CO_TRY(kv::SealedBody body, report->sealed.body.take());
  LocalMessage message = message_of(services, order, *report, std::move(body), id);
  if (message.targets.empty() && message.outgoing.empty()) co_return Result<>{};
  kv::Ticket<journal::EntryId> const delivered = services.local.deliver(std::move(message));
  co_await net::finished(delivered.completion());
  CO_TRY_VOID(delivered.take());
  co_return Result<>{};
}

}  // namespace yubin::deliver
