#include "dns/unbound_resolver.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include <atomic>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "base/assert.h"
#include "dns/name.h"
#include "dns/rdata.h"

namespace yubin::dns {

namespace {

using Clock = std::chrono::steady_clock;

Answer temporary(std::string why) {
  Answer answer;
  answer.why = std::move(why);
  return answer;
}

constexpr int kNoError = 0;
constexpr int kNxDomain = 3;

std::string rcode_name(int rcode) {
  constexpr std::string_view kNames[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"};
  if (rcode >= 0 && rcode < std::ssize(kNames)) return std::string(kNames[rcode]);
  return fmt::format("RCODE {}", rcode);
}

Answer answer_of(Question const& question, ub_result const& result) {
  Answer answer;
  if (result.bogus != 0) {
    answer.status = Status::bogus;
    answer.why = result.why_bogus != nullptr ? result.why_bogus : "DNSSEC";
    return answer;
  }
  if (result.rcode != kNoError && result.rcode != kNxDomain) return temporary(rcode_name(result.rcode));
  answer.secure = result.secure != 0;
  answer.ttl = std::chrono::seconds(result.ttl);
  answer.canonical_name = question.name;
  if (result.canonname != nullptr) answer.canonical_name = normal_name(result.canonname).value_or(question.name);
  if (result.havedata == 0) {
    answer.status = result.nxdomain != 0 ? Status::no_such_name : Status::no_data;
    return answer;
  }
  for (int i = 0; result.data[i] != nullptr; ++i) {
    auto record = parse_rdata(question.type, {result.data[i], static_cast<std::size_t>(result.len[i])});
    if (record) answer.records.push_back(*std::move(record));
  }
  // RFC 5321 section 5.1 would have us fall back to addresses if this were no_data.
  if (answer.records.empty()) return temporary("no record of the answer is usable");
  answer.status = Status::found;
  return answer;
}

}  // namespace

class UnboundResolver::Impl {
 public:
  explicit Impl(UnboundOptions const& options)
      : options_(options), context_(ub_ctx_create()), wake_(::eventfd(0, EFD_CLOEXEC)) {}

  ~Impl() {
    if (thread_.joinable()) {
      stopping_ = true;
      wake();
      thread_.join();
    }
    // No callback comes after this.
    if (context_ != nullptr) ub_ctx_delete(context_);
    if (wake_ >= 0) ::close(wake_);
    for (auto& [id, waiting] : std::exchange(waiting_, {})) waiting->done(temporary("the resolver stops"));
  }
  Impl(Impl const&) = delete;

  Result<> start() {
    if (context_ == nullptr || wake_ < 0) return fail(Errc::internal, "libunbound does not start");
    TRY_VOID(configure());
    thread_ = std::thread([this] { run(); });
    return {};
  }

  void look_up(Question question, Callback done) {
    if (!normal_name(question.name)) return done(temporary("not a domain name"));
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= options_.max_waiting) {
      lock.unlock();
      return done(temporary("too many questions at once"));
    }
    std::uint64_t const id = ++last_id_;
    auto one = std::make_unique<Waiting>(Waiting{*this, id, std::move(question), std::move(done)});
    constexpr int kInternet = 1;
    // The lock is held, so the answer does not come before the number of the question is known.
    int const error = ub_resolve_async(context_, one->question.name.c_str(), type_number(one->question.type), kInternet,
                                       one.get(), &Impl::answered, &one->async_id);
    if (error != 0) {
      lock.unlock();
      return one->done(temporary(ub_strerror(error)));
    }
    bool const is_first = deadlines_.empty();
    deadlines_.push_back({Clock::now() + options_.timeout, id});
    waiting_.emplace(id, std::move(one));
    // All wait equally long, so only the first deadline changes what the thread waits for.
    if (is_first) wake();
  }

 private:
  struct Waiting {
    Impl& impl;
    std::uint64_t id;
    Question question;
    Callback done;
    int async_id = 0;
  };
  struct Deadline {
    Clock::time_point due;
    std::uint64_t id;
  };

