// What MX, submission and LMTP have in common: one connection's way from MAIL to a message that is durable in its
// mailboxes, or to a refusal that the journal knows of.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "deliver/address_rules.h"
#include "deliver/intake.h"
#include "deliver/local.h"
#include "deliver/own_addresses.h"
#include "deliver/quota.h"
#include "deliver/srs.h"
#include "directory/directory.h"
#include "dns/resolver.h"
#include "journal/journal.h"
#include "net/serve.h"
#include "net/task.h"
#include "policy/message_reader.h"
#include "server/backup_recipients.h"
#include "server/judge_options.h"
#include "server/vouching.h"
#include "smtp/session.h"
#include "store/store.h"
#include "tls/context.h"

namespace yubin::server {

struct ReceptionOptions {
  std::size_t max_received = 100;      // Received fields; more are a loop (RFC 5321 section 6.3)
  std::size_t max_mailboxes = 10'000;  // that one transaction's recipients lead to
  deliver::OverQuota over_quota = deliver::OverQuota::refuse;
  bool hide_client = false;  // of submission: the Received field does not say where it came from
  deliver::AddressRules addresses{};
  std::optional<mime::Domain> srs_domain{};  // of reverse-paths of what is forwarded; none: postmaster's
  std::vector<BackupDomain> backup{};
  deliver::OwnAddresses own{};  // whose mail the server reads itself
  bool send_dmarc = true;       // what is seen is kept for reports to domains that ask for them
};

// All outlive the connections.
struct ReceptionServices {
  directory::Directory& directory;
  store::Store& store;
  journal::Journal& journal;
  deliver::LocalDelivery& delivery;
  Executor& pool;
  Clock& clock;
  std::string host_name;           // in the Received field
  mime::Domain postmaster_domain;  // of <postmaster> without a domain
  ReceptionOptions options;
  std::uint64_t generation = 0;       // of the settings
  dns::Resolver* resolver = nullptr;  // none: nothing is judged
  JudgeOptions judge{};
  deliver::Srs const* srs = nullptr;   // none: nothing is forwarded
  BackupRecipients* backup = nullptr;  // none: this server is nobody's secondary MX
};

// What a service does in its own way.
struct ReceptionRole {
  std::string_view service;    // in the journal
  std::string_view elsewhere;  // why a recipient in a domain that is not ours is refused
  bool lmtp = false;
  bool judged = false;      // others' servers bring mail: who is it from?
  bool local = false;       // from a program on this machine
  bool submission = false;  // the header section is completed, and a message that was here before is a new one
};

struct AcceptedRecipient {
  std::string address;  // as the peer sent it
  std::string folded;
  std::vector<directory::ToAccount> targets;
  std::vector<smtp::Recipient> outgoing{};  // what it leads to elsewhere
  smtp::RecipientParameters parameters{};
  std::string mark{};    // that is left in what an alias leads elsewhere
  bool is_copy = false;  // by a rule of ours: the peer knows nothing of it
};

// What is gathered from MAIL on and goes into the journal with the message, or without one.
struct Transaction {
  journal::Entry entry;
  bool extended = false;  // EHLO or LHLO, not HELO
  smtp::MailParameters parameters{};
  std::vector<AcceptedRecipient> accepted;
  std::set<kv::AccountId> accounts;
  std::optional<std::string> outgoing_from{};  // reverse-path of what leaves; none: nothing does
  std::vector<kv::Row> rows{};                 // what is kept besides if the message is accepted
  bool copying = false;                        // who is accepted now gets a copy
};

// On the connection's loop; no two of its tasks run at once. What reads the store is run on the pool.
class Reception {
 public:
  Reception(std::shared_ptr<ReceptionServices const> services, ReceptionRole const& role, std::string peer);

  void secured(tls::Facts const& facts) { tls_ = facts.version + " " + facts.cipher; }
  void logged_in(mime::Address const& who) { user_ = who.text(); }
  void is_user(std::string who) { user_ = std::move(who); }  // of this machine

