// The driver: binds a protocol session (base/session.h) to a connection and to who answers its questions.
//
// A session class may have, besides what base/session.h asks for:
//
//   static constexpr bool kReadsStore = true;  // its functions are run on the executor, never on the loop's thread
//   // With it: whether this input needs nothing from the store until the next NeedInput. If so, the session gets and
//   // answers it on the loop.
//   bool knows_answer(std::string_view bytes) const;
//   std::optional<std::chrono::seconds> idle_limit() const;  // how long its state lets the peer be silent
//   bool authenticated() const;  // the peer has logged in; or the Answers have this, who know it as well
//
// When a time is over, wake(WakeReason::deadline) lets the session say so and close. Silence is counted from the peer's
// last input: being told of changes does not prolong it. What is no silence but comes too slowly (a command byte by
// byte) has a time as well, see ServeOptions. wake() comes only while the session waits for input.
//
// An Answers class has, all on the loop's thread:
//
//   Task<> body(std::string_view chunk);           // if there are Body events; good until this task ends
//   Task<A> answer(Session& session, Q question);  // one for each question Q; A is what resume() takes
//   Task<> answer(Session& session, N notice);     // an event that only tells something: poll() follows, no resume()
//   void secured(tls::Facts const& facts);         // TLS came about; before resume(Done{})
//   Task<bool> start_tls(Connection& connection);  // where we are the client: it alone knows whom it wants
//   void ended(Session& session, Ending ending);   // the last call, always, once: forget a half-received message
//
// RFC 3207 section 4.2: the driver holds back no input, so what was pipelined behind STARTTLS lies in the session's own
// buffer, and the session clears that before it yields StartTls.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/executor.h"
#include "base/session.h"
#include "net/connection.h"
#include "net/events.h"
#include "net/task.h"
#include "tls/context.h"

namespace yubin::net {

struct ServeOptions {
  std::chrono::seconds idle{300};     // for a session that names no limit (RFC 5321 section 4.5.3.2.7)
  std::chrono::seconds command{300};  // for input that leads to nothing yet, and a second for each kSlowest bytes
  std::optional<std::chrono::seconds> login{};  // from the beginning; where there is an authenticated()
  std::chrono::seconds pressed{10};             // silence of who has not logged in, when the Gate is near its limit
  std::chrono::seconds write_stall{300};        // how long the peer may take nothing of what we send
  std::chrono::seconds handshake{60};
  std::chrono::milliseconds linger{2000};  // how long a closed connection waits for the peer to notice
  bool implicit_tls = false;               // RFC 8314 section 3: TLS from the first byte
  std::shared_ptr<tls::Slot> tls{};        // needed for implicit_tls and by sessions that yield StartTls
  Executor* executor = nullptr;            // needed by sessions that read the store; outlives the loops
};

template <class Session>
constexpr bool reads_store() {
  if constexpr (requires { Session::kReadsStore; })
    return Session::kReadsStore;
  else
    return false;
}

// One connection's dialogue. It lives in serve()'s frame, and so do the objects that it refers to.
template <class Session, class Answers>
class Driver {
 public:
  Driver(Connection& connection, Session& session, Answers& answers, ServeOptions const& options)
      : connection_(connection), session_(session), answers_(answers), options_(options), began_(now()) {}

  // Until the session closes or the connection is over.
  Task<Ending> run() {
    if (options_.implicit_tls) {
      bool const secure = co_await upgrade();
      if (!secure) co_return connection_.ending();
    }
    co_await step(nothing);
    while (!std::holds_alternative<Close>(*event_)) {
      Event event = std::move(*event_);
      bool const go_on = co_await handle(std::move(event));
      if (!go_on) co_return connection_.ending();
    }
    co_return Ending::closed;
  }

 private:
  using Event = decltype(std::declval<Session&>().poll());

  static constexpr std::chrono::milliseconds kTurn{5};  // on the executor, before others have theirs

  static void nothing() {}

  // Tells the session something and asks what to do next, on the thread where the session belongs.
  template <class Tell>
  Task<> step(Tell tell) {
    if constexpr (reads_store<Session>()) {
      std::exception_ptr error;
      auto start = [&](Resume resume) { post(std::ref(tell), error, std::move(resume)); };
      co_await suspend(std::move(start));
      if (error) std::rethrow_exception(error);
    } else {
      tell();
      event_.emplace(session_.poll());
    }
    note_progress();
  }

