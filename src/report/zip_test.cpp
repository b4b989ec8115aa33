// Archives made by hand; those of real programs are in tests/reports.
#include "report/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace yubin::report {
namespace {

using testing::HasSubstr;

std::string number(std::size_t value, int length) {
  std::string out;
  for (int i = 0; i < length; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
  return out;
}

struct Made {
  std::string name = "a.xml";
  std::string bytes = "<feedback/>";
  unsigned flags = 0;
  unsigned method = 0;
  std::size_t checksum_off_by = 0;
};

std::string zip(std::vector<Made> const& files, std::string const& before = "", std::string const& comment = "") {
  std::string out = before;
  std::string directory;
  for (Made const& file : files) {
    std::size_t const checksum =
        crc32_z(0, reinterpret_cast<Bytef const*>(file.bytes.data()), file.bytes.size()) + file.checksum_off_by;
    std::string const common = number(20, 2) + number(file.flags, 2) + number(file.method, 2) + number(0, 4) +
                               number(checksum, 4) + number(file.bytes.size(), 4) + number(file.bytes.size(), 4) +
                               number(file.name.size(), 2) + number(0, 2);
    directory +=
        "PK\x01\x02" + number(20, 2) + common + number(0, 10) + number(out.size() - before.size(), 4) + file.name;
    out += "PK\x03\x04" + common + file.name + file.bytes;
  }
  std::size_t const at = out.size() - before.size();
  return out + directory + "PK\x05\x06" + number(0, 4) + number(files.size(), 2) + number(files.size(), 2) +
         number(directory.size(), 4) + number(at, 4) + number(comment.size(), 2) + comment;
}

struct Limits {
  std::size_t files = 50;
  std::size_t bytes = 1'000'000;
};

Result<std::vector<ZipFile>> read(std::string const& archive, Limits limits = {}) {
  return read_zip(archive, limits.files, limits.bytes);
}

std::string why_not(std::string const& archive, Limits const& limits = {}) {
  auto const files = read(archive, limits);
  return files ? "" : files.error().detail;
}

TEST(Zip, files_come_in_their_order_without_folders) {
  auto const files = read(zip({{"d/", ""}, {"d/a", "1"}, {"b", ""}}, "", "a comment")).value();
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files[0].name, "d/a");
  EXPECT_EQ(files[0].bytes, "1");
  EXPECT_EQ(files[1].bytes, "");
  EXPECT_TRUE(read(zip({})).value().empty());
}

TEST(Zip, something_may_stand_before_the_archive) {
  EXPECT_EQ(read(zip({{}}, "#!/bin/unzip\n")).value().size(), 1U);
}

TEST(Zip, limits_are_kept) {
  EXPECT_THAT(why_not(zip({{}, {}, {}}), {.files = 2}), HasSubstr("more than 2 files"));
  EXPECT_THAT(why_not(zip({{"a", "12345"}, {"b", "6"}}), {.bytes = 5}), HasSubstr("more than"));
  EXPECT_EQ(why_not(zip({{"a", "12345"}}), {.bytes = 5}), "");
}

TEST(Zip, what_came_out_before_an_error_counts) {
  std::size_t room = 10;
  EXPECT_FALSE(read_zip(zip({{"a", "12345"}, {.bytes = "6789", .checksum_off_by = 1}}), 2, room));
  EXPECT_EQ(room, 1U);
}

TEST(Zip, what_is_not_readable_is_named) {
  EXPECT_THAT(why_not(zip({{.flags = 1}})), HasSubstr("encrypted"));
  EXPECT_THAT(why_not(zip({{.method = 14}})), HasSubstr("method 14"));
  EXPECT_THAT(why_not(zip({{.checksum_off_by = 1}})), HasSubstr("checksum"));
  EXPECT_THAT(why_not("PK\x03\x04"), HasSubstr("cut off"));
}

TEST(Zip, is_refused_wherever_it_is_cut) {
  std::string const archive = zip({{}, {}});
  for (std::size_t length = 0; length < archive.size(); ++length)
    EXPECT_FALSE(read(archive.substr(0, length))) << length;
}

}  // namespace
}  // namespace yubin::report
