#include "cli/usage.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace yubin::cli {
namespace {

// The first line of what is said of a wrong command line; empty if it is right.
std::string said(std::string const& line) {
  CLI::App app("", "yubin");
  bool json = false;
  std::string domain;
  app.add_flag("--json", json);
  app.fallthrough();
  app.require_subcommand(1);
  CLI::App* dkim = app.add_subcommand("dkim")->require_subcommand(1);
  for (char const* name : {"show", "rotate", "check"})
    dkim->add_subcommand(name)->add_option("DOMAIN", domain)->required();
  app.add_subcommand("domain");
  try {
    app.parse(line);
  } catch (CLI::ParseError const& error) {
    std::string const text = usage_message(&app, error);
    return text.substr(0, text.find('\n'));
  }
  return "";
}

TEST(Usage, names_the_word_that_is_no_command_and_the_nearest_that_is) {
  EXPECT_EQ(said("dkim rotat example.org"), "yubin dkim: there is no command \"rotat\"; did you mean \"rotate\"?");
  EXPECT_EQ(said("--json dkim shwo a"), "yubin dkim: there is no command \"shwo\"; did you mean \"show\"?");
  EXPECT_EQ(said("dkimm"), "yubin: there is no command \"dkimm\"; did you mean \"dkim\"?");
  EXPECT_EQ(said("dkim remove x"), "yubin dkim: there is no command \"remove\"; there are show, rotate, check");
}

TEST(Usage, tells_of_a_command_that_is_missing) {
  EXPECT_EQ(said("dkim"), "yubin dkim: a command is missing: show, rotate, check");
  EXPECT_EQ(said(""), "yubin: a command is missing: dkim, domain");
}

TEST(Usage, names_an_option_that_is_none) {
  EXPECT_EQ(said("dkim show --jsn a"), "yubin dkim show: there is no option \"--jsn\"; did you mean \"--json\"?");
  EXPECT_EQ(said("--nothing=1 domain"), "yubin domain: there is no option \"--nothing\"");
}

TEST(Usage, says_what_else_is_wrong_as_before) {
  EXPECT_EQ(said("dkim show"), "yubin dkim show: DOMAIN is required");
  EXPECT_EQ(said("dkim show a"), "");
}

}  // namespace
}  // namespace yubin::cli
