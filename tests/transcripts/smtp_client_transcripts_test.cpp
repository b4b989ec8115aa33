// Dialogues of the SMTP client's session, tests/transcripts/smtp-client/: one requirement a file, named by its first
// comment. The server's lines are given, ours must come as written. Run with the server's bytes whole and in pieces.
//
//   # with: starttls=required login lmtp chunking ask Options of the session; ask: no message is sent.
//   M: <a@x.test> BODY=8BITMIME                       A message to be sent: reverse-path and parameters of MAIL,
//   R: <b@y.test> NOTIFY=NEVER                        each recipient with the parameters of RCPT,
//   B: one\r\n..two                                   and its bytes with escapes; no B: it cannot be read.
//   S: 220 mx.test                                    The server says. Consecutive lines come as one piece.
//   C: EHLO us.test                                   We say, exactly.
//   = <b@y.test> delivered 2.0.0 ...                  What the session tells or asks: see Dialogue.
//   S! close                                          The connection is lost.
//   ! deadline                                        A wake-up: deadline or shutdown.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "smtp/client_session.h"
#include "smtp/parameters.h"
#include "tests/kit/transcript.h"

namespace yubin::smtp {
namespace {

constexpr std::size_t kWhole = 0;

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool const escape = text[i] == '\\' && i + 1 < text.size();
    if (!escape) {
      out += text[i];
    } else {
      char const c = text[++i];
      out += c == 'r' ? '\r' : c == 'n' ? '\n' : c;
    }
  }
  return out;
}

struct Message {
  Envelope envelope;
  std::optional<std::string> bytes;
};

struct File {
  std::string requirement;
  std::string with;
  std::deque<Message> messages;
  std::vector<std::string> lines;  // the dialogue as it is to be
};

std::vector<EsmtpParamView> parameters_after(std::string_view path) {
  Cursor in(path.substr(path.find('>') + 1));
  return mail_parameters(in).value();
}

std::string_view path_of(std::string_view text) {
  return text.substr(0, text.find('>') + 1);
}

void take_message_line(File& file, char kind, std::string_view text) {
  Announced const all{.auth = true, .dsn = true, .require_tls = true};
  if (kind == 'M') {
    MailParameters const parameters = mail_parameters_of(parameters_after(text), all).value();
    file.messages.push_back({{ReversePath::parse(path_of(text)).value(), parameters, {}}, {}});
  } else if (kind == 'R') {
    RecipientParameters parameters = recipient_parameters_of(parameters_after(text), all).value();
    file.messages.back().envelope.recipients.push_back(
        {ForwardPath::parse(path_of(text)).value(), std::move(parameters)});
  } else {
    file.messages.back().bytes = file.messages.back().bytes.value_or("") + unescaped(text);
  }
}

File read(std::filesystem::path const& path) {
  File file;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# with: ")) {
      file.with = line.substr(8);
    } else if (line.starts_with("#")) {
      if (file.requirement.empty()) file.requirement = line.substr(2);
    } else if (line.starts_with("M: ") || line.starts_with("R: ") || line.starts_with("B:")) {
      take_message_line(file, line.front(), std::string_view(line).substr(std::min<std::size_t>(3, line.size())));
    } else if (!line.empty()) {
      file.lines.push_back(line);
    }
  }
  return file;
}

ClientOptions options_of(std::string_view with) {
  ClientOptions options{.host_name = "us.test", .peer = "mx.test"};
  for (std::string_view word : split(with, ' ')) {
    if (word == "starttls=required") options.start_tls = ClientOptions::StartTls::required;
    if (word == "starttls=never") options.start_tls = ClientOptions::StartTls::never;
    if (word == "login") options.log_in = true;
    if (word == "lmtp") options.protocol = Protocol::lmtp;
    if (word == "chunking") options.chunking = ClientOptions::Chunking::if_offered;
  }
  return options;
}

// Plays the server's lines to a session and notes the whole dialogue again.
class Dialogue {
 public:
  Dialogue(File const& file, std::size_t piece)
      : session_(std::make_shared<ClientOptions const>(options_of(file.with))),
        messages_(file.messages),
        piece_(piece),
        only_ask_(std::ranges::count(split(file.with, ' '), "ask") > 0) {
    drive();
    std::string block;
    for (std::string const& line : file.lines) {
      bool const from_server = line.starts_with("S:");
      if (!from_server) say(std::exchange(block, {}));
      if (from_server) {
        std::string_view const text = std::string_view(line).substr(std::min<std::size_t>(3, line.size()));
        block += unescaped(text) + "\r\n";
        out_.push_back(line);
      } else if (line == "S! close") {
        out_.push_back(line);
        session_.lost("the connection was lost");
        drive();
      } else if (line.starts_with("! ")) {
        out_.push_back(line);
        session_.wake(line == "! deadline" ? WakeReason::deadline : WakeReason::shutdown);
        drive();
      }
    }
    say(block);
  }

  std::vector<std::string> const& lines() const { return out_; }

