// What the configuration alone tells of the DNS records that a domain needs; a server that runs knows more.
#pragma once

#include "api/dns_facts.h"
#include "config/config.h"

namespace yubin::cli {

// Without certificates.
api::DnsFacts facts_of(config::Config const& config);

}  // namespace yubin::cli
