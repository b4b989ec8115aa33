// The client's side of one SMTP or LMTP connection (RFC 5321, RFC 2033), as bytes in and events out, for any number of
// messages one after the other. Like the server's session it owns no socket, no clock and no mail.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/sasl.h"
#include "base/session.h"
#include "smtp/data_writer.h"
#include "smtp/envelope.h"
#include "smtp/extensions.h"
#include "smtp/outcome.h"
#include "smtp/remote_reply.h"
#include "smtp/session.h"

namespace yubin::smtp {

// How long the server may be silent at each step: RFC 5321 section 4.5.3.2.
struct ClientPatience {
  std::chrono::seconds command{300};      // greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT
  std::chrono::seconds data{120};         // the answer to DATA
  std::chrono::seconds chunk{180};        // to BDAT
  std::chrono::seconds end_of_data{600};  // to the end of the data: a short one makes duplicates
  std::chrono::seconds quit{10};          // nothing hangs on it
};

struct ClientOptions {
  enum class StartTls { never, if_offered, required };
  enum class Chunking {
    when_needed,  // BDAT for BODY=BINARYMIME only
    if_offered,
  };

  std::string host_name;  // who we say we are: a domain, or an address literal in brackets
  std::string peer;       // becomes the outcomes' remote_host
  Protocol protocol = Protocol::smtp;
  StartTls start_tls = StartTls::if_offered;
  bool log_in = false;  // with AUTH, before the first message; without it nothing is sent
  Chunking chunking = Chunking::when_needed;
  ClientPatience patience{};
};

// A message to send. Its recipients, at least one, go into one transaction; RFC 9422's limit is the sender's to keep.
struct OutgoingMessage {
  Envelope envelope;  // parameters.size: octets, as the server will count them; smtputf8: it is needed
  // Nothing is sent: a recipient is Delivered if the server would take mail for it.
  bool only_ask = false;
};

// The server is ready for a message. Answer with OutgoingMessage, or with Done: nothing more is sent.
struct NextMessage {};
// Answer with NextBytes, or with GiveUp: the message cannot be read. That costs the connection.
struct NextChunk {
  std::size_t at_most;
};
struct NextBytes {
  std::string bytes;
  bool last;  // the message ends with them; there may be none
};
// Answer with SaslStart, or with GiveUp: none of them will do.
struct LogIn {
  std::vector<std::string> mechanisms;  // in upper case, as the server announced them
};
struct SaslStart {
  std::string mechanism;
  std::optional<Secret> initial;  // the first response, if the mechanism begins with the client's
};
// What the server says in the exchange. Answer with SaslResponse, or with GiveUp: it is not what it should say.
struct SaslServerSays {
  std::string bytes;
};
struct SaslResponse {
  Secret bytes;
};
// The server takes the login as done. Answer with Done, or with GiveUp if the mechanism asks for a proof that has not
// come (RFC 5802 section 5).
struct SaslOver {};
struct GiveUp {
  std::string why;
};

// What became of a message, told once for each. Needs no answer.
struct MessageOutcome {
  std::vector<Outcome> recipients;  // in the order of the envelope
  bool dsn = false;                 // the server has taken over what the sender asked for about DSNs (RFC 3461)
  bool sender_taken = false;        // MAIL was accepted
};
// No message can be sent over this connection: Deferred or, never, Delivered. Told once, before Close, if no message
// was asked for. Needs no answer.
struct Unusable {
  OutcomeDetail why;  // class 4: another host, or a later time, may do better
};

// One connection's session. Calls as base/session.h has them; not thread-safe, no two at once.
//
// - It begins by waiting for the greeting. StartTls is answered by Done, or by destroying the session. With Tls::on the
//   connection has TLS from its first byte.
// - A message is Delivered for a recipient only when the server has said so behind its last byte. When the connection
//   is lost between that byte and the answer, nobody can know: it is Deferred, with a note that says so.
// - What the peer sends is bounded (remote_reply.h) and makes at most the connection useless.
// - lost() when the connection is over: what is still open is told by poll(), then Close.
// - wake(deadline) ends it as lost() does. wake(shutdown) too, except while the answer to a message's last byte is
//   awaited. wake(changed) does nothing.
// - Memory: the message's envelope and outcomes, a chunk of the body, and what came and is not worked off.
class ClientSession {
 public:
  using Event = std::variant<NeedInput, Send, StartTls, LogIn, SaslServerSays, SaslOver, NextMessage, NextChunk,
                             MessageOutcome, Unusable, Close>;
  using Answer = std::variant<Done, OutgoingMessage, NextBytes, SaslStart, SaslResponse, GiveUp>;

  explicit ClientSession(std::shared_ptr<ClientOptions const> options, Tls tls = Tls::off);

  void receive(std::string_view bytes);
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);
  void lost(std::string_view why);

