#include "deliver/deliver_here.h"

#include <fmt/format.h>

#include "base/text.h"
#include "deliver/intake.h"

namespace yubin::deliver {

namespace {

constexpr std::size_t kPiece = 64 * 1024;

struct Prepared {
  std::vector<std::optional<smtp::Outcome>> outcomes;  // of recipients that are nobody's
  std::vector<queue::LocalTarget> targets;
  std::vector<smtp::Recipient> outgoing;  // where aliases lead
  std::string fields;                     // for them
  std::string outgoing_from;
  std::optional<Intake::Sealed> sealed;
};

smtp::Outcome failed(smtp::EnhancedStatus status, std::string note) {
  return smtp::Failed{{status, "", "", std::move(note)}};
}

// Where one recipient's mail goes, or what becomes of it.
Result<std::optional<smtp::Outcome>> add_targets(RemoteServices const& services, smtp::Recipient const& recipient,
                                                 Prepared& out) {
  mime::Address const& address = *recipient.path.address();
  TRY(directory::Route const route, services.directory.route(address));
  if (auto const* one = std::get_if<directory::ToAccount>(&route)) {
    out.targets.push_back({one->account, address.text(), one->address.text()});
    return std::nullopt;
  }
  auto const* many = std::get_if<directory::ToMany>(&route);
  if (many == nullptr) return failed({5, 1, 1}, fmt::format("<{}>: no such user here", address.text()));
  for (directory::ToAccount const& one : many->accounts)
    out.targets.push_back({one.account, address.text(), one.address.text()});
  for (mime::Address const& one : many->remote) out.outgoing.push_back({smtp::ForwardPath(one), recipient.parameters});
  if (!many->remote.empty() && services.srs != nullptr)
    out.fields += fmt::format("Delivered-To: {}@{}\r\n", services.srs->mark_of(address), to_lower(services.host_name));
  if (many->accounts.empty()) return smtp::Delivered{{{2, 0, 0}, "", "", "to where its alias leads"}};
  return std::nullopt;
}

// Others' mail leaves with a reverse-path of ours.
Result<std::string> sender_of_outgoing(RemoteServices const& services, smtp::ReversePath const& path) {
  auto const& sender = path.address();
  if (!sender) return "";
  TRY(auto const ours, services.directory.find_domain(sender->domain()));
  auto const domain = mime::Domain::parse(services.report_domain.empty() ? services.host_name : services.report_domain);
  if (ours || services.srs == nullptr || !domain) return sender->text();
  auto const rewritten = services.srs->rewrite(*sender, *domain, services.clock.now());
  return rewritten ? rewritten->text() : sender->text();
}

// As it would have gone out: with our Received field before it.
Result<Intake::Sealed> copy_of(RemoteServices const& services, queue::MessageRow const& message) {
  Intake intake(services.store, HeaderFilter());
  intake.add(message.prefix);
  for (std::uint64_t at = 0; at < message.body.size;) {
    TRY(std::string const bytes, services.bodies.read(message.body.id, at, kPiece));
    if (bytes.empty()) return fail(Errc::corrupt, "the message is shorter than it was");
    at += bytes.size();
    intake.add(bytes);
    TRY_VOID(intake.work());
  }
  TRY_VOID(intake.finish());
  return intake.seal();
}

Result<Prepared> prepare(RemoteServices const& services, queue::Job const& job) {
  Prepared out;
  for (queue::Job::One const& one : job.recipients) {
    TRY(auto outcome, add_targets(services, one.row.recipient, out));
    out.outcomes.push_back(std::move(outcome));
  }
  if (out.targets.empty() && out.outgoing.empty()) return out;
  TRY(out.outgoing_from, sender_of_outgoing(services, job.message.reverse_path));
  TRY(out.sealed, copy_of(services, job.message));
  return out;
}

LocalMessage message_of(RemoteServices const& services, queue::Job const& job, Prepared& prepared,
                        kv::SealedBody body) {
  auto const& sender = job.message.reverse_path.address();
  LocalMessage message{.body = std::move(body),
                       .summary = std::move(prepared.sealed->summary),
                       .trace = fmt::format("Received: by {} id {}", services.host_name, job.id.text()),
                       .reverse_path = sender ? sender->text() : "",
                       .targets = std::move(prepared.targets),
                       .outgoing = std::move(prepared.outgoing),
                       .outgoing_from = std::move(prepared.outgoing_from),
                       .parameters = job.message.parameters,
                       .outgoing_fields = std::move(prepared.fields),
                       .entry = {}};
  message.entry.id = services.journal.next_id();
  message.entry.kind = journal::Kind::delivery;
  // What goes on is still whose it was: that decides who signs it, and with whom it takes turns.
  message.entry.service = message.outgoing.empty() ? "queue" : job.message.service;
  if (!message.outgoing.empty()) message.entry.user = job.message.sender;
  message.entry.sender = message.reverse_path;
  message.entry.message_id = job.message.message_id;
  message.entry.size = job.message.body.size;
  message.entry.verdict = "delivered";
  message.entry.facts = {{std::string(journal::kAbout), job.id.text()}};
  return message;
}

net::Task<Result<std::vector<smtp::Outcome>>> try_here(RemoteServices const& services, queue::Job const& job) {
  Result<Prepared> prepared = fail(Errc::internal, "not prepared");
  auto work = [&] { prepared = prepare(services, job); };
  co_await net::run_on(services.pool, Lane::delivery, std::ref(work));
  if (!prepared) co_return std::unexpected(prepared.error());
  if (prepared->sealed) {
    co_await net::finished(prepared->sealed->body.completion());
    CO_TRY(kv::SealedBody body, prepared->sealed->body.take());
    LocalMessage message = message_of(services, job, *prepared, std::move(body));
    auto const delivered = services.local.deliver(std::move(message));
    co_await net::finished(delivered.completion());
    CO_TRY_VOID(delivered.take());
  }
  std::vector<smtp::Outcome> outcomes;
  for (auto& outcome : prepared->outcomes)
    outcomes.push_back(outcome ? std::move(*outcome) : smtp::Delivered{{{2, 0, 0}, "", "", "into a mailbox here"}});
  co_return outcomes;
}

}  // namespace

Result<bool> is_delivered_here(RemoteServices const& services, std::string const& destination) {
  Result<mime::Domain> const domain = mime::Domain::parse(destination);
  if (!domain) return false;  // an address literal
  TRY(auto const found, services.directory.find_domain(*domain));
  return found.has_value();
}

net::Task<> deliver_here(RemoteServices const& services, queue::Job job) {
  Result<std::vector<smtp::Outcome>> outcomes = co_await try_here(services, job);
  if (!outcomes) {
    smtp::OutcomeDetail const why{{4, 3, 0}, "", "", "delivery here: " + outcomes.error().detail};
    outcomes = std::vector<smtp::Outcome>(job.recipients.size(), smtp::Deferred{why});
  }
  (void)co_await settle_job(services, std::move(job), *std::move(outcomes), queue::Reached::yes, {});
}

}  // namespace yubin::deliver
