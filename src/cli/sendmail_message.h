// A message as a program writes it to sendmail's standard input, made into one that can be submitted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace yubin::cli {

struct LocalMessage {
  std::string text;  // lines end in CR LF; ends in one
  bool eight_bit = false;
  std::vector<std::string> recipients{};  // those in To, Cc and Bcc, or in the Resent- ones if there are any
};

struct MessageOrigin {
  std::string address;    // of From, if the message has none; also for a From without a domain
  std::string full_name;  // before it
};

// `input` is all of it, or up to the dot; LF, CR LF and single CRs are line ends. An mbox's "From " line is left out. A
// message without any header field is all body.
LocalMessage make_local_message(std::string_view input, MessageOrigin const& origin);

// Where a line that is nothing but a dot ends the message; size() if there is none.
std::size_t find_lone_dot(std::string_view input);

}  // namespace yubin::cli
