#include "cli/sendmail_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace yubin::cli {

namespace {

constexpr std::string_view kWithValue = "ABCDFLMNORVXbfhopr";  // the rest of the argument, or the next one
constexpr std::string_view kAttached = "dq";                   // the rest of the argument, or nothing

Result<SendmailMode> mode_of(std::string_view letter) {
  if (letter == "m") return SendmailMode::deliver;
  if (letter == "s") return SendmailMode::smtp;
  if (letter == "p") return SendmailMode::list_queue;
  if (letter == "v") return SendmailMode::verify;
  if (letter == "i") return SendmailMode::new_aliases;
  if (letter == "h" || letter == "H") return SendmailMode::nothing;
  if (letter == "d" || letter == "D" || letter == "l")
    return fail(Errc::syntax, "the server is started by `yubin serve`, or by systemd");
  return fail(Errc::syntax, fmt::format("there is no mode -b{}", letter));
}

// RFC 3461 section 4.1: "never", or some of success, failure, delay.
Result<smtp::Notify> notify_of(std::string_view text) {
  smtp::Notify notify;
  if (iequals(text, "never")) return notify;
  for (std::string_view word : split(text, ',')) {
    bool* const member = iequals(word, "success")   ? &notify.success
                         : iequals(word, "failure") ? &notify.failure
                         : iequals(word, "delay")   ? &notify.delay
                                                    : nullptr;
    if (member == nullptr) return fail(Errc::syntax, "-N takes never, or some of success,failure,delay");
    *member = true;
  }
  return notify;
}

// One argument after the other; clusters of letters like -ti are taken apart.
class Parser {
 public:
  explicit Parser(std::span<std::string const> arguments) : arguments_(arguments) {}

  Result<SendmailOptions> run(SendmailMode mode) {
    options_.mode = mode;
    for (; at_ < arguments_.size(); ++at_) {
      std::string_view const argument = arguments_[at_];
      if (argument == "--") {
        ++at_;
        break;
      }
      if (argument.size() < 2 || argument[0] != '-') break;
      TRY_VOID(letters(argument.substr(1)));
    }
    options_.recipients.assign(arguments_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, arguments_.size())),
                               arguments_.end());
    return std::move(options_);
  }

 private:
  Result<> letters(std::string_view rest) {
    while (!rest.empty()) {
      char const letter = rest[0];
      rest.remove_prefix(1);
      if (kAttached.find(letter) != std::string_view::npos) return option(letter, rest);
      if (kWithValue.find(letter) != std::string_view::npos) {
        if (!rest.empty()) return option(letter, rest);
        if (++at_ >= arguments_.size()) return fail(Errc::syntax, fmt::format("-{} needs a value", letter));
        return option(letter, arguments_[at_]);
      }
      TRY_VOID(flag(letter));
    }
    return {};
  }

  Result<> flag(char letter) {
    constexpr std::string_view kIgnored = "EGUmnsvxT";
    if (letter == 't') {
      options_.recipients_in_header = true;
    } else if (letter == 'i') {
      options_.dot_is_text = true;
    } else if (letter == 'I') {
      options_.mode = SendmailMode::new_aliases;
    } else if (kIgnored.find(letter) == std::string_view::npos) {
      return fail(Errc::syntax, fmt::format("there is no option -{}", letter));
    }
    return {};
  }

  Result<> option(char letter, std::string_view value) {
    switch (letter) {
      case 'b': {
        TRY(options_.mode, mode_of(value));
        return {};
      }
      case 'q':
        options_.mode = SendmailMode::run_queue;
        return {};
      case 'f':
      case 'r':
        options_.sender = std::string(value);
        return {};
      case 'F':
        options_.full_name = value;
        return {};
      case 'N': {
        TRY(options_.notify, notify_of(value));
        return {};
      }
      case 'R':
        if (!iequals(value, "hdrs") && !iequals(value, "full")) return fail(Errc::syntax, "-R takes hdrs or full");
        options_.parameters.ret = iequals(value, "full") ? smtp::Return::full : smtp::Return::headers;
        return {};
      case 'V':
        options_.parameters.envelope_id = value;
        return {};
      case 'o':
        if (value == "i" || value == "it") options_.dot_is_text = true;
        return {};
      default:  // of what other programs are made of
        return {};
    }
  }

  std::span<std::string const> arguments_;
  std::size_t at_ = 0;
  SendmailOptions options_;
};

}  // namespace

Result<SendmailOptions> parse_sendmail_options(std::string_view name, std::span<std::string const> arguments) {
  SendmailMode const mode = name == "mailq"        ? SendmailMode::list_queue
                            : name == "newaliases" ? SendmailMode::new_aliases
                                                   : SendmailMode::deliver;
  return Parser(arguments).run(mode);
}

}  // namespace yubin::cli
