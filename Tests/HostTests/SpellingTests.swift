import Host
import Testing

/// What people write for a value, and what it means.
@Suite
struct SpellingTests {
    @Test(
        "A whole number may have a point, an exponent, underscores or a base, as long as every digit counts",
        arguments: [
            ("16", 16), ("16.0", 16), ("1e0", 1), ("1.5e1", 15), ("2.5E+2", 250), ("1600e-2", 16), ("5.", 5), ("+5", 5),
            ("-1", -1), ("-1.0", -1), (" 7\t", 7), ("1_000_000", 1_000_000), ("1_0.0_0", 10), ("0x10", 16),
            ("-0x10", -16),
            ("0o17", 15), ("0b101", 5), ("9007199254740993.0", 9_007_199_254_740_993), ("9223372036854775807", .max),
            ("-9223372036854775808.0", .min), ("0.0", 0), ("010", 10),
            ("3\r", 3), ("3\r\n", 3), ("\u{A0}3\n", 3),
        ] as [(String, Int)])
    func whole(text: String, value: Int) {
        #expect(Spelling.whole(text) == value, "\(text)")
    }

    @Test(
        "What only rounds to a whole number, is too large or is no number is none",
        arguments: [
            "1.5", "4503599627370496.4", "1e-1", "1e19", "1e400", "1e-400", "1e-9223372036854775808",
            "1e9223372036854775807", "9223372036854775808", "", " ", ".", "e",
            "1e",
            "e5", "1e5.0", "1.0.0", "--1", "+-1", "_1", "1_", "1__0", "1_.0", "0x", "0x-1", "0xg", "1,000", "1 0",
            "nan",
            "inf", "true", "１", "16px",
        ])
    func none(text: String) {
        #expect(Spelling.whole(text) == nil, "\(text)")
    }

    @Test("A number is finite and written in digits")
    func real() {
        let read: [(String, Double)] = [
            ("0.5", 0.5), (".5", 0.5), ("5.", 5), ("3e-4", 0.0003), ("3E-4", 0.0003), ("1_000.5", 1000.5), ("+2", 2),
            ("0x10", 16),
            (" 1e-05", 0.00001), ("-0.25", -0.25),
        ]
        for (text, value) in read { #expect(Spelling.real(text) == value, "\(text)") }
        for text in ["nan", "inf", ".inf", "infinity", "1e400", "0x1p3", "", "0,5", "5%", "1e", "NaN(2)", "_1.0"] {
            #expect(Spelling.real(text) == nil, "\(text)")
        }
    }

    @Test("Truth is YAML's and Python's, whatever the case; a number is none")
    func truth() {
        for text in ["true", "True", "TRUE", "yes", "Yes", "on", "ON", " true"] {
            #expect(Spelling.truth(text) == true, "\(text)")
        }
        for text in ["false", "False", "FALSE", "no", "NO", "off", "Off"] {
            #expect(Spelling.truth(text) == false, "\(text)")
        }
        for text in ["1", "0", "", "t", "y", "truee", "null"] { #expect(Spelling.truth(text) == nil, "\(text)") }
    }

    @Test("A name is found whatever its case and hyphens, unless two would be meant")
    func names() {
        let known = ["snas", "nas_bench_201", "AB", "ab"]
        #expect(Spelling.name("SNAS", among: known) == "snas")
        #expect(Spelling.name("NAS-Bench-201", among: known) == "nas_bench_201")
        #expect(Spelling.name("AB", among: known) == "AB" && Spelling.name("ab", among: known) == "ab")
        #expect(Spelling.name("Ab", among: known) == nil && Spelling.name("snass", among: known) == nil)
        #expect(Spelling.items("[a, b ,c]") == ["a", "b", "c"] && Spelling.items("a,,b") == ["a", "", "b"])
        #expect(Spelling.isNull("~") && Spelling.isNull("NULL") && Spelling.isNull("None"))
        #expect(!Spelling.isNull("") && !Spelling.isNull("none") && !Spelling.isNull("nil"))
    }

    @Test("A flag of truth takes the next word only where that says true or false")
    func flags() throws {
        let groups = [FlagGroup("a step", [.truth("cutout", "cuts", standard: nil), .value("epochs", "N", "epochs")])]
        func parse(_ words: [String]) throws -> CommandLineFlags {
            try CommandLineFlags(parsing: words, of: groups)
        }
        #expect(try parse(["--cutout", "True"]).values == ["cutout": "True"])
        #expect(try parse(["--cutout"]).values == ["cutout": "true"])
        #expect(try parse(["--cutout", "--epochs", "5"]).values == ["cutout": "true", "epochs": "5"])
        #expect(try parse(["--cutout=off"]).values == ["cutout": "off"])
        let run = try parse(["--cutout", "runs/a"])
        #expect(run.values == ["cutout": "true"] && run.positional == ["runs/a"])
        #expect(throws: UserError.self) { try parse(["--cutout", "true", "--cutout", "false"]) }
    }
}
