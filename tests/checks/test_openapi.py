"""docs/openapi.yaml describes every route of the admin API, and no other."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUTE = re.compile(r'\{"([A-Z]+)", "/api/v1(/[^"]*)", &\w*Api::')
PATH = re.compile(r"^  (/\S*):$")
METHOD = re.compile(r"^    (get|post|put|patch|delete):$")


def routes(source):
    return {(method, path) for method, path in ROUTE.findall(source)}


def described(document):
    found, path = set(), None
    for line in document[document.index("\npaths:") :].splitlines():
        if match := PATH.match(line):
            path = re.sub(r"\{[^}]*\}", "{}", match[1])
        elif match := METHOD.match(line):
            found.add((match[1].upper(), path))
    return found


class OpenApi(unittest.TestCase):
    def test_routes_and_description_agree(self):
        in_code = routes("".join(path.read_text() for path in sorted((ROOT / "src/api").glob("*.cpp"))))
        in_document = described((ROOT / "docs/openapi.yaml").read_text())
        self.assertGreater(len(in_code), 20)
        self.assertEqual(in_code - in_document, set(), "routes that docs/openapi.yaml lacks")
        self.assertEqual(in_document - in_code, set(), "described, but no route")


if __name__ == "__main__":
    unittest.main()
