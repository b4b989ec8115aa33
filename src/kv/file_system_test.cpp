#include "kv/file_system.h"

#include <gmock/gmock.h>

#include <functional>

#include "kv/faulty_file_system.h"
#include "kv/memory_file_system.h"
#include "tests/kit/temp_directory.h"

namespace yubin::kv {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAre;

// The same on the machine's file system and in memory.
class FileSystemContract : public testing::TestWithParam<std::function<FileSystem&()>> {
 protected:
  FileSystemContract() { EXPECT_TRUE(files_.make_directory(directory_)); }

  kit::TempDirectory temp_;
  FileSystem& files_ = GetParam()();
  FileSystem::Path const directory_ = temp_ / "a" / "b";
};

INSTANTIATE_TEST_SUITE_P(posix, FileSystemContract,
                         testing::Values([]() -> FileSystem& { return posix_file_system(); }));
INSTANTIATE_TEST_SUITE_P(memory, FileSystemContract, testing::Values([]() -> FileSystem& {
                           static MemoryFileSystem memory;
                           return memory;
                         }));

TEST_P(FileSystemContract, bytes_are_read_where_they_were_written) {
  auto file = files_.create(directory_ / "f").value();
  ASSERT_TRUE(file->write(0, "hello"));
  ASSERT_TRUE(file->write(8, "world"));
  ASSERT_TRUE(file->write(4, "0"));
  file->start_writing_back(0, 13);
  ASSERT_TRUE(file->sync());
  auto reader = files_.open_to_read(directory_ / "f").value();
  EXPECT_EQ(reader->read(0, 100).value(), (std::string("hell0\0\0\0world", 13)));
  EXPECT_EQ(reader->read(8, 3).value(), "wor");
  EXPECT_EQ(reader->read(13, 3).value(), "");
  EXPECT_EQ(reader->read(100, 3).value(), "");
  ASSERT_TRUE(file->truncate(2));
  EXPECT_EQ(reader->read(0, 100).value(), "he");
}

TEST_P(FileSystemContract, files_are_made_once_listed_and_removed) {
  EXPECT_TRUE(files_.make_directory(directory_));
  EXPECT_THAT(files_.list(directory_).value(), IsEmpty());
  ASSERT_TRUE(files_.create(directory_ / "f"));
  ASSERT_TRUE(files_.create(directory_ / "g"));
  EXPECT_EQ(files_.create(directory_ / "f").error().code, Errc::conflict);
  EXPECT_THAT(files_.list(directory_).value(), UnorderedElementsAre("f", "g"));
  EXPECT_TRUE(files_.sync_directory(directory_));
  EXPECT_TRUE(files_.remove(directory_ / "f"));
  EXPECT_EQ(files_.remove(directory_ / "f").error().code, Errc::not_found);
  EXPECT_EQ(files_.open_to_read(directory_ / "f").error().code, Errc::not_found);
  EXPECT_THAT(files_.list(directory_).value(), UnorderedElementsAre("g"));
}

TEST(PosixFileSystem, a_directory_below_a_file_cannot_be_made) {
  kit::TempDirectory temp;
  ASSERT_TRUE(posix_file_system().create(temp / "f"));
  auto const made = posix_file_system().make_directory(temp / "f" / "d");
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().detail, testing::HasSubstr("Not a directory"));
}

TEST(MemoryFileSystem, loses_what_was_not_synced) {
  MemoryFileSystem files;
  auto kept = files.create("d/kept").value();
  ASSERT_TRUE(kept->write(0, "synced"));
  ASSERT_TRUE(kept->sync());
  auto removed = files.create("d/removed").value();
  ASSERT_TRUE(files.sync_directory("d"));
  ASSERT_TRUE(kept->write(0, "later"));
  ASSERT_TRUE(files.remove("d/removed"));
  auto nameless = files.create("d/nameless").value();
  ASSERT_TRUE(nameless->write(0, "synced in vain"));
  ASSERT_TRUE(nameless->sync());
  files.lose_unsynced();
  EXPECT_THAT(files.list("d").value(), UnorderedElementsAre("kept", "removed"));
  EXPECT_EQ(files.open_to_read("d/kept").value()->read(0, 100).value(), "synced");
}

TEST(FaultyFileSystem, writes_half_of_the_bytes_and_fails) {
  MemoryFileSystem memory;
  Faults faults;
  FaultyFileSystem files(memory, faults);
  auto file = files.create("f").value();
  faults.arm(0, FaultMode::half_done);
  EXPECT_FALSE(file->write(0, "12345678"));
  EXPECT_EQ(memory.bytes("f"), "1234");
  faults.arm(0, FaultMode::nothing_done);
  EXPECT_FALSE(files.remove("f"));
  EXPECT_TRUE(files.remove("f"));
}

}  // namespace
}  // namespace yubin::kv
