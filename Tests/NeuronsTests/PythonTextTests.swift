import JSON
import Signing
import Testing

@testable import Neurons

@Suite("Python's text of a JSON value") struct PythonTextTests {
    @Test("is str() at the top, with the hashes of the SDK")
    func str() throws {
        let rows = try #require(try Fixture.json(Fixture.dendrite)["python_str_cases"])
        #expect(rows.count == 36)
        for row in rows.elements {
            let value = try #require(row["value_json"])
            if value.isString("Infinity(float)") {
                #expect(PythonNumber.repr(.infinity) == "inf")
                continue
            }
            #expect(PythonText.str(value) == (try row.text("python_str")))
            #expect(BodyHash.hex(of: [value]) == (try row.text("body_hash")))
        }
    }

    @Test("is repr() within lists and dicts, with the hashes of the SDK")
    func repr() throws {
        let rows = try #require(try Fixture.json(Fixture.dendrite)["python_repr_cases"])
        #expect(rows.count == 42)
        for row in rows.elements {
            let value = try #require(row["value"])
            #expect(PythonText.str(value) == (try row.text("python_str")))
            #expect(BodyHash.hex(of: [value]) == (try row.text("body_hash")))
        }
    }

    @Test(
        "is the number that Python's json read",
        arguments: [
            (json: "-0", python: "0"), (json: "1E2", python: "100.0"), (json: "1e400", python: "inf"),
            (json: "-1e400", python: "-inf"), (json: "1e-400", python: "0.0"), (json: "0.00012", python: "0.00012"),
            (json: "0.000012", python: "1.2e-05"), (json: "9007199254740993.0", python: "9007199254740992.0"),
            (json: "1e15", python: "1000000000000000.0"),
            (json: "123456789012345678.0", python: "1.2345678901234568e+17"),
            (json: "1e100", python: "1e+100"), (json: "2.5", python: "2.5"),
        ])
    func numbers(json: String, python: String) throws {
        #expect(PythonText.str(try JSONDocument(parsing: json).root) == python)
    }

    @Test("keeps of members with one name the first place and the last value")
    func duplicates() throws {
        #expect(PythonText.str(try JSONDocument(parsing: #"{"a":1,"b":2,"a":3}"#).root) == "{'a': 3, 'b': 2}")
    }
}
