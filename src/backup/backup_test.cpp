// Backups of a small store on a real disk.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "backup/create.h"
#include "backup/files.h"
#include "backup/folder.h"
#include "backup/messages.h"
#include "backup/restore.h"
#include "backup/verify.h"
#include "base/log.h"
#include "kv/faulty_file_system.h"
#include "kv/storage_pool.h"
#include "mime/message_parser.h"
#include "mime/summary.h"
#include "store/format.h"
#include "store/verify.h"
#include "tests/kit/temp_directory.h"

namespace yubin::backup {
namespace {

namespace fs = std::filesystem;
using store::Mailbox;
using store::MailboxName;
using store::MessageState;
using store::SystemFlag;
using store::Uid;
using store::UidRange;

void quiet(LogLevel, std::string_view) {}

mime::Address address(std::string_view text) {
  return mime::Address::parse(text).value();
}

// A store in a folder, open like a server's.
struct World {
  explicit World(fs::path folder) : where(std::move(folder)) {
    rows = kv::RocksKeyValue::open(where / "rows", {}).value();
    EXPECT_TRUE(store::claim_format(*rows));
    kv::SegmentBodies::Options options;
    options.inline_body = 100;
    options.segment_bytes = 4000;
    bodies = kv::SegmentBodies::open(where / "bodies", *rows, ids, options).value();
    committer = std::make_unique<kv::Committer>(*rows, kv::Committer::Options{});
    changer = std::make_unique<kv::Changer>(*rows, *committer, here);
    mail = std::make_unique<store::Store>(store::Store::Services{*rows, *bodies, *changer, clock, ids});
    people = std::make_unique<directory::Directory>(*rows, *changer, clock);
  }

  void add_people() {
    ASSERT_TRUE(people->add_domain(mime::Domain::parse("example.test").value()).wait());
    auto made = people->add_account({address("hanako@example.test"), ""}).wait();
    ASSERT_TRUE(made);
    hanako = made->id;
    auto create = [id = hanako](store::Changes& changes) { return changes.create_account(id); };
    ASSERT_TRUE(mail->change<void>({hanako}, Lane::delivery, create).wait());
  }

  Mailbox mailbox(std::string const& name) const {
    return mail->find_mailbox(hanako, MailboxName::parse(name).value()).value().value();
  }

  Uid add(std::string const& folder, std::string const& subject, std::size_t size, store::SystemFlags flags = {},
          std::vector<std::string> keywords = {}) {
    std::string const text = "Message-ID: <" + subject + "@example.test>\r\nSubject: " + subject + "\r\n\r\n" +
                             std::string(size, 'x') + "\r\n";
    auto writer = mail->begin_body().value();
    EXPECT_TRUE(writer->append(text));
    mime::MessageParser parser;
    parser.feed(text);
    std::string const summary = mime::encode(std::move(parser).finish());
    store::NewMessage message{.prefix = "Return-Path: <>\r\n",
                              .body = writer->seal().wait().value(),
                              .summary = summary,
                              .flags = flags,
                              .keywords = std::move(keywords),
                              .internal_date = 1'700'000'000,
                              .internal_zone = 540};
    auto put = [id = hanako, to = mailbox(folder).id, message](store::Changes& changes) {
      return changes.append(id, to, message);
    };
    return mail->change<store::Appended>({hanako}, Lane::delivery, put).wait().value().uid;
  }

  void remove(std::string const& folder, Uid uid) {
    auto gone = [id = hanako, from = mailbox(folder).id, uid](store::Changes& changes) -> Result<> {
      UidRange const range[] = {{uid, uid}};
      TRY_VOID(changes.expunge(id, from, range, /*only_deleted=*/false));
      return {};
    };
    ASSERT_TRUE(mail->change<void>({hanako}, Lane::delivery, gone).wait());
  }

  std::vector<MessageState> states(std::string const& folder) const {
    return mail->states(hanako, mailbox(folder).id, {}).value();
  }
  std::string text(std::string const& folder, Uid uid) const {
    auto const card = mail->find_card(hanako, mailbox(folder).id, uid).value().value();
    return mail->read(card, 0, 1 << 20).value();
  }