  std::optional<std::chrono::seconds> idle_limit() const;
  Extensions const& extensions() const { return extensions_; }  // from NextMessage on
  bool was_greeted() const { return greeted_; }                 // EHLO or HELO was answered well
  std::string const& greeting() const { return greeting_; }     // the server's first line, for the journal

 private:
  // Replies that are awaited, in their order.
  enum class Awaited { greeting, hello, start_tls, auth, rset, mail, rcpt, data, chunk, end, quit };
  enum class Phase { dialogue, upgrade, ready, commands, body, closing };
  enum class Question { none, upgrade, login, sasl, sasl_over, message, chunk };
  struct Row;  // what belongs to each Awaited
  static Row const kRows[];
  static Row const& row_of(Awaited awaited);

  // The message that is on its way.
  struct Transaction {
    enum class Next { mail, rcpt, data, nothing };

    Envelope envelope;
    std::vector<std::optional<Outcome>> fates;  // of the recipients; none: not known yet
    Next next = Next::mail;
    bool smtputf8 = false;
    bool chunked = false;                 // BDAT, not DATA
    bool only_ask = false;                // no body follows
    bool begun = false;                   // MAIL was sent
    bool sender_taken = false;            // and accepted
    std::size_t asked = 0;                // recipients that were looked at
    std::deque<std::size_t> pending{};    // those of them whose RCPT is not answered
    std::vector<std::size_t> accepted{};  // and those who were accepted
    std::size_t ended = 0;                // of accepted: replies behind the data that have come; LMTP has one for each
    std::optional<DataWriter> writer{};
    bool sent = false;  // the message's last byte, or no more of it will be
  };

  static Question question_of(Event const& event);
  bool is_lmtp() const { return options_->protocol == Protocol::lmtp; }
  std::optional<Event> step();
  std::optional<Event> go_on();
  std::optional<Event> go_on_with_commands();
  std::optional<Event> go_on_with_body();
  std::optional<Event> need_input();
  bool take_reply();
  void on_reply(RemoteReply const& reply);

  // client_greeting.cpp
  void on_greeting(RemoteReply const& reply);
  void on_hello(RemoteReply const& reply);
  void on_start_tls(RemoteReply const& reply);
  void on_auth(RemoteReply const& reply);
  void say_hello();
  void prepare();  // TLS and login, as far as they are wanted and not done
  void log_in(Answer answer);
  void answer_sasl(Answer answer);
  void end_sasl(Answer const& answer);
  void refuse(RemoteReply const& reply, std::string_view command);

  // client_transaction.cpp
  void on_rset(RemoteReply const& reply);
  void on_mail(RemoteReply const& reply);
  void on_rcpt(RemoteReply const& reply);
  void on_data(RemoteReply const& reply);
  void on_chunk(RemoteReply const& reply);
  void on_end(RemoteReply const& reply);
  void on_quit(RemoteReply const& reply);
  void begin(Answer answer);
  void refuse_what_cannot_be_sent();
  bool may_send() const;
  void send_next();
  void send_mail();
  void send_rcpt();
  void send_data();
  void take_bytes(Answer answer);
  void send_chunk(NextBytes const& bytes);
  void await_end();
  void set_open(Outcome const& fate);  // of all recipients that have none
  MessageOutcome finish_message();

  void command(std::string_view line, Awaited awaited);
  // The connection is of no use any more: tells of what is open, then Close; a polite one says QUIT before.
  enum class Manner { silent, polite };
  void fail(OutcomeDetail why, Manner manner = Manner::silent);
  void fail(EnhancedStatus status, std::string note, Manner manner = Manner::silent);
  void break_off(std::string_view why);  // for lost() and deadlines: says also what was being awaited
  void not_expected(RemoteReply const& reply, std::string_view command);
  OutcomeDetail detail_of(RemoteReply const& reply, std::string_view command) const;
  Outcome outcome_of(RemoteReply const& reply, std::string_view command) const;  // not of 3yz

  std::shared_ptr<ClientOptions const> options_;
  Tls tls_;
  Phase phase_ = Phase::dialogue;
  Question question_ = Question::none;
  Input input_;
  ReplyFramer replies_;
  std::string output_;
  std::deque<Awaited> awaited_{Awaited::greeting};
  std::optional<Transaction> transaction_;
  std::optional<Event> due_;  // to be yielded next
  Extensions extensions_;
  std::string greeting_;
  std::optional<std::string> gave_up_;  // on the login, and why
  bool extended_ = true;                // EHLO, not HELO
  bool greeted_ = false;
  bool tls_refused_ = false;
  bool logged_in_ = false;
  bool was_ready_ = false;  // a message was asked for
  bool dirty_ = false;      // the server's transaction must be reset before the next one
  bool stopping_ = false;   // no further message
};

}  // namespace yubin::smtp
