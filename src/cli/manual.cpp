#include "cli/manual.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "config/print.h"

namespace yubin::cli {

namespace {

// All subcommands with their path: "account add".
template <class Visit>
void each_command(CLI::App const& app, std::string const& path, Visit visit) {
  visit(app, path);
  for (CLI::App const* command : app.get_subcommands([](CLI::App const*) { return true; }))
    each_command(*command, path.empty() ? command->get_name() : path + " " + command->get_name(), visit);
}

std::vector<std::string> subcommands_of(CLI::App const& app) {
  std::vector<std::string> names;
  for (CLI::App const* command : app.get_subcommands([](CLI::App const*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

std::vector<std::string> flags_of(CLI::App const& app) {
  std::vector<std::string> names;
  for (CLI::Option const* option : app.get_options())
    for (std::string const& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string roff(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\\' || c == '-')
      out += c == '-' ? "\\-" : "\\e";
    else
      out.push_back(c);
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string manual_options(CLI::App const& app) {
  std::string out;
  for (CLI::Option const* option : app.get_options()) {
    std::string const name = option->get_name();
    std::string const standard =
        option->get_default_str().empty() ? "" : " Default: " + option->get_default_str() + ".";
    out += fmt::format(".TP\n.B {}\n{}.{}\n", roff(name), roff(option->get_description()), roff(standard));
  }
  return out;
}

// What follows the words already typed, as one line of a shell's case statement.
std::string case_line(std::string const& path, std::vector<std::string> const& words) {
  return fmt::format("    \"{}\") next=\"{}\" ;;\n", path, fmt::join(words, " "));
}

std::string cases(CLI::App const& app) {
  std::string out;
  each_command(app, "", [&](CLI::App const& command, std::string const& path) {
    std::vector<std::string> words = subcommands_of(command);
    for (std::string& flag : flags_of(command)) words.push_back(std::move(flag));
    out += case_line(path, words);
  });
  return out;
}

int print(std::string const& text) {
  fmt::print("{}", text);
  return kYes;
}

}  // namespace

std::string manual_page(CLI::App const& app) {
  std::string out =
      ".TH YUBIN 1 \"\" \"Yubin\" \"Yubin\"\n.SH NAME\nyubin \\- a complete mail server, and its command line\n"
      ".SH SYNOPSIS\n.B yubin\n[OPTIONS] COMMAND ...\n.SH DESCRIPTION\n"
      "One program that receives, keeps and serves mail.\n.B yubin init\nmakes a configuration and the first account,\n"
      ".B yubin serve\nis the server; the other commands talk to the running one through its admin socket, as root or "
      "as its own user.\n.SH OPTIONS\n";
  out += manual_options(app) + ".SH COMMANDS\n";
  each_command(app, "", [&](CLI::App const& command, std::string const& path) {
    if (path.empty()) return;
    out += fmt::format(".SS yubin {}\n{}.\n", roff(path), roff(command.get_description()));
    out += manual_options(command);
  });
  return out +
         ".SH EXIT STATUS\n0: yes, or done. 1: no, or failed. 2: the command line is wrong.\n.SH FILES\n"
         "/etc/yubin/yubin.toml, /var/lib/yubin, /run/yubin/admin.sock\n.SH SEE ALSO\nyubin.toml(5)\n";
}

std::string bash_completion(CLI::App const& app) {
  return "# bash completion for yubin\n_yubin() {\n  local path=\"\" word next=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n    word=\"${COMP_WORDS[i]}\"\n"
         "    [[ $word == -* ]] || path=\"${path:+$path }$word\"\n  done\n  case \"$path\" in\n" +
         cases(app) +
         "  esac\n  mapfile -t COMPREPLY < <(compgen -W \"$next\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n}\n"
         "complete -o default -F _yubin yubin\n";
}

std::string zsh_completion(CLI::App const& app) {
  return "#compdef yubin\n_yubin() {\n  local path_=\"\" word next=\"\"\n"
         "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
         "    [[ $word == -* ]] || path_=\"${path_:+$path_ }$word\"\n  done\n  case \"$path_\" in\n" +
         cases(app) + "  esac\n  compadd -- ${=next}\n}\n_yubin \"$@\"\n";
}

void add_manual_commands(CLI::App& app, Context& context) {
  CLI::App* manual = app.add_subcommand("manual", "print a manual page in roff: yubin(1) or yubin.toml(5)");
  auto page = std::make_shared<std::string>("1");
  manual->add_option("SECTION", *page, "1 or 5")->check(CLI::IsMember({"1", "5"}))->capture_default_str();
  manual->callback([&app, &context, page] {
    context.run = [&app, page] { return print(*page == "5" ? config::manual_page() : manual_page(app)); };
  });
  CLI::App* completion = app.add_subcommand("completion", "print what a shell needs to complete commands");
  auto shell = std::make_shared<std::string>();
  completion->add_option("SHELL", *shell, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  completion->callback([&app, &context, shell] {
    context.run = [&app, shell] { return print(*shell == "zsh" ? zsh_completion(app) : bash_completion(app)); };
  });
}

}  // namespace yubin::cli