  Result<Created> back_up(fs::path const& target, kv::FileSystem& files = kv::posix_file_system(),
                          std::vector<fs::path> take_along = {}) {
    Source const source{*rows, *bodies, where, std::move(take_along), files};
    return create(source, target, ids, clock);
  }

  fs::path const where;
  SystemClock clock;
  UniqueIds ids{clock, 1, 0};
  InlineExecutor here;
  std::unique_ptr<kv::RocksKeyValue> rows;
  std::unique_ptr<kv::SegmentBodies> bodies;
  std::unique_ptr<kv::Committer> committer;
  std::unique_ptr<kv::Changer> changer;
  std::unique_ptr<store::Store> mail;
  std::unique_ptr<directory::Directory> people;
  kv::AccountId hanako{0};
};

struct BackupTest : testing::Test {
  void SetUp() override {
    if (std::getenv("YUBIN_TSAN") != nullptr) GTEST_SKIP() << "Debian's RocksDB is not instrumented";
    set_log_sink(quiet);
    world = std::make_unique<World>(folder.path() / "store");
    world->add_people();
    for (int i = 0; i < 6; ++i)
      world->add("INBOX", "mail" + std::to_string(i), 50 + 1000 * static_cast<std::size_t>(i));
  }
  Created back_up() {
    Result<Created> created = world->back_up(target());
    EXPECT_TRUE(created) << created.error().detail;
    return *created;
  }
  static void expect_whole(fs::path const& path) {
    Result<Verified> const verified = verify(path);
    ASSERT_TRUE(verified) << verified.error().detail;
    EXPECT_EQ(verified->findings, std::vector<std::string>{});
    EXPECT_EQ(verified->accounts, 1u);
  }
  Restored bring_back(fs::path const& from, Wanted const& wanted) {
    auto reader = Reader::open(from);
    EXPECT_TRUE(reader) << reader.error().detail;
    auto restored = restore_messages(**reader, wanted, *world->people, *world->mail);
    EXPECT_TRUE(restored) << restored.error().detail;
    return restored.value_or(Restored{});
  }
  fs::path target() const { return folder.path() / "backups"; }

  kit::TempDirectory folder;
  std::unique_ptr<World> world;
};

TEST_F(BackupTest, a_backup_is_whole_and_leaves_nothing_behind) {
  std::ofstream(folder.path() / "yubin.toml") << "host = 'a'\n";
  Result<Created> const created =
      world->back_up(target(), kv::posix_file_system(), {folder.path() / "yubin.toml", folder.path() / "not there"});
  ASSERT_TRUE(created) << created.error().detail;
  expect_whole(created->path);
  EXPECT_EQ(verify(created->path)->messages, 6u);
  for (auto const& entry : fs::directory_iterator(world->where))
    EXPECT_TRUE(entry.path().filename() == "rows" || entry.path().filename() == "bodies") << entry.path();
  auto const files = restore_files(created->path, folder.path() / "etc");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1u);
  EXPECT_EQ(read_whole(kv::posix_file_system(), files->front(), 100).value(), "host = 'a'\n");
  EXPECT_FALSE(restore_files(created->path, folder.path() / "etc")) << "nothing is overwritten";
}

TEST_F(BackupTest, the_next_one_takes_over_what_has_not_changed) {
  Created const first = back_up();
  EXPECT_EQ(first.manifest.base, std::nullopt);
  world->add("INBOX", "late", 3000);
  Created const second = back_up();
  EXPECT_EQ(second.manifest.base, first.manifest.id);
  EXPECT_LT(second.copied, first.manifest.bytes());
  expect_whole(second.path);
  EXPECT_EQ(verify(second.path)->messages, 7u);
  expect_whole(first.path);
  auto const all = list(target());
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ(choose(target())->path, second.path);
  // Each stands for itself.
  fs::remove_all(first.path);
  expect_whole(second.path);
}

TEST_F(BackupTest, what_happens_during_and_after_it_does_not_change_it) {
  Created const created = back_up();
  std::vector<MessageState> const before = world->states("INBOX");
  for (MessageState const& state : before) world->remove("INBOX", state.uid);
  for (int i = 0; i < 20; ++i) world->add("INBOX", "after" + std::to_string(i), 1500);
  ASSERT_TRUE(world->bodies->reclaim());
  expect_whole(created.path);
  EXPECT_EQ(verify(created.path)->messages, before.size());
}

TEST_F(BackupTest, damage_is_found) {
  Created const created = back_up();
  for (FileEntry const& file : created.manifest.files) {
    if (file.size == 0) continue;
    fs::path const path = created.path / file.path;
    std::string const good = read_whole(kv::posix_file_system(), path, 1 << 30).value();
    std::string bad = good;
    bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 1);
    fs::remove(path);  // it may be linked to the store's
    std::ofstream(path, std::ios::binary) << bad;
    Result<Verified> const verified = verify(created.path);
    ASSERT_TRUE(verified);
    ASSERT_EQ(verified->findings.size(), 1u) << file.path;
    EXPECT_NE(verified->findings[0].find(file.path), std::string::npos);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << good;
  }
  expect_whole(created.path);
  fs::remove(created.path / created.manifest.files.back().path);
  EXPECT_FALSE(verify(created.path)->findings.empty());
}

