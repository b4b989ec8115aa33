// Vectors of the judge's checks: files in tests/vectors/policy/, each a zone and what must come out of it.
//
//   # RFC 7208 section 4.6.4                a comment
//   [zone]                                  a master file, as `yubin check --dns` reads it (dns/zone.h)
//   example.test. TXT "v=spf1 -all"
//   ; !fail broken.test. SERVFAIL
//   [message signed]                        for cases that name it; the lines end in CR LF
//   From: a@example.test
//   ...
//   [spf all the world is refused]          a case: the check, and what it shows
//   ip 192.0.2.1                            what is given, and what is expected
//   result fail
//
// Zone and messages hold for all cases of their file.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "deliver/policy_dns.h"
#include "dns/static_resolver.h"
#include "policy/check.h"

namespace yubin::policy {

struct VectorCase {
  std::string check;
  std::string title;
  std::map<std::string, std::string> lines;  // name, value

  std::string get(std::string const& name) const {
    auto const found = lines.find(name);
    return found == lines.end() ? "" : found->second;
  }
  bool has(std::string const& name) const { return lines.contains(name); }
};

struct VectorFile {
  std::string name;
  std::string zone;
  std::map<std::string, std::string> messages;
  std::vector<VectorCase> cases;
};

inline VectorFile read_vectors(std::filesystem::path const& path) {
  VectorFile file;
  file.name = path.filename().string();
  std::ifstream in(path, std::ios::binary);
  std::string* text = nullptr;  // of the zone or message that is being read
  std::string_view line_end;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('[') && line.ends_with(']')) {
      std::size_t const blank = std::min(line.find(' '), line.size() - 1);
      std::string const section = line.substr(1, blank - 1);
      std::string title = line.substr(blank, line.size() - blank - 1);
      if (!title.empty()) title.erase(0, 1);
      bool const message = section == "message";
      text = message ? &file.messages[title] : section == "zone" ? &file.zone : nullptr;
      line_end = message ? "\r\n" : "\n";
      if (text == nullptr) file.cases.push_back({section, title, {}});
    } else if (text != nullptr) {
      text->append(line).append(line_end);
    } else if (!line.empty() && !line.starts_with('#')) {
      std::size_t const blank = std::min(line.find(' '), line.size());
      file.cases.back().lines[line.substr(0, blank)] = blank < line.size() ? line.substr(blank + 1) : "";
    }
  }
  return file;
}

inline Finding finish(Check& check, dns::StaticResolver const& zone) {
  for (int batches = 0;; ++batches) {
    EXPECT_LE(batches, Check::kMaxBatches);
    Step step = check.poll();
    if (auto* finding = std::get_if<Finding>(&step)) return std::move(*finding);
    std::vector<Answer> answers;
    for (Question const& question : std::get<Lookup>(step).questions) {
      dns::Question const asked = deliver::to_dns(question);
      answers.push_back(deliver::from_dns(asked.type, zone.answer(asked)));
    }
    EXPECT_FALSE(answers.empty());
    check.resume(std::move(answers));
  }
}

// Runs `test(file, zone, case)` on each case of the check in all files.
template <class Test>
void for_each_vector(std::string const& check, Test test) {
  int cases = 0;
  for (auto const& entry : std::filesystem::directory_iterator(YUBIN_VECTORS)) {
    VectorFile const file = read_vectors(entry.path());
    auto zone = dns::Zone::parse(file.zone);
    ASSERT_TRUE(zone) << file.name << ": " << zone.error().detail;
    dns::StaticResolver const resolver(*std::move(zone));
    for (VectorCase const& one : file.cases) {
      if (one.check != check) continue;
      SCOPED_TRACE(file.name + ": " + one.title);
      test(file, resolver, one);
      ++cases;
    }
  }
  EXPECT_GT(cases, 0);
}

}  // namespace yubin::policy
