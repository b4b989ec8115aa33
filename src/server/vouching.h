// Who vouches for the name in From of a message that another server brought; and what that means for sending it on.
//
// Whatever leaves this server passes SPF as ours: the reverse-path that we give it (deliver/srs.h), or the HELO name
// without one. If the name in From is ours as well, that is all that DMARC asks for (RFC 9989 section 4.4), so a forged
// message would become genuine on its way through us.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "directory/directory.h"
#include "policy/dmarc_check.h"
#include "policy/message_reader.h"
#include "smtp/reply.h"

namespace yubin::server {

enum class Vouching {
  yes,            // DMARC passed; or its domain has no policy, and SPF or a signature is of the same organization
  no,             // the policy of its domain is not met
  nobody,         // its domain has no policy, or none was asked for
  not_known_now,  // the DNS does not tell
};
// `dmarc`: none, it was not asked for.
Vouching vouching_of(policy::DmarcRequest const& known, policy::DmarcOutcome const* dmarc);

// Those that a mail program may show, whatever is wrong with the header section. None: programs differ too much.
std::optional<std::vector<std::string>> claimed_domains(policy::MessageReader const& message);

// Against sending a message on, if our doing so would make others believe its From: it names a domain hosted here, or
// one of the same organization as one of `own_names` that has a policy. None: nothing. On the storage pool.
Result<std::optional<smtp::Reply>> why_not_sent_on(policy::MessageReader const& message, Vouching vouching,
                                                   directory::Directory const& directory,
                                                   std::vector<std::string> const& own_names);

}  // namespace yubin::server
