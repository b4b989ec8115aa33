// The MX service: takes mail for our own domains from anybody, on port 25.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "deliver/intake.h"
#include "deliver/local.h"
#include "deliver/quota.h"
#include "directory/directory.h"
#include "journal/journal.h"
#include "net/serve.h"
#include "smtp/session.h"
#include "store/store.h"

namespace yubin::server {

// All outlive the connections.
struct MxServices {
  directory::Directory& directory;
  store::Store& store;
  journal::Journal& journal;
  deliver::LocalDelivery& delivery;
  Executor& pool;
  std::string host_name;           // in the Received field
  mime::Domain postmaster_domain;  // of <postmaster> without a domain
  deliver::OverQuota over_quota = deliver::OverQuota::refuse;
};

// What is gathered from MAIL on and goes into the journal with the message, or without one.
struct MxTransaction {
  journal::Entry entry;
  std::vector<deliver::LocalRecipient> recipients;
  bool extended = false;  // EHLO, not HELO
};

// Answers the questions of one connection's SMTP session (net/serve.h). On the connection's loop; what reads the store
// is run on the pool.
class MxAnswers {
 public:
  using Session = smtp::Session;
  using Answer = smtp::Session::Answer;

  MxAnswers(std::shared_ptr<MxServices const> services, std::string peer);

  net::Task<> body(std::string_view chunk);
  net::Task<Answer> answer(Session& session, smtp::AskMail question);
  net::Task<Answer> answer(Session& session, smtp::AskRecipient question);
  net::Task<Answer> answer(Session& session, smtp::AskMessage question);
  net::Task<> answer(Session& session, smtp::DropBody notice);
  void secured(tls::Facts const& facts);
  void ended(Session& session, net::Ending ending);

 private:
  void begin(smtp::AskMail const& question);
  smtp::Reply refuse(std::string const& address, smtp::Reply reply);
  net::Task<Result<directory::Route>> route(mime::Address address);
  net::Task<bool> has_room(kv::AccountId account);
  smtp::Reply accept(std::string const& address, std::vector<directory::ToAccount> const& targets);
  net::Task<Result<>> receive(smtp::AskMessage const& question);
  std::string trace() const;
  void write_refusals();
  void note_connection(net::Ending ending);

  std::shared_ptr<MxServices const> services_;
  std::string peer_;
  std::string tls_;
  bool any_transaction_ = false;
  std::optional<MxTransaction> transaction_;
  std::optional<deliver::Intake> intake_;
};

}  // namespace yubin::server
