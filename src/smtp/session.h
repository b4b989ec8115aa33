// The server's side of one SMTP or LMTP connection (RFC 5321, RFC 2033), as bytes in and events out: it owns no socket,
// no clock and no mail. Its driver is in net/; what only the outside can know it asks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/sasl.h"
#include "base/session.h"
#include "smtp/envelope.h"
#include "smtp/framer.h"
#include "smtp/reply.h"
#include "smtp/transaction.h"

namespace yubin::smtp {

enum class Protocol {
  smtp,  // RFC 5321
  lmtp,  // RFC 2033: LHLO in place of EHLO, and after the data a reply for each recipient
};

struct Options {
  std::string host_name;                        // who we say we are: a domain, or an address literal in brackets
  std::string banner = "Yubin";                 // after "ESMTP" or "LMTP" in the greeting
  std::uint64_t size_limit = 50 * 1024 * 1024;  // octets of a message (RFC 1870)
  std::size_t max_recipients = 1000;            // a transaction; RFC 5321 section 4.5.3.1.8: at least 100
  // Octets of a command line with CR LF: RFC 5321 section 4.5.3.1.4 asks for 512, and extensions add to it
  // (RFC 1870 section 3: 26, RFC 3461 section 5.1: 600, RFC 6531 section 3.4: 10 and more).
  std::size_t line_limit = 2048;
  unsigned max_errors = 20;  // wrong commands since the last accepted message; the next one is answered 421
  bool starttls = false;     // announce and take STARTTLS while TLS is off
  Protocol protocol = Protocol::smtp;
  std::size_t max_chunks = 10'000;        // BDAT commands of a message; the next one is answered 421
  unsigned max_unknown_recipients = 100;  // a connection, answered with status x.1.1; the next one gets 421
  std::uint64_t max_messages = 0;         // transactions of a connection; the next MAIL is answered 421. 0: any number
  bool dsn = false;                       // announce and take RFC 3461's parameters: who does must send the reports
  bool require_tls = false;               // announce and take REQUIRETLS (RFC 8689) while TLS is on
  std::vector<std::string> mechanisms{};  // of SASL, in upper case, best first. None: no AUTH, and mail without login
  bool login_in_clear = false;            // take AUTH while TLS is off
  unsigned max_failed_logins = 10;        // a connection; the next one is answered 421
};

enum class Tls { off, on };

struct Hello {
  std::string name;       // the argument of EHLO or HELO as it came: not checked, any bytes but controls; quote it
  bool extended = false;  // EHLO or LHLO, not HELO
};

// A MAIL command that is right as far as the session can tell. Answer with a Reply; 2yz opens the transaction.
struct AskMail {
  Hello hello;
  ReversePath reverse_path;
  MailParameters parameters;
};
// Answer with a Reply; 2yz adds the recipient.
struct AskRecipient {
  Recipient recipient;
};
// The end of the data is seen and the message may be accepted: it is what the Body events since the last AskMail passed
// on, `size` octets of it. Answer with the Reply that the client gets, in LMTP also with one for each recipient; a 2yz
// only when the message is durable.
struct AskMessage {
  Envelope envelope;
  std::uint64_t size;
};
// The answer to AskSasl that lets somebody in.
struct Authenticated {};

// What the Body events of this transaction passed on is void: too large, a bare CR or LF, the deadline, RSET between
// two chunks. There may have been none. Needs no answer.
struct DropBody {};

// One connection's session. Calls as base/session.h has them; not thread-safe, no two at once.
//
// - AskMail, AskRecipient and AskMessage are answered by resume(Reply), StartTls by resume(Done{}) or by destroying the
//   session. A Reply with code 421 closes the connection.
// - AskSasl comes only with Options::mechanisms, and then no AskMail before a login. It is answered by SaslChallenge,
//   Authenticated or Reply: 501 for what is no message of the mechanism, 535 5.7.8, 454 4.7.0 (RFC 4954 section 6).
// - Body and AskMessage come only in a transaction that has an accepted recipient. When the connection is lost, destroy
//   the session; what Body passed on without an answered AskMessage is void.
// - wake(deadline) says 421 4.4.2, wake(shutdown) 421 4.3.2, then Close; a question is answered first, and a shutdown
//   waits for the end of the data. wake(changed) does nothing.
// - Memory: under 2 KiB while idle between commands. Before DATA at most 8 KiB (16 KiB where AUTH is taken, until the
//   login), the bytes of one receive() while they are being worked on, and the accepted recipients, under 0.6 KiB each,
//   with Options::dsn 1.2 KiB. A message is never collected.
class Session {
 public:
  using Event =
      std::variant<NeedInput, Send, Body, DropBody, AskMail, AskRecipient, AskMessage, AskSasl, StartTls, Yield, Close>;
  using Answer = std::variant<Done, Reply, std::vector<Reply>, SaslChallenge, Authenticated>;

