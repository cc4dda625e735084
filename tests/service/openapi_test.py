"""http/openapi.json against the real server: what it says is so, and what is so it says.

Needs the package schemathesis, which brings jsonschema_rs. The runs of schemathesis are
deterministic: the same requests each time.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

import jsonschema_rs
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from service import ROOT, Service, ask

DOCUMENT = ROOT / "http/openapi.json"
TOOL = pathlib.Path(sys.executable).parent / "schemathesis"
METHODS = ("get", "post", "delete")
KEY = "key-of-the-tests-of-the-document"
MODELS = ("--models", str(ROOT / "assets/models"))

# A path's parameters where something is found, and where nothing is.
FOUND = {"name": "maze", "file": "docs.js"}
NO_JOB = "0" * 32

CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance", "response_headers_conformance",
          "negative_data_rejection", "unsupported_method", "allow_header_conformance",
          "use_after_free", "ensure_resource_availability", "ignored_auth")
# 413 refuses what is too large. A deadline of 1 ms may pass before the first step: 504.
CONFIGURATION = """
[checks]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 413, 415, 422]
[[operations]]
include-name = "POST /solve"
checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", 504]
"""


def document():
    return json.loads(DOCUMENT.read_text(encoding="utf-8"))


def operations(doc):
    """(path, method, operation) of each."""
    for path, item in doc["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def resolved(doc, value):
    """The value itself where a $ref stands."""
    while "$ref" in value:
        target = doc
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        value = target
    return value


def parts(value):
    """Every object inside."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, (dict, list)):
            yield from parts(part)


def strict(doc):
    """The same, with replies of no other members than the document names."""
    doc = json.loads(json.dumps(doc))
    for schema in parts(doc["components"]["schemas"]):
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return doc


def complaints(doc, schema, value):
    whole = {**schema, "components": doc["components"]}
    return [f"{list(e.instance_path)}: {e.message[:300]}"
            for e in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]


def events_of(text):
    """(event, data) of a text/event-stream."""
    for block in text.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "event" in fields:  # or a comment
            yield {"event": fields["event"], "data": fields["data"]}


