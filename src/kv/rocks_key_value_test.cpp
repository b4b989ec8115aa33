#include "kv/rocks_key_value.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rocksdb/env.h>

#include <atomic>
#include <fstream>
#include <map>

#include "base/log.h"
#include "kv/faulty_key_value.h"
#include "kv/key_value_contract.h"
#include "tests/kit/temp_directory.h"

// The library is not instrumented for the thread sanitizer, which would report its own locks as races.
#if !__has_feature(thread_sanitizer)

namespace yubin::kv {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

constexpr RocksKeyValue::Options kSmall{
    .block_cache_bytes = 1024 * 1024, .write_buffer_bytes = 1024 * 1024, .max_log_bytes = 4 * 1024 * 1024};

// These tests provoke the warnings that the engine logs.
void quiet(LogLevel, std::string_view) {}

std::unique_ptr<RocksKeyValue> open(fs::path const& directory, RocksKeyValue::Options const& options = kSmall) {
  auto opened = RocksKeyValue::open(directory, options);
  EXPECT_TRUE(opened.has_value()) << opened.error().detail;
  return std::move(opened).value();
}

Result<> put(KeyValue& engine, std::string key, std::string value) {
  Batch batch;
  batch.put(Table::mail, std::move(key), std::move(value));
  Batch const* const pointer = &batch;
  TRY_VOID(engine.write({&pointer, 1}));
  return {};
}

class Rocks : public KeyValueUnderTest {
 public:
  KeyValue& engine() override { return *engine_; }
  void reopen() override {
    engine_.reset();
    engine_ = open(directory_.path());
  }

 protected:
  kit::TempDirectory directory_;
  std::unique_ptr<RocksKeyValue> engine_ = open(directory_.path());
};

class FaultyRocks final : public Rocks {
 public:
  KeyValue& engine() override { return *faulty_; }
  void reopen() override {
    Rocks::reopen();
    faulty_ = std::make_unique<FaultyKeyValue>(*engine_, faults_);
  }

 private:
  Faults faults_;
  std::unique_ptr<FaultyKeyValue> faulty_ = std::make_unique<FaultyKeyValue>(*engine_, faults_);
};

INSTANTIATE_TEST_SUITE_P(rocks, KeyValueContract,
                         testing::Values(KeyValueFactory([] { return std::make_unique<Rocks>(); })));
INSTANTIATE_TEST_SUITE_P(faulty_rocks, KeyValueContract,
                         testing::Values(KeyValueFactory([] { return std::make_unique<FaultyRocks>(); })));

// ---- one process at a time

TEST(RocksKeyValue, a_second_server_is_told_that_the_directory_is_in_use) {
  kit::TempDirectory directory;
  set_log_sink(&quiet);
  auto const first = open(directory.path());
  auto second = RocksKeyValue::open(directory.path(), kSmall);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(), (Error{Errc::conflict, directory.path().native() + " is in use by another server"}));
}

TEST(RocksKeyValue, a_directory_that_cannot_be_made_is_denied) {
  kit::TempDirectory directory;
  std::ofstream(directory / "file") << "not a directory";
  auto opened = RocksKeyValue::open(directory / "file" / "store", kSmall);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::denied);
  EXPECT_THAT(opened.error().detail, AllOf(HasSubstr("cannot be made"), HasSubstr("Not a directory")));
}

// ---- a torn log

// What a loss of power leaves: the files as they are now, without the engine's farewell.
fs::path crash_copy(kit::TempDirectory const& from, kit::TempDirectory const& to) {
  fs::path const copy = to / "copy";
  fs::remove_all(copy);
  fs::copy(from.path(), copy);
  return copy;
}

fs::path log_of(fs::path const& directory) {
  for (auto const& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() == ".log" && entry.file_size() > 0) return entry.path();
  }
  ADD_FAILURE() << "no log in " << directory;
  return {};
}

// Opens the store and says how many of the rows 00, 01, … it holds; they must be the first ones.
std::size_t rows_kept(fs::path const& directory) {
  auto const engine = open(directory);
  auto page = engine->scan(Table::mail, {}, {}).value();
  for (std::size_t i = 0; i < page.rows.size(); ++i) EXPECT_EQ(page.rows[i].key, fmt::format("{:02}", i));
  return page.rows.size();
}

