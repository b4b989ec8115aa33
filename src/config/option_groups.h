// Rows of the table that stand in files of their own. For options.cpp.
#pragma once

#include "config/config.h"

namespace yubin::config {

void add_auth(Options<Config>& table);        // logins, and guessing at them
void add_submission(Options<Config>& table);  // of who has logged in
void add_limits(Options<Config>& table);      // who may connect, and from where
void add_policy(Options<Config>& table);      // who is mail from?
void add_addresses(Options<Config>& table);   // what is done to them
void add_outgoing(Options<Config>& table);    // mail to other servers, its queue, DNS
void add_reports(Options<Config>& table);     // of others and to others

}  // namespace yubin::config
