// Reads what came for the server itself, aside from those who brought it: a job of upkeep.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/upkeep.h"
#include "deliver/own_mail.h"
#include "deliver/report_inbox.h"
#include "deliver/report_options.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "kv/committer.h"
#include "queue/outgoing.h"
#include "store/store.h"

namespace yubin::deliver {

class Reflector;

class OwnMailReader {
 public:
  static constexpr std::uint64_t kTries = 2;  // that did not come to an end; then a mail is not opened any more

  // All outlive this.
  struct Services {
    kv::KeyValue const& key_value;
    kv::Committer& committer;
    kv::Bodies const& bodies;
    store::Store& store;
    directory::Directory const& directory;
    journal::Journal& journal;
    UniqueIds& ids;
    Clock const& clock;
    mime::Domain default_domain;          // whose postmaster gets what no other one can get
    queue::Outgoing* outgoing = nullptr;  // for postmasters elsewhere; none: nothing is sent
    Reflector* reflector = nullptr;       // none: nobody is told what was seen of his message
  };
  OwnMailReader(Services services, ReportOptions options, ReportLimits limits = {});

  // One mail. Its rows, its entry in the journal and its end are one change. What is no report, or about somebody else,
  // goes to the postmaster of the domain that it was sent to, or else to the default domain's, or to nobody, with the
  // reason in the journal. What fails for now stays, and is the round's error at its end.
  Result<Turn> read_one();
  // Forgets reports of one domain that are older than ReportOptions::keep, in the last turn also addresses that no
  // report has told of for as long, and what reports of ours were to tell a week ago.
  Result<Turn> forget_one();

 private:
  // What became of a recipient.
  struct Ended {
    std::vector<kv::Row> rows{};
    std::vector<queue::LocalTarget> copies{};  // mailboxes that get the mail
    std::vector<mime::Address> remote{};       // and addresses elsewhere
    std::vector<journal::RecipientFate> fates{};
  };
  Result<> read(UniqueId accepted_as, queue::LocalRow const& row);
  Result<ReadReports> open(UniqueId accepted_as, queue::LocalRow const& row) const;
  void forget_tries(UniqueId accepted_as) const;
  Result<Ended> end_of(UniqueId accepted_as, queue::LocalRow const& row, queue::LocalTarget const& target) const;
  Result<Ended> read_reports(UniqueId accepted_as, queue::LocalRow const& row, queue::LocalTarget const& target) const;
  Result<> add_postmaster(std::string const& recipient, mime::Domain const& domain, Ended& ended) const;
  Result<> give_to_postmaster(std::string const& recipient, std::string const& why, Ended& ended) const;
  void send_on(kv::Changes& changes, queue::LocalRow const& row, journal::EntryId id,
               std::vector<mime::Address> const& remote) const;
  Result<> finish(UniqueId accepted_as, queue::LocalRow const& row, Ended ended);
  Result<> forget_if(kv::Range range, std::function<bool(kv::Row const&)> const& is_old) const;
  Result<> forget_unsent() const;
  std::int64_t now() const;
  report::Day today() const;
  report::Day oldest() const;

  Services const services_;
  ReportOptions const options_;
  ReportInbox const inbox_;
  std::string next_;       // where this round goes on
  Result<> round_;         // its first failure
  std::string forget_at_;  // where forgetting goes on
};

}  // namespace yubin::deliver
