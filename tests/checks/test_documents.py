import unittest

from planted import PlantedTree

from checks import links, marks, requirements, rfc

# Put together here, so that these files do not cite and mark themselves.
UNLISTED = f"RFC {9998}"
MARK = "TO" + "DO"


class Rfc(PlantedTree):
    def setUp(self):
        super().setUp()
        self.index("| 5321 | SMTP | planned | smtp |\n| 9051 | IMAP4rev2 | partial | imap |\n")

    def index(self, rows: str) -> None:
        self.write("docs/rfc-index.md", "| RFC | title | status | where |\n|---|---|---|---|\n" + rows)

    def test_listed_citations_pass(self):
        self.write("src/imap/fetch.cpp", "// RFC 9051 section 6.4.5, RFC 5321 section 4.\nsend(\"RFC822.SIZE\");\n")
        self.assert_clean(rfc.check)

    def test_a_citation_of_an_unlisted_rfc(self):
        self.write("src/imap/fetch.cpp", f"// RFC 9051 section 1\n\n// {UNLISTED} section 2\n")
        self.write("tests/transcripts/smtp/a.txt", f"# {UNLISTED}\n")
        self.assert_found(rfc.check, f"src/imap/fetch.cpp:3: {UNLISTED} is not in docs/rfc-index.md",
                          f"tests/transcripts/smtp/a.txt:1: {UNLISTED} is not in")

    def test_seeds_are_not_our_words(self):
        self.write("tests/corpus/mime_header_fuzz/a.txt", f"Subject: {UNLISTED}\n")
        self.assert_clean(rfc.check)

    def test_a_citation_that_a_search_would_miss(self):
        self.write("src/smtp/session.cpp", "// RFC" + "5321 section 4\n")
        self.assert_found(rfc.check, "src/smtp/session.cpp:1: RFC" + "5321 escapes a search; write RFC 5321")

    def test_an_index_out_of_order_or_with_an_unknown_status(self):
        self.index("| 9051 | IMAP4rev2 | partial | imap |\n| 5321 | SMTP | done | smtp |\n")
        self.assert_found(rfc.check, "docs/rfc-index.md:4: RFC 5321 stands after RFC 9051",
                          "docs/rfc-index.md:4: RFC 5321 is not number, title, status, where")


class Links(PlantedTree):
    def test_links_that_lead_somewhere_pass(self):
        self.write("README.md", "# Yubin\n[a](docs/A.md) [b](docs/A.md#two-words) [c](https://example.test/x)\n"
                                "[d](#yubin) `[e](gone.md)`\n```\n[f](gone.md)\n```\n")
        self.write("docs/A.md", "## Two words\n[up](../README.md) ![picture](p.png)\n")
        self.write("docs/p.png", "")
        self.assert_clean(links.check)

    def test_a_link_to_a_missing_file_and_to_a_missing_heading(self):
        self.write("README.md", "# Yubin\n\n[a](docs/GONE.md)\n")
        self.write("docs/A.md", "[b](../README.md#gone) and [c](/README.md)\n")
        self.assert_found(links.check, "README.md:3: docs/GONE.md does not exist",
                          "docs/A.md:1: ../README.md#gone: no such heading", "docs/A.md:1: /README.md is absolute")


class Requirements(PlantedTree):
    def setUp(self):
        super().setUp()
        self.write("tests/vectors/policy/spf.txt", "[zone]\na.test. TXT \"v=spf1\"\n[spf section 4.4: none]\nip 192.0.2.1\n")
        self.write("src/policy/a_test.cpp", "TEST(A, is_so) {\n}\nTEST_F(LongName,\n       is_so_too) {\n}\n")
        self.write("src/policy/a_fuzz.cpp", "")
        self.write("tests/e2e/test_a.py", "class A(unittest.TestCase):\n    def test_it(self):\n        pass\n")
        self.write("tests/transcripts/smtp/a.txt", "")

    def page(self, *shown: str) -> None:
        rows = "".join(f"| 1.{number} | what is required | {one} |\n" for number, one in enumerate(shown))
        self.write("docs/requirements.md", "| section | requirement | shown by |\n|---|---|---|\n" + rows)

    def test_names_of_each_kind_pass(self):
        self.page("`spf.txt: section 4.4: none`", "`A.is_so`, `LongName.is_so_too`", "`policy_a_fuzz`",
                  "`test_a.py: test_it`", "`tests/transcripts/smtp/a.txt`", "not ours: who publishes",
                  "departs: `A.is_so`, because it is better")
        self.assert_clean(requirements.check)

    def test_a_name_that_is_gone(self):
        page = "docs/requirements.md"
        self.page("`spf.txt: section 4.4: some`", "`A.is_so`, `A.is_not`", "`policy_b_fuzz`", "`test_a.py: test_that`",
                  "`tests/transcripts/smtp/b.txt`")
        self.assert_found(requirements.check, f"{page}:3: there is no test 'spf.txt: section 4.4: some'",
                          f"{page}:4: there is no test 'A.is_not'", f"{page}:5: there is no test 'policy_b_fuzz'",
                          f"{page}:6: there is no test 'test_a.py: test_that'",
                          f"{page}:7: tests/transcripts/smtp/b.txt does not exist")

    def test_a_row_that_nothing_shows_and_one_of_four_cells(self):
        self.page("see there", "`A.is_so` | more")
        self.assert_found(requirements.check, "docs/requirements.md:3: nothing shows it",
                          "docs/requirements.md:4: a row is section, requirement")

    def test_a_name_that_two_cases_have(self):
        self.write("tests/vectors/policy/spf.txt", "[spf eleven]\nip 192.0.2.1\n[spf eleven]\nip 192.0.2.2\n")
        self.page("`spf.txt: eleven`")
        self.assert_found(requirements.check, "docs/requirements.md:3: there are 2 tests 'spf.txt: eleven'")


class Marks(PlantedTree):
    def test_words_that_only_look_like_marks_pass(self):
        self.write("src/base/file.cpp", 'mkstemp("yubin-XXXXXX");  // a hack saw\n')
        self.assert_clean(marks.check)

    def test_a_mark_of_unfinished_work(self):
        self.write("src/base/file.cpp", f"int x;\n// {MARK}: later\n")
        self.assert_found(marks.check, f"src/base/file.cpp:2: {MARK}: unfinished work")


if __name__ == "__main__":
    unittest.main()
