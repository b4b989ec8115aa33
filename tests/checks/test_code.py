import contextlib
import io
import json
import shutil
import unittest

from planted import ROOT, PlantedTree

from checks import formatted, tidy
from checks.changed import changed_files


class Format(PlantedTree):
    def setUp(self):
        super().setUp()
        shutil.copy(ROOT / ".clang-format", self.root)

    def test_a_formatted_file_passes(self):
        self.write("src/base/a.cpp", "int f() {\n  return 1;\n}\n")
        self.assert_clean(formatted.check)

    def test_a_misformatted_file_is_named_once_with_its_first_line(self):
        self.write("src/base/a.cpp", "int f() {\n  return 1;\n}\nint  g(){return 2;}\nint  h(){return 3;}\n")
        self.assert_found(formatted.check, "src/base/a.cpp:4: not formatted")


class Changed(PlantedTree):
    def setUp(self):
        super().setUp()
        self.write("src/base/old.cpp", "")
        self.commit("first")

    def commit_file(self, name: str) -> None:
        self.write(name, "int x;\n")
        self.commit(name)

    def test_on_main_without_origin_the_last_commit(self):
        self.commit_file("src/base/a.cpp")
        self.commit_file("src/base/b.cpp")
        self.assertEqual(changed_files(self.root), ["src/base/b.cpp"])

    def test_on_a_branch_without_origin_all_since_main(self):
        self.git("checkout", "--quiet", "-b", "topic")
        self.commit_file("src/base/a.cpp")
        self.commit_file("src/base/b.cpp")
        self.assertEqual(changed_files(self.root), ["src/base/b.cpp", "src/base/a.cpp"])

    def test_on_a_branch_all_its_commits_newest_first_after_what_is_uncommitted(self):
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.commit_file("src/base/b.cpp")
        self.commit_file("src/base/a.cpp")
        self.write("src/base/old.cpp", "int changed;\n")
        self.write("src/base/new.cpp", "")
        self.assertEqual(changed_files(self.root),
                         ["src/base/old.cpp", "src/base/new.cpp", "src/base/a.cpp", "src/base/b.cpp"])

    def test_on_origins_main_the_last_commit(self):
        self.commit_file("src/base/a.cpp")
        self.git("update-ref", "refs/remotes/origin/main", "HEAD")
        self.assertEqual(changed_files(self.root), ["src/base/a.cpp"])

    def test_what_a_change_deletes_is_not_looked_at(self):
        self.git("rm", "--quiet", "src/base/old.cpp")
        self.commit("remove")
        self.assertEqual(changed_files(self.root), [])


class Tidy(PlantedTree):
    def setUp(self):
        super().setUp()
        shutil.copy(ROOT / ".clang-tidy", self.root)
        self.write(".gitignore", "/build/\n")
        self.compiled("src/base/a.cpp")
        self.printed = io.StringIO()

    def compiled(self, *sources: str) -> None:
        self.write("build/asan/compile_commands.json", json.dumps([
            {"directory": str(self.root / "build/asan"), "file": str(self.root / source),
             "command": f"clang++ -std=c++23 -I{self.root}/src -c {self.root / source}"}
            for source in sources]))

    def check(self, root):
        with contextlib.redirect_stdout(self.printed):
            return tidy.check(root)

    def test_clean_code_passes(self):
        self.write("src/base/a.cpp", "int answer() {\n  return 42;\n}\n")
        self.assert_clean(self.check)
        self.assertIn("looked at 1 of 1 sources: src/base/a.cpp", self.printed.getvalue())

    def test_a_name_against_the_style_and_a_mistake_in_a_header(self):
        self.write("src/base/a.h", "#pragma once\ninline int half(int n) {\n  return n / (n - n);\n}\n")
        self.write("src/base/a.cpp", '#include "base/a.h"\n\nint TheAnswer() {\n  return half(42);\n}\n')
        self.assert_found(self.check, "src/base/a.cpp:3: invalid case style for function 'TheAnswer'",
                          "src/base/a.h:3: ")

    def test_a_changed_header_is_seen_through_its_source(self):
        self.assertEqual(tidy.sources_of(self.root, ["src/base/a.h"]), [])
        self.write("src/base/a.cpp", "")
        self.assertEqual(tidy.sources_of(self.root, ["src/base/a.h", "src/base/a.cpp", "docs/x.cpp"]),
                         ["src/base/a.cpp"])

    def test_no_more_than_the_newest_few_and_it_says_so(self):
        sources = [f"src/base/f{number}.cpp" for number in range(tidy.MOST_FILES + 1)]
        self.compiled(*sources)
        for source in sources:
            self.write(source, "")
        self.assert_clean(self.check)
        self.assertIn(f"looked at {tidy.MOST_FILES} of {len(sources)} sources", self.printed.getvalue())
        self.assertIn("`make tidy` looks at all", self.printed.getvalue())

    def test_without_a_configured_build_it_fails(self):
        shutil.rmtree(self.root / "build")
        self.assert_found(self.check, "CMakePresets.json:1: there is no compile_commands.json")


if __name__ == "__main__":
    unittest.main()