  // Going to the executor and back costs more than most commands do. So a commit is awaited there, and what the peer
  // takes at once is written there.
  void post(std::move_only_function<void()> tell, std::exception_ptr& error, Resume resume) {
    auto work = [this, tell = std::move(tell), &error, resume = std::move(resume)]() mutable {
      try {
        tell();
        poll_and_write();
      } catch (...) {
        error = std::current_exception();
        return resume();
      }
      auto* const await = std::get_if<AwaitCommit>(&*event_);
      if (await == nullptr) return resume();
      Completion const completion = std::move(await->completion);
      completion.on_done([this, &error, resume = std::move(resume)]() mutable {
        post([this] { session_.resume(Done{}); }, error, std::move(resume));
      });
    };
    options_.executor->post(Lane::reading, std::move(work));
  }

  // Until there is something that only the loop can do: the peer takes no more for now, or this has had its turn. While
  // the peer takes what is left, what comes after it is known already.
  void poll_and_write() {
    SteadyTime const began = now();
    for (;;) {
      event_.emplace(session_.poll());
      auto* const send = std::get_if<Send>(&*event_);
      if (send == nullptr) return;
      has_written_ = true;
      send->bytes.erase(0, connection_.write_now(send->bytes));
      if (!send->bytes.empty()) {
        next_.emplace(session_.poll());
        return;
      }
      if (now() - began > kTurn) return;
    }
  }

  static constexpr bool kHasLogin = requires(Session const& session) { session.authenticated(); } ||
                                    requires(Answers const& answers) { answers.authenticated(); };

  bool is_authenticated() const {
    if constexpr (requires { session_.authenticated(); })
      return session_.authenticated();
    else if constexpr (kHasLogin)
      return answers_.authenticated();
    else
      return false;
  }

  void note_progress() {
    if (!authenticated_ && is_authenticated()) {
      authenticated_ = true;
      connection_.authenticated();
    }
    // Not every session has Body events.
    auto in_the_middle = []<class One>(One const&) { return std::same_as<One, NeedInput> || std::same_as<One, Body>; };
    if (std::exchange(has_written_, false) || !std::visit(in_the_middle, *event_)) unfinished_.reset();
  }

  template <class Answer>
  Task<> resume(Answer answer) {
    auto tell = [&] { session_.resume(std::move(answer)); };
    co_await step(std::ref(tell));
  }

  // False when the connection is over.
  Task<bool> handle(Event event) {
    return std::visit([this](auto& one) { return this->on(std::move(one)); }, event);
  }

  Task<bool> on(NeedInput) {
    for (;;) {
      // Whether the service is pressed is looked at now and then, also by who waits already.
      SteadyTime const look = authenticated_ ? deadline() : std::min(deadline(), now() + options_.pressed);
      Ready const ready = co_await connection_.readable_or_woken(look);
      if (ready == Ready::gone) co_return false;
      if (ready == Ready::woken) {
        std::optional<WakeReason> const reason = connection_.take_wake();
        if (!reason || (*reason == WakeReason::deadline && now() < deadline())) continue;
        keep_deadline_ = *reason == WakeReason::changed;
        auto tell = [&] { session_.wake(*reason); };
        co_await step(std::ref(tell));
        co_return true;
      }
      std::optional<std::string_view> const bytes = connection_.read();
      if (!bytes) co_return false;
      if (bytes->empty()) continue;
      keep_deadline_ = false;
      if (!unfinished_) unfinished_ = Unfinished{.since = now()};
      unfinished_->bytes += bytes->size();
      co_await receive(*bytes);
      co_return true;
    }
  }

  Task<> receive(std::string_view bytes) {
    if constexpr (requires { session_.knows_answer(bytes); }) {
      if (session_.knows_answer(bytes)) {
        session_.receive(bytes);
        poll_and_write();
        note_progress();
        co_return;
      }
    }
    if constexpr (reads_store<Session>()) {
      std::string const copy(bytes);  // the loop reads for others meanwhile
      auto tell = [&] { session_.receive(copy); };
      co_await step(std::ref(tell));
    } else {
      auto tell = [&] { session_.receive(bytes); };
      co_await step(std::ref(tell));
    }
  }

