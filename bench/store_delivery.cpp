#include "bench/store_delivery.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "base/completion.h"
#include "bench/mail.h"
#include "deliver/intake.h"

namespace yubin::bench {

namespace {

constexpr unsigned kDifferentMails = 16;

class Run {
 public:
  Run(StoreWorld& world, std::size_t size, std::uint64_t messages) : world_(world), left_(messages) {
    for (unsigned i = 0; i < kDifferentMails; ++i) mails_.push_back(make_mail(i, size));
  }

  Rate with(unsigned writers) {
    ProcessUse const before = ProcessUse::now();
    double const start = seconds_now();
    running_ = writers;
    for (unsigned i = 0; i < writers; ++i) next(i);
    all_done_.wait();
    rate_.seconds = seconds_now() - start;
    ProcessUse const after = ProcessUse::now();
    rate_.cpu = after.cpu - before.cpu;
    rate_.written_bytes = after.written_bytes - before.written_bytes;
    if (failure_) throw std::runtime_error(failure_->detail);
    return std::move(rate_);
  }

 private:
  void next(unsigned writer) {
    std::uint64_t const number = taken_.fetch_add(1);
    if (number >= left_) return end();
    world_->pool->post(Lane::delivery, [this, writer, number] { receive(writer, number, seconds_now()); });
  }

  // On the storage pool: spools, parses and seals.
  void receive(unsigned writer, std::uint64_t number, double begun) {
    deliver::Intake intake(*world_->store, deliver::HeaderFilter());
    std::string_view rest = mails_[number % kDifferentMails];
    while (!rest.empty()) {
      std::string_view const piece = rest.substr(0, deliver::Intake::kPiece);
      rest.remove_prefix(piece.size());
      intake.add(piece);
      if (intake.wants_work()) (void)intake.work();
    }
    if (Result<> const finished = intake.finish(); !finished) return fail(finished.error());
    deliver::Intake::Sealed sealed = intake.seal();
    kv::Ticket<kv::SealedBody> const body = sealed.body;
    body.completion().on_done([this, writer, begun, body, sealed = std::move(sealed)]() mutable {
      Result<kv::SealedBody> durable = body.take();
      if (!durable) return fail(durable.error());
      store(writer, begun, *std::move(durable), std::move(sealed));
    });
  }

  void store(unsigned writer, double begun, kv::SealedBody body, deliver::Intake::Sealed sealed) {
    kv::AccountId const account(writer % StoreWorld::kAccounts + 1);
    journal::Entry entry;
    entry.id = world_->ids.next();
    entry.kind = journal::Kind::message;
    entry.service = "mx";
    entry.peer = "192.0.2.1";
    entry.helo = "client.example";
    entry.sender = "sender@load.example";
    entry.verdict = "accepted";
    entry.message_id = std::move(sealed.message_id);
    deliver::LocalMessage message{.body = std::move(body),
                                  .summary = std::move(sealed.summary),
                                  .trace = "Received: from client.example ([192.0.2.1])\r\n\tby mx.example.test",
                                  .reverse_path = "sender@load.example",
                                  .targets = {{account, "user@example.test", "user@example.test"}},
                                  .entry = std::move(entry)};
    kv::Ticket<journal::EntryId> const done = world_->delivery->deliver(std::move(message));
    done.completion().on_done([this, writer, begun, done] {
      if (Result<journal::EntryId> result = done.take(); !result) return fail(result.error());
      {
        std::lock_guard lock(mutex_);
        rate_.latencies.add(seconds_now() - begun);
        ++rate_.messages;
      }
      next(writer);
    });
  }

  void fail(Error const& error) {
    {
      std::lock_guard lock(mutex_);
      if (!failure_) failure_ = error;
    }
    end();
  }
  void end() {
    if (running_.fetch_sub(1) == 1) all_done_.finish();
  }

  StoreWorld& world_;
  std::vector<std::string> mails_;
  std::uint64_t const left_;
  std::atomic<std::uint64_t> taken_ = 0;
  std::atomic<unsigned> running_ = 0;
  Completer all_done_;
  std::mutex mutex_;
  Rate rate_;
  std::optional<Error> failure_;
};

}  // namespace

Rate run_deliveries(StoreWorld& world, std::size_t size, unsigned writers, std::uint64_t messages) {
  return Run(world, size, messages).with(writers);
}

}  // namespace yubin::bench
