// The report to a sender whose message was not delivered (RFC 3464), as a whole message.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "queue/outgoing.h"
#include "smtp/outcome.h"

namespace yubin::deliver {

struct ReportFacts {
  std::string host_name;  // ours
  std::string id;         // of the report, for its Message-ID and boundary
  std::int64_t now = 0;   // seconds since 1970
};

// For the recipients of a job that are Failed and of whose failure the sender wants to know (RFC 3461 section 4.1).
// Empty: there are none, or nobody to tell (the null reverse-path, RFC 5321 section 4.5.5).
//
// Its parts: a text in English and Japanese, message/delivery-status, and the header section of the message, of which
// `original` holds the beginning. 7-bit; lines end in CR LF.
std::string make_failure_report(queue::Job const& job, std::vector<smtp::Outcome> const& outcomes,
                                std::string_view original, ReportFacts const& facts);

}  // namespace yubin::deliver