 private:
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      std::size_t const count = piece_ == kWhole ? bytes.size() : std::min(piece_, bytes.size());
      session_.receive(bytes.substr(0, count));
      bytes.remove_prefix(count);
      drive();
    }
  }

  void drive() {
    while (!closed_) {
      ClientSession::Event event = session_.poll();
      if (!std::visit([this](auto& e) { return on(e); }, event)) return;
    }
  }

  void note(std::string text) { out_.push_back("= " + std::move(text)); }

  bool on(NeedInput&) { return false; }
  bool on(Send& send) {
    unfinished_ += send.bytes;
    for (std::size_t end; (end = unfinished_.find("\r\n")) != std::string::npos; unfinished_.erase(0, end + 2))
      out_.push_back("C: " + unfinished_.substr(0, end));
    return true;
  }
  bool on(StartTls&) {
    note("tls");
    session_.resume(Done{});
    return true;
  }
  bool on(LogIn& login) {
    std::string names;
    for (std::string const& name : login.mechanisms) names += " " + name;
    note("login" + names);
    if (login.mechanisms.front() == "PLAIN") {
      session_.resume(SaslStart{"PLAIN", Secret(std::string("\0u\0p", 4))});
    } else if (login.mechanisms.front() == "LOGIN") {
      session_.resume(SaslStart{"LOGIN", std::nullopt});
    } else {
      session_.resume(GiveUp{"none of these mechanisms will do"});
    }
    return true;
  }
  bool on(SaslServerSays& says) {
    note("sasl " + says.bytes);
    if (says.bytes.starts_with("User")) {
      session_.resume(SaslResponse{Secret("u")});
    } else if (says.bytes.starts_with("Pass")) {
      session_.resume(SaslResponse{Secret("p")});
    } else {
      session_.resume(GiveUp{"that is not what this mechanism says"});
    }
    return true;
  }
  bool on(SaslOver&) {
    note("logged in");
    session_.resume(Done{});
    return true;
  }
  bool on(NextMessage&) {
    if (messages_.empty()) {
      session_.resume(Done{});
      return true;
    }
    bytes_ = messages_.front().bytes;
    session_.resume(OutgoingMessage{messages_.front().envelope, only_ask_});
    sending_ = std::move(messages_.front().envelope);
    messages_.pop_front();
    return true;
  }
  bool on(NextChunk&) {
    if (!bytes_) {
      session_.resume(GiveUp{"the message is gone"});
      return true;
    }
    std::size_t const count = std::min<std::size_t>(piece_ == kWhole ? 8 : piece_, bytes_->size());
    // For BDAT the pieces show, so there they are always the same.
    bool const chunked = session_.extensions().chunking;
    std::size_t const size = chunked ? std::min<std::size_t>(8, bytes_->size()) : count;
    std::string bytes = bytes_->substr(0, size);
    bytes_->erase(0, size);
    session_.resume(NextBytes{std::move(bytes), bytes_->empty()});
    return true;
  }
  bool on(MessageOutcome& outcome) {
    for (std::size_t i = 0; i < outcome.recipients.size(); ++i) {
      Outcome const& fate = outcome.recipients[i];
      constexpr std::string_view kNames[] = {"delivered", "deferred", "failed"};
      note(fmt::format("{} {} {}", sending_.recipients[i].path.text(), kNames[fate.index()], text_of(detail(fate))));
    }
    return true;
  }
  bool on(Unusable& unusable) {
    note("unusable " + text_of(unusable.why));
    return true;
  }
  bool on(Close&) {
    closed_ = true;
    out_.push_back("C! close");
    return false;
  }

  static std::string text_of(OutcomeDetail const& d) {
    EXPECT_EQ(d.remote_host, "mx.test");
    std::string const said = d.remote_text.empty() ? "" : fmt::format(" \"{}\"", d.remote_text);
    return fmt::format("{}{} ({})", d.status.text(), said, d.note);
  }

  ClientSession session_;
  std::deque<Message> messages_;
  std::size_t piece_;
  bool only_ask_;
  Envelope sending_;
  std::optional<std::string> bytes_;
  std::string unfinished_;
  bool closed_ = false;
  std::vector<std::string> out_;
};

std::string joined(std::vector<std::string> const& lines) {
  std::string out;
  for (std::string const& line : lines) out += line + "\n";
  return out;
}

using Parameter = std::tuple<std::filesystem::path, std::size_t>;
class SmtpClientTranscripts : public testing::TestWithParam<Parameter> {};

TEST_P(SmtpClientTranscripts, run) {
  auto const& [path, piece] = GetParam();
  File const file = read(path);
  Dialogue const dialogue(file, piece);
  EXPECT_EQ(joined(dialogue.lines()), joined(file.lines)) << file.requirement;
}

std::string name(testing::TestParamInfo<Parameter> const& info) {
  auto const& [path, piece] = info.param;
  std::string name = path.stem().string() + (piece == kWhole ? "_whole" : "_by_" + std::to_string(piece));
  std::ranges::replace(name, '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(smtp, SmtpClientTranscripts,
                         testing::Combine(testing::ValuesIn(kit::find_transcripts(YUBIN_TRANSCRIPTS)),
                                          testing::Values(kWhole, 1U, 2U, 7U)),
                         name);

}  // namespace
}  // namespace yubin::smtp