  Result<> configure() {
    ub_ctx_debugout(context_, nullptr);  // it would write to stderr
    // In a thread, not in a process of its own.
    ub_ctx_async(context_, 1);
    // More at once, and a larger cache, than a library dares to take by itself.
    constexpr std::pair<char const*, char const*> kSettings[] = {
        {"outgoing-range:", "256"},       {"num-queries-per-thread:", "1024"}, {"outgoing-num-tcp:", "16"},
        {"msg-cache-size:", "8m"},        {"rrset-cache-size:", "16m"},        {"infra-cache-numhosts:", "10000"},
        {"do-not-query-localhost:", "no"}};
    for (auto const& [name, value] : kSettings)
      if (int const error = ub_ctx_set_option(context_, name, value); error != 0)
        return fail(Errc::internal, fmt::format("libunbound does not take {} {}: {}", name, value, ub_strerror(error)));
    for (std::string const& forwarder : options_.forwarders)
      if (ub_ctx_set_fwd(context_, forwarder.c_str()) != 0)
        return fail(Errc::syntax, fmt::format("\"{}\" is no address of a name server", forwarder));
    // Names of closed networks: who forwards has somebody who knows them.
    if (!options_.forwarders.empty()) ub_ctx_set_option(context_, "unblock-lan-zones:", "yes");
    for (std::string const& anchor : options_.trust_anchors) ub_ctx_add_ta(context_, anchor.c_str());
    // libunbound looks at the trust anchors when it is first used, so it is used here. It would say itself that there
    // is no "test."; our rule is that only name servers say so.
    if (ub_ctx_zone_remove(context_, "test.") != 0)
      return fail(Errc::syntax, "libunbound does not start; most likely a trust anchor is none");
    return {};
  }

  void wake() {
    std::uint64_t const one = 1;
    YUBIN_ASSERT(::write(wake_, &one, sizeof one) == sizeof one);
  }

  void run() {
    for (;;) {
      pollfd fds[] = {{ub_fd(context_), POLLIN, 0}, {wake_, POLLIN, 0}};
      ::poll(fds, 2, wait_time());
      if ((fds[1].revents & POLLIN) != 0) {
        std::uint64_t count = 0;
        YUBIN_ASSERT(::read(wake_, &count, sizeof count) == sizeof count);
        if (stopping_) return;
      }
      if ((fds[0].revents & POLLIN) != 0) ub_process(context_);
      expire();
    }
  }

  int wait_time() {
    std::lock_guard const lock(mutex_);
    if (deadlines_.empty()) return -1;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadlines_.front().due - Clock::now());
    return static_cast<int>(std::max(left, std::chrono::milliseconds(0)).count());
  }

  std::unique_ptr<Waiting> take(std::uint64_t id) {
    std::lock_guard const lock(mutex_);
    auto node = waiting_.extract(id);
    return node ? std::move(node.mapped()) : nullptr;
  }

  // On our thread, from ub_process().
  static void answered(void* data, int error, ub_result* result) {
    auto* const waiting = static_cast<Waiting*>(data);
    std::unique_ptr<Waiting> const one = waiting->impl.take(waiting->id);
    Answer answer = error != 0 ? temporary(ub_strerror(error)) : answer_of(one->question, *result);
    if (result != nullptr) ub_resolve_free(result);
    one->done(std::move(answer));
  }

  void expire() {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (deadlines_.empty()) return;
      bool const answered = !waiting_.contains(deadlines_.front().id);
      if (!answered && deadlines_.front().due > Clock::now()) return;
      std::uint64_t const id = deadlines_.front().id;
      deadlines_.pop_front();
      lock.unlock();
      if (answered) continue;
      std::unique_ptr<Waiting> const one = take(id);
      // Only this thread runs callbacks, so this one does not come any more.
      ub_cancel(context_, one->async_id);
      one->done(temporary("timeout"));
    }
  }

  UnboundOptions const options_;
  ub_ctx* const context_;
  int const wake_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Waiting>> waiting_;
  std::deque<Deadline> deadlines_;  // of questions that may have been answered meanwhile
};

UnboundResolver::UnboundResolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UnboundResolver::~UnboundResolver() = default;

Result<std::unique_ptr<UnboundResolver>> UnboundResolver::make(UnboundOptions const& options) {
  auto impl = std::make_unique<Impl>(options);
  TRY_VOID(impl->start());
  return std::unique_ptr<UnboundResolver>(new UnboundResolver(std::move(impl)));
}

void UnboundResolver::look_up(Question question, Callback done) {
  impl_->look_up(std::move(question), std::move(done));
}

}  // namespace yubin::dns