  Task<bool> on(Send send) {
    bool const sent = co_await connection_.write(std::move(send.bytes), options_.write_stall);
    if (!sent) co_return false;
    if (next_)
      event_ = std::exchange(next_, std::nullopt);
    else
      co_await step(nothing);
    co_return true;
  }

  Task<bool> on(Body body) {
    co_await answers_.body(body.chunk);
    co_await step(nothing);
    co_return true;
  }

  Task<bool> on(AwaitCommit await) {
    co_await finished(std::move(await.completion));
    co_await resume(Done{});
    co_return true;
  }

  Task<bool> on(StartTls) {
    bool const secure = co_await upgrade();
    if (!secure) co_return false;
    co_await resume(Done{});
    co_return true;
  }

  Task<bool> on(Yield) {
    co_await yield();
    co_await step(nothing);
    co_return true;
  }

  Task<bool> on(Close) { YUBIN_ASSERT(false); }

  template <class Question>
  Task<bool> on(Question question) {
    using Answer = typename decltype(answers_.answer(session_, std::move(question)))::value_type;
    if constexpr (std::is_void_v<Answer>) {
      co_await answers_.answer(session_, std::move(question));
      co_await step(nothing);
    } else {
      Answer answer = co_await answers_.answer(session_, std::move(question));
      co_await resume(std::move(answer));
    }
    co_return true;
  }

  Task<bool> upgrade() {
    if constexpr (requires { answers_.start_tls(connection_); }) {
      bool const secure = co_await answers_.start_tls(connection_);
      if (secure) answers_.secured(*connection_.tls());
      co_return secure;
    } else {
      bool const secure = co_await upgrade_as_server();
      co_return secure;
    }
  }

  Task<bool> upgrade_as_server() {
    YUBIN_ASSERT(options_.tls != nullptr);
    std::chrono::seconds const limit =
        connection_.pressed() ? std::min(options_.handshake, options_.pressed) : options_.handshake;
    bool const secure = co_await connection_.start_tls(options_.tls->get(), limit);
    if (secure) answers_.secured(*connection_.tls());
    co_return secure;
  }

  SteadyTime now() const { return connection_.loop().clock().steady(); }

  SteadyTime deadline() {
    if (!keep_deadline_) quiet_since_ = now();
    keep_deadline_ = true;  // for another wait of the same silence
    std::optional<std::chrono::seconds> limit;
    if constexpr (requires { session_.idle_limit(); }) limit = session_.idle_limit();
    SteadyTime due = quiet_since_ + limit.value_or(options_.idle);
    if (unfinished_) due = std::min(due, unfinished_->due(options_.command));
    if (connection_.pressed()) due = std::min(due, quiet_since_ + options_.pressed);
    if constexpr (kHasLogin)
      if (options_.login && !authenticated_) due = std::min(due, began_ + *options_.login);
    return due;
  }

  // What has come since the session last did something with its input: a half-sent command, a message.
  struct Unfinished {
    SteadyTime since;
    std::size_t bytes = 0;

    SteadyTime due(std::chrono::seconds at_least) const {
      return since + at_least + std::chrono::seconds(static_cast<std::int64_t>(bytes) / kSlowest);
    }
  };

  Connection& connection_;
  Session& session_;
  Answers& answers_;
  ServeOptions const& options_;
  std::optional<Event> event_;
  std::optional<Event> next_;  // what comes after event_, if that is known already
  bool has_written_ = false;   // the session said something in the last step
  SteadyTime const began_;
  SteadyTime quiet_since_{};
  std::optional<Unfinished> unfinished_;
  bool keep_deadline_ = false;
  bool authenticated_ = false;
};

// Serves one connection to its end. To be spawned on the connection's loop.
template <class Session, class Answers>
Task<> serve(Connection connection, std::unique_ptr<Session> session, std::unique_ptr<Answers> answers,
             std::shared_ptr<ServeOptions const> options) {
  Ending ending = Ending::failed;
  try {
    Driver<Session, Answers> driver(connection, *session, *answers, *options);
    ending = co_await driver.run();
  } catch (std::exception const& e) {
    log(kSessionFailed, {{"conn", connection.id()}, {"peer", connection.peer().text()}, {"what", e.what()}});
  }
  answers->ended(*session, ending);
  answers.reset();
  session.reset();
  if (ending == Ending::closed) co_await connection.close(options->linger);
}

}  // namespace yubin::net