// Disk full, IO errors: at each call in turn.
TEST_F(BackupTest, a_failed_one_leaves_nothing_that_passes_for_a_backup) {
  for (kv::FaultMode mode : {kv::FaultMode::nothing_done, kv::FaultMode::half_done}) {
    for (std::uint64_t nth = 0;; ++nth) {
      kv::Faults faults;
      kv::FaultyFileSystem files(kv::posix_file_system(), faults);
      faults.arm(nth, mode);
      Result<Created> const created = world->back_up(target(), files);
      if (created) {
        EXPECT_GT(nth, 20u);
        EXPECT_EQ(faults.failed(), 0u);
        expect_whole(created->path);
        fs::remove_all(created->path);
        break;
      }
      EXPECT_TRUE(created.error().detail.starts_with("no backup was made: "));
      for (Found const& found : list(target()).value()) EXPECT_FALSE(found.manifest) << "failing at " << nth;
    }
  }
}

// As after kill -9: nobody cleans up.
TEST_F(BackupTest, one_that_was_broken_off_is_named_and_not_used) {
  Created const created = back_up();
  fs::path const unfinished = target() / (std::string(kUnfinished) + created.path.filename().native());
  fs::rename(created.path, unfinished);
  fs::create_directory(world->where / "checkpoint-old");
  auto const all = list(target());
  ASSERT_EQ(all->size(), 1u);
  ASSERT_FALSE(all->front().manifest);
  EXPECT_NE(all->front().manifest.error().detail.find("is not finished"), std::string::npos);
  EXPECT_FALSE(choose(target()));
  EXPECT_FALSE(choose(unfinished));
  Created const next = back_up();
  EXPECT_EQ(next.manifest.base, std::nullopt);
  EXPECT_FALSE(fs::exists(world->where / "checkpoint-old"));
  EXPECT_EQ(choose(target())->path, next.path);
}

TEST_F(BackupTest, the_whole_store_comes_back_with_new_uid_validities) {
  Created const created = back_up();
  std::uint32_t const old_validity = world->mailbox("INBOX").uid_validity.value();
  std::vector<MessageState> const before = world->states("INBOX");
  fs::path const restored = folder.path() / "restored";
  auto const manifest = restore_store(created.path, restored);
  ASSERT_TRUE(manifest) << manifest.error().detail;
  World other(restored);
  other.hanako = world->hanako;
  EXPECT_EQ(other.states("INBOX"), before);
  for (MessageState const& state : before) EXPECT_EQ(other.text("INBOX", state.uid), world->text("INBOX", state.uid));
  EXPECT_GT(other.mailbox("INBOX").uid_validity.value(), old_validity);
  auto const findings = store::verify(*other.rows);
  EXPECT_EQ(findings.value(), std::vector<std::string>{});
  EXPECT_EQ(restore_store(created.path, restored).error().code, Errc::conflict);
}