struct TornLog : testing::Test {
  TornLog() {
    set_log_sink([this](LogLevel, std::string_view line) { logged.emplace_back(line); });
    auto const engine = open(directory.path());
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_TRUE(put(*engine, fmt::format("{:02}", i), std::string(40, 'v')));
      if (i == 8) length_before_last = fs::file_size(log_of(directory.path()));
    }
    crash_copy(directory, image);
    length = fs::file_size(log_of(image / "copy"));
  }
  ~TornLog() override { set_log_sink(&quiet); }

  // A fresh copy of the store whose log is changed by `damage`.
  template <class Damage>
  fs::path damaged(Damage damage) {
    fs::path const copy = scratch / "copy";
    fs::remove_all(copy);
    fs::copy(image / "copy", copy);
    damage(log_of(copy));
    return copy;
  }

  kit::TempDirectory directory;
  kit::TempDirectory image;
  kit::TempDirectory scratch;
  std::uintmax_t length_before_last = 0;
  std::uintmax_t length = 0;
  std::vector<std::string> logged;
};

void overwrite(fs::path const& file, std::uintmax_t from, std::string const& bytes) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(from));
  stream << bytes;
}

TEST_F(TornLog, whole_it_holds_every_row) {
  EXPECT_EQ(rows_kept(damaged([](fs::path const&) {})), 10u);
}

TEST_F(TornLog, cut_within_the_last_batch_it_holds_all_before) {
  for (auto cut = length_before_last; cut < length; cut += 7) {
    EXPECT_EQ(rows_kept(damaged([&](fs::path const& log) { fs::resize_file(log, cut); })), 9u) << cut;
  }
}

TEST_F(TornLog, with_zeros_for_the_last_batch_it_holds_all_before) {
  auto const zeros = std::string(static_cast<std::size_t>(length - length_before_last), '\0');
  EXPECT_EQ(rows_kept(damaged([&](fs::path const& log) { overwrite(log, length_before_last, zeros); })), 9u);
}

TEST_F(TornLog, with_a_hole_before_the_last_batch_no_later_batch_is_taken_without_those_before) {
  auto const hole = std::string(static_cast<std::size_t>(length - length_before_last), '\0');
  auto const at = length_before_last - hole.size();  // the batch before the last; batches have one length here
  EXPECT_EQ(rows_kept(damaged([&](fs::path const& log) { overwrite(log, at, hole); })), 8u);
}

TEST_F(TornLog, with_a_flipped_bit_it_holds_all_before_and_says_that_it_dropped_some) {
  auto const flip = [&](fs::path const& log) { overwrite(log, length_before_last + 20, "~"); };
  EXPECT_EQ(rows_kept(damaged(flip)), 9u);
  EXPECT_THAT(logged, testing::Contains(AnyOf(HasSubstr("dropping"), HasSubstr("checksum"))));
}

// ---- errors of the disk

// Files whose name ends so fail to sync from fail_with() until it is told that all is well.
class FailingEnv final : public rocksdb::EnvWrapper {
 public:
  FailingEnv() : EnvWrapper(rocksdb::Env::Default()) {}

  void fail_with(rocksdb::Status status, std::string_view ending = "") {
    status_ = std::move(status);
    ending_ = ending;
    failing_ = !status_.ok();
  }
  char const* Name() const override { return "FailingEnv"; }

  rocksdb::Status NewWritableFile(std::string const& name, std::unique_ptr<rocksdb::WritableFile>* file,
                                  rocksdb::EnvOptions const& options) override {
    auto status = EnvWrapper::NewWritableFile(name, file, options);
    if (status.ok()) *file = std::make_unique<FailingFile>(name, std::move(*file), *this);
    return status;
  }

 private:
  class FailingFile final : public rocksdb::WritableFileWrapper {
   public:
    FailingFile(std::string name, std::unique_ptr<rocksdb::WritableFile> file, FailingEnv& env)
        : WritableFileWrapper(file.get()), name_(std::move(name)), file_(std::move(file)), env_(env) {}
    rocksdb::Status Sync() override {
      return env_.failing_ && name_.ends_with(env_.ending_) ? env_.status_ : WritableFileWrapper::Sync();
    }

   private:
    std::string const name_;
    std::unique_ptr<rocksdb::WritableFile> file_;
    FailingEnv& env_;
  };

  std::atomic<bool> failing_ = false;
  rocksdb::Status status_;
  std::string ending_;
};

