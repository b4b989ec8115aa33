#include "config/option_groups.h"

namespace yubin::config {

namespace {

Codec<policy::Mode> mode() {
  return choice<policy::Mode>({{"off", policy::Mode::off}, {"observe", policy::Mode::observe}});
}

}  // namespace

void add_policy(Options<Config>& table) {
  table
      .add(
          "policy.spf", [](auto& c) -> auto& { return c.settings.judge.spf; }, mode(),
          "Whether mail from other servers is checked by SPF, and their addresses' names by iprev. With observe, what "
          "is found goes into the journal and the message (Authentication-Results), and decides nothing.")
      .needs_restart();
  table
      .add(
          "policy.dkim", [](auto& c) -> auto& { return c.settings.judge.dkim; }, mode(),
          "The same of signatures: DKIM, and ARC's chains.")
      .needs_restart();
  table
      .add(
          "policy.dmarc", [](auto& c) -> auto& { return c.settings.judge.dmarc; }, mode(),
          "The same of DMARC, from what SPF and DKIM have found.")
      .needs_restart();
}

}  // namespace yubin::config