TEST_F(BackupTest, a_store_is_not_restored_from_a_damaged_backup) {
  Created const created = back_up();
  fs::resize_file(created.path / "rows" / "CURRENT", 1);
  EXPECT_EQ(restore_store(created.path, folder.path() / "restored").error().code, Errc::corrupt);
  EXPECT_FALSE(fs::exists(folder.path() / "restored"));
}

TEST_F(BackupTest, a_removed_message_comes_back_as_it_was) {
  store::SystemFlags const flags = store::SystemFlags(SystemFlag::seen).with(SystemFlag::deleted);
  Uid const uid = world->add("Sent", "wanted", 70'000, flags, {"$Important"});
  std::string const text = world->text("Sent", uid);
  Created const created = back_up();
  world->remove("Sent", uid);

  Wanted const wanted{.account = address("hanako@example.test"), .message_id = "wanted@example.test"};
  EXPECT_EQ(bring_back(created.path, wanted).restored, 1u);
  std::vector<MessageState> const there = world->states("Sent");
  ASSERT_EQ(there.size(), 1u);
  EXPECT_GT(there[0].uid, uid);
  EXPECT_EQ(there[0].flags, store::SystemFlags(SystemFlag::seen));
  ASSERT_EQ(there[0].keywords.size(), 1u);
  EXPECT_EQ(world->mailbox("Sent").keywords.at(there[0].keywords[0].value()), "$Important");
  EXPECT_EQ(there[0].internal_date, 1'700'000'000);
  EXPECT_EQ(there[0].internal_zone, 540);
  EXPECT_EQ(world->text("Sent", there[0].uid), text);

  Restored const again = bring_back(created.path, wanted);
  EXPECT_EQ(again.restored, 0u);
  EXPECT_EQ(again.present, 1u);
}

TEST_F(BackupTest, what_is_still_there_is_not_doubled) {
  Created const created = back_up();
  world->remove("INBOX", world->states("INBOX")[2].uid);
  world->add("INBOX", "new", 10);
  Restored const restored = bring_back(created.path, {.account = address("hanako@example.test")});
  EXPECT_EQ(restored.restored, 1u);
  EXPECT_EQ(restored.present, 5u);
  EXPECT_EQ(world->states("INBOX").size(), 7u);
}

TEST_F(BackupTest, messages_come_back_beside_the_present_ones_when_asked) {
  Uid const uid = world->states("INBOX")[1].uid;
  Created const created = back_up();
  world->remove("INBOX", uid);
  Wanted const wanted{.account = address("HANAKO@example.test"),
                      .mailbox = MailboxName::inbox(),
                      .uid = uid,
                      .into = MailboxName::parse("Restored").value()};
  EXPECT_EQ(bring_back(created.path, wanted).restored, 1u);
  EXPECT_EQ(world->states("Restored/INBOX").size(), 1u);
  EXPECT_EQ(world->states("INBOX").size(), 5u);
}

TEST_F(BackupTest, who_or_what_is_not_in_the_backup_is_said) {
  Created const created = back_up();
  auto reader = Reader::open(created.path);
  ASSERT_TRUE(reader);
  for (Wanted const& wanted :
       {Wanted{.account = address("nobody@example.test")},
        Wanted{.account = address("hanako@example.test"), .mailbox = MailboxName::parse("None").value()}}) {
    auto const restored = restore_messages(**reader, wanted, *world->people, *world->mail);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::not_found);
  }
}

TEST_F(BackupTest, a_backup_of_a_later_format_is_refused) {
  kv::Batch batch;
  batch.put(kv::Table::server, "format", "\x01\x7f");
  kv::Batch const* const batches[] = {&batch};
  ASSERT_TRUE(world->rows->write(batches));
  Created const created = back_up();
  EXPECT_EQ(Reader::open(created.path).error().code, Errc::conflict);
  EXPECT_NE(verify(created.path)->findings.at(0).find("a later version of Yubin"), std::string::npos);
}

}  // namespace
}  // namespace yubin::backup
