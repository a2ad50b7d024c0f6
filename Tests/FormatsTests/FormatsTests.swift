import Formats
import Testing

@Suite
struct DigestsTests {
    @Test("SHA-256 and XXH3 give the published digests")
    func published() {
        #expect(
            Hexadecimal.string(SHA256.digest(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        var stream = SHA256Stream()
        stream.update(Array("a".utf8))
        stream.update(Array("bc".utf8))
        #expect(stream.finish() == SHA256.digest(Array("abc".utf8)))
        #expect(XXH3.hash64([]) == 0x2D06_8005_38D3_94C2)
        #expect(XXH3.hash128([]).hexadecimal == "99aa06d3014798d86001c324468d497f")
    }

    @Test("Hexadecimal text is read back, and what is none is refused")
    func hexadecimal() {
        let digest = XXH3.hash128([1, 2, 3])
        #expect(Digest128(hexadecimal: digest.hexadecimal) == digest)
        for text in ["0", "0g", "+1", "é0"] { #expect(Hexadecimal.bytes(text) == nil) }
        #expect(Digest128(hexadecimal: "00") == nil)
    }

    @Test("Floats keep every bit, not-a-number and minus zero too; half a float is none")
    func floats() throws {
        let values: [Float] = [0, -0.0, 1.5, .infinity, Float(bitPattern: 0x7FC0_0001), .leastNonzeroMagnitude]
        let bytes = LittleEndian.bytes(of: values)
        #expect(bytes[8..<12] == [0, 0, 0xC0, 0x3F])
        #expect(try #require(LittleEndian.floats(from: bytes)).map(\.bitPattern) == values.map(\.bitPattern))
        #expect(LittleEndian.floats(from: Array(bytes.dropLast())) == nil)
    }
}

@Suite
struct JSONTests {
    @Test("A document is read, written and read back equal")
    func roundTrip() throws {
        let text = #"{"a":[1,-2.5,1e3,true,false,null],"b":{"c":"\u00e9\ud83d\ude00\n\"\\"},"d":[]}"#
        let value = try JSONValue.parse(Array(text.utf8), source: "test")
        #expect(value["a"]?.elements?.count == 6)
        #expect(value["a"]?.elements?[2].number == 1000)
        #expect(value["b"]?["c"]?.text == "é😀\n\"\\")
        for pretty in [false, true] {
            #expect(try JSONValue.parse(Array(value.serialized(pretty: pretty).utf8), source: "test") == value)
        }
    }

    @Test(
        "What is no JSON is refused with the byte",
        arguments: [
            "", "{", "[1,]", "[1 2]", "{\"a\":1,\"a\":2}", "\"\\ud800\"", "\"\\x\"", "\"\\u+123\"", "\"\\u-000\"",
            "\"\\u12é\"", "nul", "1 2", "01x", "\"\u{1}\"",
            "+5", "01", "-01", ".5", "5.", "[.5]", "1e", "1e+", "-", "--1", "1.2.3", "1e5.0", "+", "0x10", "1e400",
            "[-]", "00",
            String(repeating: "[", count: 100),
        ])
    func refused(text: String) {
        do {
            _ = try JSONValue.parse(Array(text.utf8), source: "bad.json")
            Issue.record("'\(text)' was read")
        } catch {
            #expect(error.source == "bad.json" && error.reason.contains("byte"))
        }
    }

    @Test("What JSON cannot say is written as null")
    func infinity() {
        #expect(JSONValue.array([.number(.nan), .number(.infinity)]).serialized() == "[null,null]")
    }
}

@Suite
struct YAMLTests {
    @Test("Sections, values and their places")
    func places() throws {
        let node = try YAML.parse("a:\n  b: 1  # why\n  'c': [x, y]\n", source: "test")
        guard case .mapping(let top) = node.content, case .mapping(let inner) = top[0].value.content else {
            Issue.record("no mapping")
            return
        }
        #expect(inner.map(\.key) == ["b", "c"])
        #expect(inner[0].keyLine == 2 && inner[0].keyColumn == 3)
        #expect(inner[0].value.content == .scalar("1"))
        guard case .sequence(let items) = inner[1].value.content else {
            Issue.record("no sequence")
            return
        }
        #expect(items.map(\.content) == [.scalar("x"), .scalar("y")])
    }

    @Test(
        "Keys that stand twice, anchors, bad indentation, a second document: refused with line and column",
        arguments: ["a: 1\na: 2\n", "a: &x 1\nb: *x\n", "a:\n b: 1\n  c: 2\n", "a: 1\n---\nb: 2\n", "a: [1\n"])
    func refused(text: String) {
        #expect(throws: FormatError.self) { try YAML.parse(text, source: "test") }
    }

    @Test("A tab that sets a line in is called one, with its place", arguments: ["a:\n\tb: 1\n", "a:\r\n\tb: 1\r\n"])
    func tab(text: String) {
        let error = #expect(throws: FormatError.self) { try YAML.parse(text, source: "test") }
        #expect(error?.description == "test: line 2, column 1: a tab; YAML sets lines in by blanks alone")
    }

    @Test("An empty text is an empty mapping")
    func empty() throws {
        #expect(try YAML.parse("", source: "test").content == .mapping([]))
    }
}

@Suite
struct SafetensorsTests {
    @Test("Tensors and metadata are read back bit for bit, and the layout is the published one")
    func roundTrip() throws {
        let file = SafetensorsFile(
            tensors: [
                .init(name: "w", shape: [2, 3], values: [1, 2, 3, 4, -5, .infinity]),
                .init(name: "empty", shape: [0], values: []), .init(name: "scalar", shape: [], values: [7]),
            ], metadata: [.init("origin", .string("test"))])
        let bytes = file.serialized()
        let header = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        #expect(bytes.count == 8 + header + 28 && header % 8 == 0)
        let json = try JSONValue.parse(Array(bytes[8..<8 + header]), source: "header")
        #expect(json["w"]?["dtype"]?.text == "F32")
        #expect(json["w"]?["data_offsets"]?.elements == [.integer(0), .integer(24)])
        #expect(try SafetensorsFile.parse(bytes, source: "test") == file)
    }

    @Test("Every cut of a file is refused, and so are offsets that lie outside or do not fit the shape")
    func damaged() {
        let bytes = SafetensorsFile(tensors: [.init(name: "w", shape: [2], values: [1, 2])]).serialized()
        for cut in 0..<bytes.count {
            #expect(throws: FormatError.self) {
                try SafetensorsFile.parse(Array(bytes[..<cut]), source: "test")
            }
        }
        func file(_ header: String, data: Int) -> [UInt8] {
            [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(header.utf8) + [UInt8](repeating: 0, count: data)
        }
        for header in [
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,80]}}"#,
            #"{"w":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
            #"{"w":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
            #"{"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, "[]",
        ] {
            #expect(throws: FormatError.self, "\(header)") {
                try SafetensorsFile.parse(file(header, data: 8), source: "test")
            }
        }
    }
}