  explicit Session(std::shared_ptr<Options const> options, Tls tls = Tls::off);

  void receive(std::string_view bytes);
  Event poll();
  void resume(Answer answer);
  void wake(WakeReason reason);

  bool tried_auth() const { return tried_auth_; }  // the client has sent AUTH, whether that is taken here or not

 private:
  struct Command;
  static Command const kCommands[];
  Command const* find_command(std::string_view verb) const;

  struct Silent {};  // no reply yet: a chunk follows
  // What a handler returns: its reply, or a question whose answer will be the reply.
  using Step = std::variant<Reply, Silent, AskMail, AskRecipient, AskSasl>;
  struct UpgradePending {};
  struct SaslPending {};
  struct MessagePending {
    std::size_t recipients;
  };
  using Pending = std::variant<std::monostate, AskMail, AskRecipient, SaslPending, MessagePending, UpgradePending>;
  enum class Phase { greeting, command, sasl, data, chunk, upgrade, closing };
  enum class Sending { at_once, may_wait };
  // A BDAT command whose octets are coming in.
  struct Chunk {
    std::uint64_t left;
    bool last;
    std::size_t replies;           // LMTP has one for each recipient after the last chunk
    std::optional<Reply> refusal;  // the octets are swallowed and this is said
  };

  unsigned state() const;  // one of command.h's states
  bool is_lmtp() const { return options_->protocol == Protocol::lmtp; }
  bool may_log_in() const { return tls_ == Tls::on || options_->login_in_clear; }
  bool must_log_in() const { return !options_->mechanisms.empty() && !logged_in_; }

  std::optional<Event> step();  // one unit of work; empty: go on
  std::optional<Event> command_step();
  std::optional<Event> sasl_step();
  std::optional<Event> data_step();
  std::optional<Event> chunk_step();
  std::optional<Event> run(std::string_view line);
  std::optional<Event> ask(Step step, Sending sending);
  std::optional<Event> need_input();
  std::optional<Event> swallow_line(LineFramer::Step const& unit);  // anything but a line
  bool said_good_bye();                                             // because it was woken for that
  void answer(Reply const& reply, Sending sending);
  void answer_each(Reply const& reply, std::size_t count);
  void say_good_bye(Reply const& reply);  // and close
  void close();
  void end_transaction();

  Step on_ehlo(std::string_view args);
  Step on_helo(std::string_view args);
  Step on_auth(std::string_view args);
  Step on_mail(std::string_view args);
  Step on_rcpt(std::string_view args);
  Step on_data(std::string_view args);
  Step on_bdat(std::string_view args);
  Step on_rset(std::string_view args);
  Step on_noop(std::string_view args);
  Step on_quit(std::string_view args);
  Step on_vrfy(std::string_view args);
  Step on_help(std::string_view args);
  Step on_starttls(std::string_view args);
  Step on_unimplemented(std::string_view args);
  Step on_http(std::string_view args);
  void greet(std::string_view name, bool extended);
  std::vector<std::string> extensions() const;
  Step sasl_response(std::string_view base64);
  std::optional<Reply> refuse_chunk(std::uint64_t octets) const;
  Reply no_recipients() const;

  void answered(std::monostate&, Answer& given);
  void answered(AskMail& question, Answer& given);
  void answered(AskRecipient& question, Answer& given);
  void answered(SaslPending&, Answer& given);
  void answered(MessagePending& question, Answer& given);
  void answered(UpgradePending&, Answer& given);
  std::optional<Event> data_ended(DataFramer::End const& end);
  std::optional<Event> chunk_ended();
  Event ask_message(std::uint64_t size);

  std::shared_ptr<Options const> options_;
  Tls tls_;
  Phase phase_ = Phase::greeting;
  Input input_;
  LineFramer lines_;
  std::optional<DataFramer> data_;
  std::optional<Chunk> chunk_;
  std::string output_;
  bool flush_ = false;  // output_ must be sent before anything else is done
  Pending pending_;
  std::optional<WakeReason> woken_;
  std::optional<Hello> hello_;
  Transaction transaction_;
  bool logged_in_ = false;
  bool tried_auth_ = false;
  bool body_passed_ = false;  // there were Body events whose message is neither asked for nor void
  bool drop_body_ = false;    // DropBody is due
  unsigned errors_ = 0;
  unsigned unknown_recipients_ = 0;
  unsigned failed_logins_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace yubin::smtp