  // MAIL: what was before is over.
  void begin(smtp::AskMail const& question);
  struct Destination {
    directory::Route route = directory::NotOurDomain{};
    bool room = true;  // in one of its mailboxes at least
  };
  // Where mail for the address goes.
  net::Task<Result<Destination>> look_up(mime::Address address);
  net::Task<smtp::Reply> recipient(smtp::ForwardPath path, smtp::RecipientParameters parameters = {});
  net::Task<> body(std::string_view chunk);
  void drop_body() { intake_.reset(); }
  // The end of the data: a reply for each accepted recipient, in their order. Without LMTP all are the same.
  net::Task<std::vector<smtp::Reply>> message(smtp::AskMessage question);

  // Into the journal with this transaction; `name` once.
  void note(std::string_view name, std::string_view value);
  // Refusals for the journal; the reply with the id that leads to it.
  smtp::Reply refuse(std::string const& recipient, smtp::Reply const& reply);
  smtp::Reply refuse_sender(smtp::Reply const& reply);
  // The last call: what was refused is written, and a connection that asked for nothing noted.
  void ended(net::Ending ending);

 private:
  using Fates = std::vector<std::optional<smtp::Reply>>;  // of the accepted recipients; empty: nothing against it

  struct Received {  // a message that has come to its end
    Fates fates;
    std::optional<deliver::Intake::Sealed> sealed;         // unless nobody is to get it
    std::optional<kv::Ticket<journal::EntryId>> delivery;  // once it has begun
  };

  net::Task<smtp::Reply> place(mime::Address address, smtp::RecipientParameters parameters, bool may_leave);
  net::Task<smtp::Reply> forward(mime::Address alias, directory::ToMany targets, smtp::RecipientParameters parameters);
  net::Task<smtp::Reply> back_up(BackupDomain domain, mime::Address address, smtp::RecipientParameters parameters);
  smtp::Reply return_report(mime::Address const& address, smtp::RecipientParameters parameters);
  std::optional<smtp::Reply> leave_from(std::string const& reverse_path);
  net::Task<Result<std::string>> sender_of_forwarded();
  BackupDomain const* find_backup(mime::Domain const& domain) const;
  net::Task<> add_copies();
  mime::Domain const& srs_domain() const;
  Result<Destination> find_destination(mime::Address const& address) const;
  std::optional<std::string_view> purpose_of(mime::Address const& address) const;
  std::string mailbox_of(directory::ToAccount const& target) const;
  smtp::Reply accept(AcceptedRecipient recipient);
  smtp::Reply with_id(smtp::Reply const& reply) const;
  deliver::HeaderFilter header_filter() const;
  net::Task<Result<Received>> finish_body(std::uint64_t size);
  bool comes_from_elsewhere() const;
  bool is_judged() const;
  void begin_intake();
  net::Task<> judge_message();
  Result<std::optional<smtp::Reply>> why_nothing_leaves() const;
  Result<> settle_sender();
  std::optional<smtp::Reply> looping(AcceptedRecipient const& recipient) const;
  Result<Fates> find_fates() const;
  net::Task<Result<>> delivered(Received& received, std::uint64_t size);
  kv::Ticket<journal::EntryId> deliver(Received& received, std::uint64_t size) const;
  std::vector<smtp::Reply> replies(Fates const& fates, smtp::Reply const& otherwise) const;
  std::vector<smtp::Reply> not_stored(Error const& error);
  net::Task<> report_delivered(Fates const& fates) const;
  void log_delivered(Fates const& fates) const;
  std::string trace() const;
  void write_refusals();
  void note_connection(net::Ending ending);

  std::shared_ptr<ReceptionServices const> services_;
  ReceptionRole const& role_;
  std::string peer_;
  std::string tls_;
  std::string user_;
  bool any_transaction_ = false;
  std::optional<Transaction> transaction_;
  std::optional<deliver::Intake> intake_;
  std::shared_ptr<policy::MessageReader> reader_;  // if it comes from elsewhere
  std::string results_;                   // the Authentication-Results field with its line end, if it was judged
  bool vouched_ = false;                  // SPF says that the sender is who sent it
  Vouching vouching_ = Vouching::nobody;  // for the author
};

}  // namespace yubin::server