@Suite
struct GunzipTests {
    /// `printf 'snas snas snas snas' | gzip -n9`.
    private static let fixture: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x2B, 0xCE, 0x4B, 0x2C, 0x56, 0x28, 0x46, 0x21,
        0x00, 0xBF, 0x0F, 0xFF, 0x6F, 0x13, 0x00, 0x00, 0x00,
    ]

    @Test("What gzip packed comes out; every cut of it, damage and what is too large are refused")
    func unpacks() throws {
        let packed = Self.fixture
        #expect(Gunzip.isGzip(packed))
        let text = try Gunzip.inflate(packed, source: "test", limitBytes: 100)
        #expect(String(decoding: text, as: UTF8.self) == "snas snas snas snas")
        for cut in 2..<packed.count {
            #expect(throws: FormatError.self) {
                try Gunzip.inflate(Array(packed[..<cut]), source: "test", limitBytes: 100)
            }
        }
        var damaged = packed
        damaged[packed.count - 6] ^= 1
        #expect(throws: FormatError.self) { try Gunzip.inflate(damaged, source: "test", limitBytes: 100) }
        #expect(throws: FormatError.self) { try Gunzip.inflate(packed, source: "test", limitBytes: 18) }
    }

    /// `printf 'ab' | gzip -n9`, and of nothing.
    private static let short: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4B, 0x4C, 0x02, 0x00, 0x6D, 0x48, 0x83, 0x9E,
        0x02, 0x00, 0x00, 0x00,
    ]
    private static let empty: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00,
    ]

    @Test("Files that were put one behind the other come out as one, within one limit; anything else behind is refused")
    func members() throws {
        let all = Self.short + Self.empty + Self.fixture + Self.short
        let text = try Gunzip.inflate(all, source: "test", limitBytes: 23)
        #expect(String(decoding: text, as: UTF8.self) == "absnas snas snas snasab")
        #expect(try Gunzip.inflate(Self.empty + Self.empty, source: "test", limitBytes: 0) == [])
        #expect(throws: FormatError.self) { try Gunzip.inflate(all, source: "test", limitBytes: 22) }
        let behind: [[UInt8]] = [[0], [0x1F], [0x1F, 0x8B], Array("garbage".utf8), Array(Self.short.dropLast())]
        for rest in behind {
            #expect(throws: FormatError.self, "\(rest)") {
                try Gunzip.inflate(all + rest, source: "test", limitBytes: 100)
            }
        }
    }
}