def head(url):
    """The status of a HEAD."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD")) as reply:
            return reply.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code


def filled(path, values):
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], NO_JOB), path)


class DocumentTest(unittest.TestCase):
    """The document alone."""

    @classmethod
    def setUpClass(cls):
        cls.doc = document()

    def test_is_valid_openapi(self):
        found = [e.message[:300] for e in OPENAPI_31_VALIDATOR.iter_errors(self.doc)]
        self.assertEqual(found, [])

    def test_schemas_are_schemas(self):
        for name, schema in self.doc["components"]["schemas"].items():
            with self.subTest(schema=name):
                whole = {**schema, "components": self.doc["components"]}
                jsonschema_rs.meta.validate(whole)
                jsonschema_rs.Draft202012Validator(whole)  # resolves the references

    def test_every_component_is_used_and_there(self):
        used = {part["$ref"] for part in parts(self.doc) if "$ref" in part}
        known = {f"#/components/{kind}/{name}" for kind, all_ in self.doc["components"].items()
                 for name in all_ if kind != "securitySchemes"}
        self.assertEqual(used, known)

    def test_requests_refuse_other_fields(self):
        for path, method, operation in operations(self.doc):
            if "requestBody" in operation:
                with self.subTest(path=path):
                    media = operation["requestBody"]["content"]["application/json"]
                    schema = resolved(self.doc, media["schema"])
                    self.assertIs(schema["additionalProperties"], False)
                    for name, field in schema["properties"].items():
                        whole = resolved(self.doc, field)
                        self.assertIn("description", {**whole, **field}, name)

    def test_codes_are_those_of_the_program(self):
        header = (ROOT / "puzzles/result.h").read_text(encoding="utf-8")
        names = re.search(r"names\[\] = \{(.*?)\};", header, re.DOTALL)[1]
        members = self.doc["components"]["schemas"]["ErrorMembers"]["properties"]
        self.assertEqual(members["code"]["enum"], re.findall(r'"(\w+)"', names))

    def test_examples_match_their_schemas(self):
        doc = strict(self.doc)
        checked = 0
        for part in parts(doc["paths"] | doc["components"]["responses"]):
            if "schema" not in part:
                continue
            examples = [one["value"] for one in part.get("examples", {}).values()]
            examples += [part["example"]] if "example" in part else []
            for example in examples:
                is_stream = part["schema"].get("$ref", "").endswith("/Event")
                for value in events_of(example) if is_stream else [example]:
                    checked += 1
                    self.assertEqual(complaints(doc, part["schema"], value), [], value)
        self.assertGreater(checked, 50)


class ServerTest(unittest.TestCase):
    """Every address and every example, with and without a model."""

    @classmethod
    def setUpClass(cls):
        cls.doc = document()
        cls.strict = strict(cls.doc)
        cls.services = {}
        for backend in ("native", "exact", "random"):
            service = Service("--backend", backend, *MODELS)
            cls.addClassCleanup(service.stop)
            cls.services[backend] = service
        cls.url = cls.services["random"].url

    def check_reply(self, operation, status, headers, body):
        """A documented status, its headers, and a body of its schema; the schema's media type."""
        self.assertIn(str(status), operation["responses"], body)
        reply = resolved(self.doc, operation["responses"][str(status)])
        for name, header in reply["headers"].items():
            header = resolved(self.doc, header)
            self.assertIn(name, headers)
            self.assertEqual(complaints(self.doc, header["schema"], headers[name]), [])
        media = headers.get_content_type()
        self.assertIn(media, reply["content"])
        schema = reply["content"][media]["schema"]
        events = list(events_of(body)) if media == "text/event-stream" else [body]
        for value in events:
            self.assertEqual(complaints(self.strict, schema, value), [], value)
            if media == "text/event-stream":
                self.check_event(schema, value)
        return media

    def check_event(self, schema, event):
        for one in resolved(self.doc, schema)["oneOf"]:
            if one["properties"]["event"]["const"] == event["event"]:
                inner = one["properties"]["data"]["contentSchema"]
                data = json.loads(event["data"])
                self.assertEqual(complaints(self.strict, inner, data), [], data)

    def test_serves_this_document(self):
        status, headers, served = ask(self.url + "/openapi.json")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(served, self.doc)

    def test_addresses_are_those_of_the_server(self):
        status, _, body = ask(self.url + "/no/such/address")
        self.assertEqual((status, body["error"]["code"]), (404, "not_found"))
        served = set(body["error"]["message"].split("there are ")[1].split(", "))
        documented = {re.sub(r"\{\w+\}", "...", path) for path in self.doc["paths"]}
        self.assertEqual(served, documented)

    def test_methods_are_those_of_the_server(self):
        for version in ("", "/v1"):
            for path, item in self.doc["paths"].items():
                with self.subTest(path=version + path):
                    url = self.url + version + filled(path, FOUND)
                    status, headers, body = ask(url, method="PUT")
                    self.assertEqual(status, 405, body)
                    documented = {method.upper() for method in METHODS if method in item}
                    self.assertEqual(set(headers["Allow"].split(", ")), documented)
                    self.assertEqual(complaints(
                        self.strict, {"$ref": "#/components/schemas/Error"}, body), [])

    def test_get_replies(self):
        for backend, service in self.services.items():
            for path, method, operation in operations(self.doc):
                if method != "get":
                    continue
                for version in ("", "/v1"):
                    with self.subTest(backend=backend, path=version + path):
                        url = service.url + version + filled(path, FOUND)
                        status, headers, body = ask(url)
                        self.assertEqual(status, 404 if "/jobs/" in path else 200, body)
                        self.check_reply(operation, status, headers, body)
                        self.assertEqual(head(url), status)

    def test_example_requests(self):
        """Each, of each POST, by each backend; streamed too where that can be asked for."""
        asked = 0
        for backend, service in self.services.items():
            for path, _, operation in operations(self.doc):
                if "requestBody" not in operation:
                    continue
                media = operation["requestBody"]["content"]["application/json"]
                streams = "stream" in {one["name"] for one in operation.get("parameters", [])}
                for name, example in media["examples"].items():
                    for query in ("", "?stream=true") if streams else ("",):
                        with self.subTest(backend=backend, path=path + query, example=name):
                            asked += 1
                            status, headers, body = ask(service.url + path + query,
                                                        example["value"])
                            found = self.check_reply(operation, status, headers, body)
                            refused = query and name in ("boards", "job")
                            self.assertEqual(status, self.expected(path, example, refused), body)
                            if query and not refused:
                                self.assertEqual(found, "text/event-stream")
        self.assertGreater(asked, 60)

    @staticmethod
    def expected(path, example, refused):
        if path == "/models/reload":
            return 403  # without a file of keys
        return 400 if refused else 202 if "async" in example["value"] else 200

    def test_a_job_and_its_links(self):
        path = "/solve"
        solve = self.doc["paths"][path]["post"]
        examples = solve["requestBody"]["content"]["application/json"]["examples"]
        by_id = {operation["operationId"]: (path, method, operation)
                 for path, method, operation in operations(self.doc)}
        links = solve["responses"]["202"]["links"]
        self.assertEqual(set(links), {"job", "events", "remove"})
        status, headers, job = ask(self.url + path, examples["job"]["value"])
        self.assertEqual(status, 202)
        self.assertEqual(headers["Location"], "/jobs/" + job["id"])
        media = []
        for name in ("events", "job", "remove"):  # when the events have ended, so has the job
            path, method, operation = by_id[links[name]["operationId"]]
            url = self.url + filled(path, {"id": job["id"]})
            if method == "get":
                self.assertEqual(head(url), 200, name)
            status, headers, body = ask(url, method=method.upper())
            self.assertEqual(status, 200, body)
            media.append(self.check_reply(operation, status, headers, body))
            if name == "job":
                self.assertEqual(body["status"], "done")
            if name == "events":
                self.assertEqual([e["event"] for e in events_of(body)][-1], "result")
        self.assertEqual(media, ["text/event-stream", "application/json", "application/json"])
        self.assertEqual(ask(f"{self.url}/jobs/{job['id']}")[0], 404)

    def test_fields_are_those_of_the_server(self):
        """A field that nobody reads is refused with the names of those that are read."""
        compared = 0
        for path, _, operation in operations(self.doc):
            if "requestBody" not in operation or path == "/models/reload":
                continue
            with self.subTest(path=path):
                media = operation["requestBody"]["content"]["application/json"]
                example = next(iter(media["examples"].values()))["value"]
                status, _, body = ask(self.url + path, {**example, "nonsense": 1})
                self.assertEqual((status, body["error"]["code"]), (400, "unknown_field"), body)
                known = body["error"]["message"].split("expected ")[1].split(", ")
                documented = resolved(self.doc, media["schema"])["properties"]
                self.assertEqual(set(known), set(documented))
                compared += 1
        self.assertEqual(compared, 5)

    def test_defaults_and_ranges_are_those_of_the_server(self):
        """The ends of every range of /solve, /generate and /draw are taken, what lies beyond is
        not; null is no value; a default said is a default left out."""
        tried = 0
        bases = {"/solve": {"puzzle": "maze", "board": "SG/", "deadline_ms": 60000},
                 "/generate": {"puzzle": "maze", "size": "2x2", "seed": 1},
                 "/draw": {"puzzle": "maze", "board": "SG/", "answer": "SG/"}}
        for path, base in bases.items():
            operation = self.doc["paths"][path]["post"]
            media = operation["requestBody"]["content"]["application/json"]
            for name, field in resolved(self.doc, media["schema"])["properties"].items():
                with self.subTest(path=path, field=name):
                    tried += 1
                    self.check_field(path, base, name, resolved(self.doc, field))
        self.assertGreater(tried, 30)

    def check_field(self, path, base, name, field):
        def status(value):
            return ask(self.url + path, {**base, name: value})[0]

        self.assertEqual(status(None), 400)
        if "default" in field and name not in ("async", "deadline_ms"):
            self.assertEqual(status(field["default"]), 200)
        if field.get("type") not in ("integer", "number"):
            return
        # The server's own limit of the deadline is lower; no puzzle here has two candidates, or
        # demonstrations to fit a network to.
        if name not in ("deadline_ms", "answers_per_query", "fit_seconds"):
            self.assertEqual(status(field["maximum"]), 200)
        if name != "deadline_ms":  # 1 ms may be too little
            self.assertEqual(status(field["minimum"]), 200)
        for beyond in (field["minimum"] - 1, field["maximum"] + 1, str(field["minimum"])):
            self.assertIn(status(beyond), (400, 422), beyond)