void goes_on_after(rocksdb::Status const& status) {
  set_log_sink(&quiet);
  kit::TempDirectory directory;
  FailingEnv env;
  RocksKeyValue::Options options = kSmall;
  options.env = &env;
  auto engine = open(directory.path(), options);
  ASSERT_TRUE(put(*engine, "a", "1"));

  env.fail_with(status);
  for (int i = 0; i < 3; ++i) {
    auto const failed = put(*engine, "b", "1");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::temporary) << failed.error().detail;
    EXPECT_EQ(engine->get(Table::mail, "a").value(), "1");
  }

  EXPECT_EQ(engine->get(Table::mail, "b").value(), std::nullopt);

  env.fail_with(rocksdb::Status::OK());
  auto const written = put(*engine, "c", "1");
  ASSERT_TRUE(written) << written.error().detail;
  EXPECT_EQ(engine->get(Table::mail, "a").value(), "1");
  EXPECT_EQ(engine->get(Table::mail, "c").value(), "1");

  EXPECT_EQ(engine->get(Table::mail, "b").value(), std::nullopt) << "what failed does not come back among later writes";

  engine.reset();
  engine = open(directory.path(), kSmall);
  EXPECT_EQ(engine->get(Table::mail, "a").value(), "1");
  EXPECT_EQ(engine->get(Table::mail, "b").value(), std::nullopt);
  EXPECT_EQ(engine->get(Table::mail, "c").value(), "1");
  set_log_sink(&quiet);
}

TEST(RocksKeyValue, goes_on_without_a_restart_after_a_full_disk) {
  goes_on_after(rocksdb::Status::NoSpace("no space left on device"));
}

TEST(RocksKeyValue, goes_on_without_a_restart_after_an_io_error) {
  goes_on_after(rocksdb::Status::IOError("input/output error"));
}

// RocksDB refuses writes after a flush that failed, be it for a backup.
TEST(RocksKeyValue, a_write_after_a_failed_checkpoint_succeeds) {
  set_log_sink(&quiet);
  kit::TempDirectory directory;
  FailingEnv env;
  RocksKeyValue::Options options = kSmall;
  options.env = &env;
  auto const engine = open(directory / "store", options);
  ASSERT_TRUE(put(*engine, "a", "1"));
  env.fail_with(rocksdb::Status::IOError("input/output error"), ".sst");
  EXPECT_FALSE(engine->checkpoint(directory / "backup"));
  env.fail_with(rocksdb::Status::OK());
  auto const written = put(*engine, "b", "1");
  ASSERT_TRUE(written) << written.error().detail;
  EXPECT_EQ(engine->get(Table::mail, "a").value(), "1");
  EXPECT_EQ(engine->get(Table::mail, "b").value(), "1");
  EXPECT_TRUE(engine->checkpoint(directory / "another"));
}

// ---- backup

TEST(RocksKeyValue, a_checkpoint_opens_as_the_store_of_that_moment) {
  kit::TempDirectory directory;
  auto const engine = open(directory / "store");
  ASSERT_TRUE(put(*engine, "a", "1"));
  ASSERT_TRUE(engine->checkpoint(directory / "backup"));
  ASSERT_TRUE(put(*engine, "b", "1"));
  auto const backup = open(directory / "backup");
  EXPECT_EQ(backup->get(Table::mail, "a").value(), "1");
  EXPECT_EQ(backup->get(Table::mail, "b").value(), std::nullopt);
  EXPECT_FALSE(engine->checkpoint(directory / "backup"));
}

TEST(RocksKeyValue, a_checkpoint_that_is_only_read_stays_as_it_is) {
  kit::TempDirectory directory;
  auto const engine = open(directory / "store");
  ASSERT_TRUE(put(*engine, "a", "1"));
  ASSERT_TRUE(engine->checkpoint(directory / "backup"));
  auto files = [&] {
    std::map<std::string, std::uintmax_t> sizes;
    for (auto const& entry : fs::directory_iterator(directory / "backup"))
      sizes[entry.path().filename()] = entry.file_size();
    return sizes;
  };
  auto const before = files();
  RocksKeyValue::Options options = kSmall;
  options.read_only = true;
  {
    auto const one = open(directory / "backup", options);
    auto const another = open(directory / "backup", options);
    EXPECT_EQ(one->get(Table::mail, "a").value(), "1");
    EXPECT_EQ(another->get(Table::mail, "a").value(), "1");
    EXPECT_EQ(put(*one, "b", "1").error().code, Errc::denied);
  }
  EXPECT_EQ(files(), before);
  EXPECT_FALSE(RocksKeyValue::open(directory / "none", options));
  EXPECT_FALSE(fs::exists(directory / "none"));
}

}  // namespace
}  // namespace yubin::kv

#endif
