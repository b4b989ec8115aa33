// The reports that tell a sender what became of a message (RFC 3461, RFC 3464), each as a whole message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtp/envelope.h"
#include "smtp/outcome.h"

namespace yubin::deliver {

// RFC 3464 section 2.3.3. `expanded` is none of ours: what goes to many is delivered.
enum class ReportAction {
  failed,
  delayed,    // it is still tried
  delivered,  // into a mailbox here
  relayed,    // to a server that sends no reports
};

// What the report is about.
struct ReportSubject {
  smtp::ReversePath reverse_path;  // who gets it
  smtp::MailParameters parameters;
  std::int64_t accepted = 0;  // seconds since 1970
  std::string message_id{};   // the Message-ID field
};

struct ReportRecipient {
  smtp::Recipient recipient;
  smtp::OutcomeDetail why;
  std::optional<std::int64_t> retried_until{};  // of a delay: seconds since 1970
};

// The message, as far as it is repeated: its header section (the beginning of a very long one), or all of it.
struct ReportOriginal {
  std::string text;
  bool whole = false;
};

struct ReportFacts {
  std::string host_name;  // ours
  std::string id;         // of the report, for its Message-ID and boundary
  std::int64_t now = 0;   // seconds since 1970
  std::string domain{};   // ours, which answers for the mail and can sign it; empty: the host's name
};

struct Report {
  std::string text;                 // lines end in CR LF
  smtp::MailParameters parameters;  // what a server must be able to do that it is sent to
};

// Whether the sender wants to know this of the recipient (RFC 3461 section 4.1): without a NOTIFY, of failures and
// delays.
bool wants_report(smtp::Recipient const& recipient, ReportAction action);

// Its parts: a text in English and Japanese, message/delivery-status, and of the message what `original` holds, if
// anything. 7-bit, but for an 8-bit message that is repeated whole, and for a sender whose address is not ASCII: then
// all is as RFC 6533 has it, and needs SMTPUTF8. `recipients` has at least one; the reverse-path is not null, since
// nothing may be sent to that (RFC 5321 section 4.5.5).
Report make_report(ReportSubject const& subject, ReportAction action, std::vector<ReportRecipient> const& recipients,
                   ReportOriginal const& original, ReportFacts const& facts);

}  // namespace yubin::deliver
