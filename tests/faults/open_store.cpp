#include "tests/faults/open_store.h"

#include <fmt/format.h>

#include <future>
#include <stdexcept>

#include "deliver/intake.h"
#include "deliver/remote.h"
#include "net/loops.h"
#include "net/task.h"
#include "queue/kept_row.h"
#include "tests/faults/imap_client.h"

namespace yubin::faults {

namespace {

constexpr int kTurns = 1000;  // of a job; none has so many

// All of a job's turns.
template <class Job>
Result<> to_the_end(Job job) {
  for (int i = 0; i < kTurns; ++i) {
    TRY(Turn turn, job());
    if (turn == Turn::done) return {};
  }
  return fail(Errc::internal, "it does not come to an end");
}

mime::Address parse(std::string const& address) {
  return mime::Address::parse(address).value();
}

}  // namespace

std::string address_of(unsigned number) {
  return fmt::format("user{}@example.test", number);
}

kv::SegmentBodies::Options small_segments() {
  kv::SegmentBodies::Options options;
  options.segment_bytes = 20'000;
  options.inline_body = 2'000;
  return options;
}

OpenStore::OpenStore(std::filesystem::path const& folder, kv::SegmentBodies::Options const& bodies) : folder_(folder) {
  app::PartsOptions options{.directory = folder / "store", .memory_max = kv::kMinMemory, .bodies = bodies};
  options.auth.scheme = auth::Scheme::ssha256_fast;
  options.dns = dns::Zone::parse("").value();
  auto opened = app::Parts::make(options, runtime_);
  if (!opened) throw std::runtime_error(opened.error().detail);
  parts_ = *std::move(opened);
  parts_->bodies->counted().wait();
}

bool OpenStore::add_account(std::string const& address) {
  (void)parts_->directory->add_domain(mime::Domain::parse("example.test").value()).wait();  // the first one needs it
  auto const account = parts_->directory->add_account({parse(address), "{PLAIN}secret"}).wait();
  if (!account) return false;
  auto create = [id = account->id](store::Changes& changes) { return changes.create_account(id); };
  return parts_->store->change<void>({account->id}, Lane::delivery, create).wait().has_value();
}

deliver::LocalMessage OpenStore::received(deliver::Intake::Sealed& sealed, kv::SealedBody body,
                                          std::string const& from) {
  deliver::LocalMessage message{.body = std::move(body),
                                .summary = std::move(sealed.summary),
                                .trace = "Received: from client.example by mx.example.test",
                                .reverse_path = from,
                                .targets = {},
                                .entry = {}};
  message.entry.id = parts_->journal->next_id();
  message.entry.kind = journal::Kind::message;
  message.entry.message_id = sealed.message_id;
  return message;
}

bool OpenStore::send(std::string const& from, std::vector<std::string> const& addresses, std::string const& content,
                     std::string const& service) {
  deliver::Intake intake(*parts_->store, deliver::HeaderFilter());
  intake.add(content);
  if (!intake.finish()) return false;
  deliver::Intake::Sealed sealed = intake.seal();
  auto body = sealed.body.wait();
  if (!body) return false;
  deliver::LocalMessage message = received(sealed, *std::move(body), from);
  message.entry.service = service;
  for (std::string const& address : addresses) {
    message.outgoing.push_back({smtp::ForwardPath(parse(address))});
    // As of all who cannot be vouched for.
    if (service == "mx") message.outgoing.back().parameters.notify = smtp::Notify{};
  }
  return parts_->delivery->deliver(std::move(message)).wait().has_value();
}

bool OpenStore::act_on_queued(std::string const& destination, queue::Outgoing::Action const& action) {
  queue::Filter const filter{.domain = destination};
  auto const page = parts_->outgoing->list(filter, std::nullopt, 1);
  if (!page || page->messages.empty()) return false;
  journal::Entry entry;
  entry.id = parts_->journal->next_id();
  entry.kind = journal::Kind::change;
  auto const done = parts_->outgoing->act(page->messages.front().id, filter, action, std::move(entry)).wait();
  return done.has_value() && *done > 0;
}

std::optional<queue::Job> OpenStore::take_queued(std::string const& destination) {
  for (;;) {
    auto job = parts_->outgoing->take();
    if (!job || !*job) return std::nullopt;
    if ((*job)->destination == destination) return *std::move(job);
    others_.push_back(**std::move(job));  // else it would be taken again and again
  }
}

bool OpenStore::settle_queued(std::string const& destination, smtp::Outcome const& outcome) {
  std::optional<queue::Job> job = take_queued(destination);
  others_.clear();
  if (!job) return false;
  journal::Entry entry;
  entry.id = parts_->journal->next_id();
  entry.kind = journal::Kind::delivery;
  std::vector<smtp::Outcome> outcomes(job->recipients.size(), outcome);
  return parts_->outgoing->settle(*std::move(job), std::move(outcomes), queue::Reached::yes, std::move(entry))
      .wait()
      .has_value();
}

namespace {

net::Task<> settle_on_loop(deliver::RemoteServices const& services, queue::Job job, smtp::Outcome outcome,
                           std::shared_ptr<std::promise<bool>> done) {
  std::vector<smtp::Outcome> outcomes(job.recipients.size(), outcome);
  Result<> const settled =
      co_await deliver::settle_job(services, std::move(job), std::move(outcomes), queue::Reached::yes, {});
  done->set_value(settled.has_value());
}

}  // namespace

bool OpenStore::report_queued(std::string const& destination, smtp::Outcome const& outcome) {
  std::optional<queue::Job> job = take_queued(destination);
  others_.clear();
  if (!job) return false;
  deliver::RemoteServices const services{*parts_->outgoing,  *parts_->resolver, *parts_->bodies,   *parts_->store,
                                         *parts_->directory, *parts_->delivery, *parts_->journal,  *parts_->pool,
                                         parts_->clock,      parts_->random,    "mx.example.test", {}};
  net::Loops loops(1, parts_->clock);
  net::Loop& loop = loops.next();
  auto done = std::make_shared<std::promise<bool>>();
  std::future<bool> settled = done->get_future();
  loop.post([&, done = std::move(done)]() mutable {
    net::spawn(loop, settle_on_loop(services, *std::move(job), outcome, std::move(done)));
  });
  bool good = false;
  try {
    good = settled.get();
  } catch (std::future_error const&) {
    // Memory was exhausted in the task, which is gone.
  }
  loops.begin_shut_down(std::chrono::seconds(0));
  loops.join();
  auto const left = parts_->outgoing->list({.domain = destination}, std::nullopt, 1);
  return good && left && left->messages.empty();
}

bool OpenStore::deliver(std::vector<std::string> const& addresses, std::string const& content) {
  deliver::Intake intake(*parts_->store, deliver::HeaderFilter());
  intake.add(content);
  if (!intake.finish()) return false;
  deliver::Intake::Sealed sealed = intake.seal();
  auto body = sealed.body.wait();
  if (!body) return false;
  deliver::LocalMessage message = received(sealed, *std::move(body), "load@client.example");
  for (std::string const& address : addresses) {
    auto const account = parts_->directory->find_account(parse(address));
    if (!account || !*account) return false;
    message.targets.push_back({(*account)->id, address, address});
  }
  return parts_->delivery->deliver(std::move(message)).wait().has_value();
}

bool OpenStore::talk(std::string const& address, std::vector<std::string> const& commands) {
  ImapClient client(*parts_, address);
  for (std::string const& command : commands) {
    if (client.ask(command).empty()) return false;
  }
  return true;
}

bool OpenStore::back_up(std::filesystem::path const& target) {
  auto const ticket = kv::Ticket<backup::Created>::make();
  parts_->backups->create(target, [ticket](Result<backup::Created> made) { ticket.finish(std::move(made)); });
  return ticket.wait().has_value();
}

bool OpenStore::remove_account(std::string const& address) {
  if (!parts_->directory->remove_account(parse(address), std::chrono::seconds(0)).wait()) return false;
  (void)to_the_end([&] { return parts_->purge->slice(); });
  (void)to_the_end([&] { return parts_->housekeeping->empty_trash(); });
  return true;
}

void OpenStore::wait_for_changes(std::string const& address) {
  auto const account = parts_->directory->find_account(parse(address));
  if (!account || !*account) return;
  auto nothing = [](store::Changes&) -> Result<> { return {}; };
  (void)parts_->store->change<void>({(*account)->id}, Lane::delivery, nothing).wait();
}

bool OpenStore::collect() {
  kv::Collector collector(*parts_->key_value, *parts_->committer, *parts_->bodies, parts_->clock,
                          {.grace = std::chrono::seconds(0)});
  bool const collected = to_the_end([&] { return collector.collect(); }).has_value();
  return parts_->bodies->reclaim().has_value() && collected;
}

bool OpenStore::rewrite() {
  SteadyTime now = parts_->clock.steady();
  bool good = true;
  for (int i = 0; i < 4; ++i)
    good = parts_->bodies->rewrite(*parts_->committer, now += std::chrono::hours(1)).has_value() && good;
  return good;
}

std::string OpenStore::settle() {
  std::string wrong;
  auto const note = [&](std::string_view job, Result<> const& result) {
    if (!result) wrong += fmt::format("finding: {}: {}\n", job, result.error().detail);
  };
  note("delivering", to_the_end([&] { return parts_->delivery->deliver_queued(); }));
  note("sweeping", to_the_end([&] { return parts_->outgoing->sweep(); }));
  note("purging", to_the_end([&] { return parts_->purge->slice(); }));
  note("the trash", to_the_end([&] { return parts_->housekeeping->empty_trash(); }));
  if (!collect()) wrong += "finding: collecting fails\n";
  if (!rewrite()) wrong += "finding: rewriting fails\n";
  return wrong;
}

namespace {

// A message of the queue as it would be sent, without our Received field.
std::optional<Message> message_of(OpenStore& store, queue::Outgoing::Listed const& one, std::string& findings) {
  auto const bytes = store.parts().bodies->read(one.message.body.id, 0, one.message.body.size);
  if (!bytes || bytes->size() != one.message.body.size) {
    findings += fmt::format("finding: the body of {} in the queue cannot be read\n", one.id.text());
    return std::nullopt;
  }
  if (one.message.reverse_path.is_null()) return std::nullopt;
  return noted(*bytes);
}

std::string_view standing_of(queue::RecipientRow const& row) {
  if (queue::is_kept(row)) return "kept";
  if (row.standing == queue::Standing::held) return "held";
  return row.destination == queue::kNowhere ? "given up" : "waits";
}

void add_queue(OpenStore& store, Ledger& ledger, std::string& findings) {
  std::optional<UniqueId> after;
  do {
    auto const page = store.parts().outgoing->list({}, after, 100);
    if (!page) {
      findings += fmt::format("finding: {}\n", page.error().detail);
      return;
    }
    for (queue::Outgoing::Listed const& one : page->messages)
      for (queue::Job::One const& each : one.recipients)
        ledger.queue(each.row.recipient.path.address()->text(), message_of(store, one, findings), each.row.attempts,
                     standing_of(each.row));
    after = page->next;
  } while (after);
}

}  // namespace

Picture picture_of(OpenStore& store, std::string& findings) {
  Picture picture;
  Ledger found;
  for (unsigned i = 1; i <= kProbe; ++i) {
    ImapClient client(store.parts(), address_of(i));
    if (!client.logged_in()) continue;
    found.account(address_of(i)) = client.everything(findings);
    picture.validities += client.validities();
  }
  add_queue(store, found, findings);
  picture.ledger = found.text();
  return picture;
}

}  // namespace yubin::faults