class KeyTest(unittest.TestCase):
    """A server with keys asks for one where the document says so, and nowhere else."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        keys = pathlib.Path(folder.name) / "keys"
        keys.write_text(KEY + "\n", encoding="utf-8")
        self.service = Service("--backend", "exact", "--api-key-file", str(keys))
        self.addCleanup(self.service.stop)

    def test_keys(self):
        doc = document()
        reply = resolved(doc, {"$ref": "#/components/responses/Unauthorized"})
        for path, method, operation in operations(doc):
            with self.subTest(path=path, method=method):
                url = self.service.url + filled(path, FOUND)
                body = {} if method == "post" else None
                status, headers, answer = ask(url, body, method.upper())
                is_open = operation.get("security", doc["security"]) == []
                self.assertEqual(status == 401, not is_open, answer)
                self.assertEqual("401" in operation["responses"], not is_open)
                if not is_open:
                    self.assertEqual(answer, reply["content"]["application/json"]["example"])
                    self.assertTrue(headers["WWW-Authenticate"].startswith("Bearer"))
                shown = {"Authorization": f"Bearer {KEY}"}
                self.assertNotEqual(ask(url, body, method.upper(), shown)[0], 401)

    def test_reload(self):
        url = self.service.url + "/models/reload"
        status, _, body = ask(url, {}, headers={"Authorization": f"Bearer {KEY}"})
        self.assertEqual(status, 200)
        whole = {"$ref": "#/components/schemas/Models"}
        self.assertEqual(complaints(strict(document()), whole, body), [])


MAZE = "S#  / #  /   G"
EDITS = [{"row": 0, "col": 2, "value": 1}, {"row": 0, "col": 2, "value": 0},
         {"row": 1, "col": 0, "value": 1}, {"rows": 3, "cols": 4, "grid": 0}]
# Fields of requests that the server must take, whatever their other fields are.
REAL = {
    "SolveRequest": {"board": {"enum": [MAZE, ["S #", "  G"], [[2, 0, 1], [1, 0, 3]], "SG/"]},
                     "model": {"enum": ["", "random"]}, "answers_per_query": {"enum": [0, 1]},
                     "max_steps": {"type": "integer", "minimum": 1, "maximum": 64},
                     "attempts": {"type": "integer", "minimum": 1, "maximum": 64},
                     "deadline_ms": {"enum": [2000, 2999, 3000]}, "async": {"const": False},
                     "fit_seconds": {"const": 0}},
    "GenerateRequest": {"size": {"enum": ["", "8x8", "3x5", "15x15"]},
                        "difficulty": {"enum": ["", "easy", "medium"]},
                        "options": {"enum": [{}, {"walls": 0.25}]},
                        "count": {"type": "integer", "minimum": 1, "maximum": 5}},
    "DrawRequest": {"board": {"const": MAZE}, "answer": {"enum": [MAZE, "S#oo/ # o/   G"]},
                    "edits": {"type": "array", "maxItems": 6, "items": {"enum": EDITS}}},
    "CheckRequest": {"board": {"const": MAZE}, "answer": {"enum": [MAZE, "S#  /o#  /oooG"]}},
    "HintRequest": {"board": {"const": MAZE}, "answer": {"const": MAZE}},
}


def with_real_boards(doc, many):
    """The document narrowed to requests that the server must take: what is left to chance are the
    options, not whether a text is a board. `many`: /solve with `boards`, which cannot stream."""
    doc = json.loads(json.dumps(doc))
    schemas = doc["components"]["schemas"]
    for name, fields in REAL.items():
        schemas[name]["properties"] |= {"puzzle": {"const": "maze"}, **fields}
    del schemas["DrawRequest"]["properties"]["confidence"]  # hangs on the answer's size
    solve = schemas["SolveRequest"]
    if many:
        solve["properties"]["boards"]["items"] = solve["properties"].pop("board")
    else:
        del solve["properties"]["boards"]
    solve["required"] = ["puzzle", "boards" if many else "board"]
    del solve["oneOf"]
    posts = ("/solve",) if many else ("/solve", "/check", "/hint", "/generate", "/draw")
    doc["paths"] = {path: doc["paths"][path] for path in posts}
    for item in doc["paths"].values():
        del item["post"]["requestBody"]["content"]["application/json"]["examples"]
    operation = doc["paths"]["/solve"]["post"]
    del operation["responses"]["202"]
    if many:
        del operation["parameters"]
    return doc


class SchemathesisTest(unittest.TestCase):
    """Thousands of requests, right and wrong, made from the document."""

    def explore(self, service, doc, *options, least):
        """Runs schemathesis; it must find nothing, in at least so many requests."""
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "st.toml").write_text(CONFIGURATION, encoding="utf-8")
            path = pathlib.Path(folder, "openapi.json")
            path.write_text(json.dumps(doc), encoding="utf-8")
            ran = subprocess.run(
                [str(TOOL), "--config-file", "st.toml", "run", "openapi.json", "--url",
                 service.url, "--workers", "1", "--generation-deterministic", "--no-color",
                 "--continue-on-failure", "--warnings", "off", *options],
                cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        self.assertEqual(ran.returncode, 0, "\n" + ran.stdout[-8000:] + ran.stderr[-2000:])
        made = re.search(r"(\d+) generated", ran.stdout)
        self.assertIsNotNone(made, ran.stdout[-2000:])
        print(f"\n  {made[1]} requests", end=" ", flush=True)
        self.assertGreaterEqual(int(made[1]), least)

    def test_whole_document(self):
        with Service("--backend", "random", "--deadline-ms", "3000") as service:
            self.explore(service, document(), "--checks", ",".join(CHECKS),
                         "--max-examples", "30", least=1500)

    def test_whole_document_with_keys_and_the_rule_solver(self):
        with tempfile.TemporaryDirectory() as folder:
            keys = pathlib.Path(folder, "keys")
            keys.write_text(KEY + "\n", encoding="utf-8")
            options = ("--backend", "exact", "--deadline-ms", "3000", "--api-key-file", str(keys))
            with Service(*options) as service:
                self.explore(service, document(), "--checks", ",".join(CHECKS),
                             "--max-examples", "15", "--header", f"Authorization: Bearer {KEY}",
                             least=1200)

    def test_real_boards_with_any_options(self):
        checks = ",".join((*CHECKS, "positive_data_acceptance"))
        with Service("--backend", "random", "--deadline-ms", "3000") as service:
            for many, least in ((False, 400), (True, 100)):
                with self.subTest(many=many):
                    doc = with_real_boards(document(), many)
                    self.explore(service, doc, "--checks", checks, "--mode", "positive",
                                 "--phases", "coverage,fuzzing", "--max-examples", "80",
                                 least=least)


if __name__ == "__main__":
    unittest.main()
