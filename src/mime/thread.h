// What tells whether messages belong to one thread (RFC 8621 section 3): "An identical message id appears in both
// Emails in any of the Message-Id, In-Reply-To, and References header fields", and the subjects are the same without
// what mailers put around them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace yubin::mime {

class HeaderSection;

inline constexpr std::size_t kMaxThreadKeys = 4;

// One key for each message id that the message names, of id and subject together, so that two messages belong to one
// thread if they have a key in common. At most kMaxThreadKeys, none twice: of the message's own id first, then of those
// that are most likely known: the last of References, the first of In-Reply-To, the first of References, the last but
// one. None if the message names no id.
//
// A key is a hash that anybody can compute (XXH3). It need not be secret: who wants a message to join a thread names an
// id of that thread, for which nothing has to collide.
std::vector<std::uint64_t> thread_keys(HeaderSection const& header);

// The base subject of RFC 5256 section 2.1, of a subject that has been decoded; folded (mime/fold.h) and without any
// white space. Beyond the RFC it takes off counted replies ("Re^2:") and what mailers in other languages put before
// (AW:, SV:, 返信: …). Linear.
std::string thread_subject(std::string_view utf8);

}  // namespace yubin::mime
