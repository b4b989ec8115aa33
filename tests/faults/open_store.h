// A store in a folder, open as a server has it, and what the operations need of it.
//
//   FOLDER/store     as `yubin demo` keeps it, so that the program itself can be started on the folder
//   FOLDER/backups   of it; FOLDER/other-backups is empty at first
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/runtime.h"
#include "app/parts.h"
#include "deliver/intake.h"
#include "tests/faults/ledger.h"

namespace yubin::faults {

inline constexpr std::string_view kBackups = "backups";
inline constexpr std::string_view kOtherBackups = "other-backups";
inline constexpr unsigned kAccounts = 10;
std::string address_of(unsigned number);           // 1 to kAccounts
inline constexpr unsigned kProbe = kAccounts + 1;  // one more, that no operation touches

kv::SegmentBodies::Options small_segments();

class OpenStore {
 public:
  // Small segments, so that each step is cheap and some are left and rewritten.
  explicit OpenStore(std::filesystem::path const& folder, kv::SegmentBodies::Options const& bodies = small_segments());

  app::Parts& parts() { return *parts_; }
  std::filesystem::path backups() const { return folder_ / kBackups; }
  std::filesystem::path other_backups() const { return folder_ / kOtherBackups; }

  bool add_account(std::string const& address);
  // As a message that came by SMTP. True: it was acknowledged.
  bool deliver(std::vector<std::string> const& addresses, std::string const& content);
  // As one that a person of ours has submitted (or, by the service "mx", somebody else whom nobody may write to), for
  // addresses elsewhere. True: it was acknowledged.
  bool send(std::string const& from, std::vector<std::string> const& addresses, std::string const& content,
            std::string const& service = "submission");
  // What is in the queue for the destination is taken, and has this outcome. True: that is written.
  bool settle_queued(std::string const& destination, smtp::Outcome const& outcome);
  // The same with the report to the sender before it, as the sender of mail does it. True: nothing is left of it.
  bool report_queued(std::string const& destination, smtp::Outcome const& outcome);
  // As an administrator does it to what is in the queue for the destination. True: it is done to something.
  bool act_on_queued(std::string const& destination, queue::Outgoing::Action const& action);
  // Commands of IMAP one after the other. True: all of them were.
  bool talk(std::string const& address, std::vector<std::string> const& commands);
  bool back_up(std::filesystem::path const& target);
  // Closes it and erases its mail.
  bool remove_account(std::string const& address);
  // Until none of the account's changes is under way any more, good or bad.
  void wait_for_changes(std::string const& address);
  // Gives back what nothing refers to any more; what fails here is tried again the next time.
  bool collect();
  bool rewrite();
  // All that the upkeep does of this kind, to its end. What went wrong.
  std::string settle();

 private:
  deliver::LocalMessage received(deliver::Intake::Sealed& sealed, kv::SealedBody body, std::string const& from);
  std::optional<queue::Job> take_queued(std::string const& destination);

  std::filesystem::path const folder_;
  api::NoRuntime runtime_;
  std::unique_ptr<app::Parts> parts_;
  std::vector<queue::Job> others_;  // taken only so that they are out of the way
};

// What a client finds over IMAP in all accounts that there are. `findings` gets a line for each thing that is wrong.
struct Picture {
  std::string ledger;      // as Ledger::text()
  std::string validities;  // UIDVALIDITY of each mailbox, a line each
};
Picture picture_of(OpenStore& store, std::string& findings);

}  // namespace yubin::faults
