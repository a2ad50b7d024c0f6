import Formats
import Testing

/// Headers as other programs write them, from the format's published rules, and as nobody may.
@Suite
struct SafetensorsHeaderTests {
    private static func file(_ header: String, data: Int) -> [UInt8] {
        let length = UInt64(header.utf8.count)
        return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    private static func refusal(_ bytes: [UInt8]) -> String? {
        do {
            _ = try SafetensorsHeader(of: bytes, source: "w")
            return nil
        } catch { return error.description }
    }

    @Test("A header in any order, with single values, empty tensors, texts and spaces behind it, is read")
    func orders() throws {
        let text =
            #"{"b":{"dtype":"F16","shape":[2],"data_offsets":[8,12]},"none":{"dtype":"F64","shape":[0,7],"data_offsets":[12,12]},"#
            + #""__metadata__":{"format":"pt","à":"é"},"one":{"shape":[],"data_offsets":[12,20],"dtype":"I64"},"#
            + #""a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"bits":{"dtype":"F4","shape":[4],"data_offsets":[20,22]}}   "#
        let bytes = Self.file(text, data: 22)
        let header = try SafetensorsHeader(of: bytes, source: "w")
        let start = 8 + text.utf8.count
        #expect(header.entries.map(\.name) == ["b", "none", "one", "a", "bits"])
        #expect(header.entries.map(\.range.lowerBound) == [8, 12, 12, 0, 20].map { start + $0 })
        #expect(header.entries.map(\.shape) == [[2], [0, 7], [], [1, 2], [4]])
        #expect(header.entries.map(\.kind) == [.float16, .float64, .integer64, .float32, .float4])
        #expect(header.metadata.map(\.key) == ["format", "à"] && SafetensorsHeader.isPlausible(bytes))
        #expect(throws: FormatError.self, "what a run left is in order") {
            try SafetensorsFile.parse(
                Self.file(
                    #"{"b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
                    data: 8), source: "w")
        }
    }

    @Test(
        "What breaks a rule is refused with the tensor and the rule",
        arguments: [
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
                12, "w: tensors 'a' and 'b' overlap: byte 4 of the values belongs to both"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
                8, "w: tensors 'a' and 'b' overlap: byte 0 of the values belongs to both"
            ),
            (
                #"{"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
                12,
                "w: 4 bytes before tensor 'b' belong to no tensor"
            ),
            (#"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}"#, 5, "w: the last 2 bytes belong to no tensor"),
            (
                #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, 7,
                "w: tensor 'a' ends at byte 8 of 7: the file was cut, or its header is wrong"
            ),
            (
                #"{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}"#, 8,
                "w: tensor 'a' of F64 and shape [2] has 8 bytes"
            ),
            (
                #"{"a":{"dtype":"F6_E2M3","shape":[3],"data_offsets":[0,2]}}"#, 2,
                "w: tensor 'a' of F6_E2M3 and shape [3] has 2 bytes"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#, 8,
                "w: tensor 'a' of shape [4611686018427387904, 4] is too large"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, 8,
                "w: 'shape' of tensor 'a' is no list of whole numbers"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, 8,
                "w: 'shape' of tensor 'a' is no list of whole numbers"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[2],"offsets":[0,8]}}"#, 8,
                "w: 'data_offsets' of tensor 'a' is no list of whole numbers"
            ),
            (
                #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[8,0]}}"#, 8,
                "w: 'data_offsets' of tensor 'a' are [8, 0], not a first byte and an end"
            ),
            (
                #"{"a":{"dtype":"Q4_0","shape":[2],"data_offsets":[0,8]}}"#, 8,
                "w: tensor 'a' has values of the kind 'Q4_0', which safetensors does not have"
            ),
            (#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, 8, "w: tensor 'a' lacks 'dtype'"),
            (#"{"a":7}"#, 0, "w: tensor 'a' lacks 'dtype'"),
            (#"{"__metadata__":{"epoch":3}}"#, 0, "w: '__metadata__' of the header has other values than texts"),
            (#" {}"#, 0, "w: no safetensors file: its header does not begin with '{'"),
            ("", 0, "w: no safetensors file: its header does not begin with '{'"),
            ("{\"a\u{1B}[2J\":{\"dtype\":\"F32\"}}", 0, "w: a control character in a string at byte 4 of JSON"),
            (#"{"a\u001b[2J":{"shape":[]}}"#, 0, "w: tensor 'a?[2J' lacks 'dtype'"),
            (
                #"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}"#,
                4,
                "w: a key stands twice at byte 105 of JSON"
            ),
        ])
    func rules(header: String, data: Int, sentence: String) {
        #expect(Self.refusal(Self.file(header, data: data)) == sentence)
    }

    @Test("Lengths that lie are refused before anything of that size is made")
    func lengths() {
        let text = "{}"
        var bytes = Self.file(text, data: 0)
        #expect(Self.refusal(bytes) == nil)
        bytes[0] = 3
        #expect(Self.refusal(bytes) == "w: no safetensors file, or a part of one: a header of 3 bytes in a file of 10")
        for place in 0..<8 { bytes[place] = 0xFF }
        #expect(
            Self.refusal(bytes)
                == "w: no safetensors file, or a part of one: a header of more than 2^63 bytes in a file of 10")
        #expect(Self.refusal([1, 2]) == "w: 2 bytes are no safetensors file")
        let invalid = Array(#"{"a"#.utf8) + [0xFF] + Array(#"":1}"#.utf8)
        #expect(Self.refusal([UInt8(invalid.count), 0, 0, 0, 0, 0, 0, 0] + invalid)?.contains("not UTF-8") == true)
        let long = String(repeating: "x", count: 500)
        #expect((Self.refusal(Self.file(#"{"\#(long)":{}}"#, data: 0)) ?? long).utf8.count < 200)
    }

    @Test(
        "F64 is rounded to the nearest float, F16 and BF16 are taken as they are; integers, truths and 8-bit floats are no weights"
    )
    func kinds() {
        func floats(_ kind: SafetensorsKind, _ words: [UInt64]) -> [Float]? {
            let bytes = words.flatMap { word in
                (0..<kind.bits / 8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
            }
            return bytes.withUnsafeBytes { kind.floats($0) }
        }
        // 1 + 2^-24 lies between two floats and goes to the even one, a bit more goes up; 1e39 has no float.
        let doubles: [Double] = [1 + 0x1p-24, 1 + 0x1p-24 + 0x1p-50, 1 + 0x1.8p-23, 1.0 / 3, -0x1p-149, 1e39]
        #expect(
            floats(.float64, doubles.map(\.bitPattern))
                == [1, 1 + 0x1p-23, 1 + 0x1p-22, 0.333_333_34, -0x1p-149, .infinity])
        #expect(
            floats(.float16, [0x3555, 0x0001, 0x03FF, 0xFBFF, 0x7C00])
                == [0.333_251_953_125, 0x1p-24, 0x3FFp-24, -65504, .infinity])
        #expect(floats(.float16, [0x8000])?.first?.sign == .minus && floats(.float16, [0x7E00])?.first?.isNaN == true)
        #expect(
            floats(.brainFloat16, [0x3EAB, 0x0001, 0xFF7F, 0x7F80]) == [
                0.333_984_375, 0x1p-133, -0x1.FEp127, .infinity,
            ])
        #expect(floats(.float32, [0x3F80_0001]) == [1 + 0x1p-23])
        #expect(
            SafetensorsKind.allCases.filter(\.isReadAsFloats) == [.float64, .float32, .float16, .brainFloat16])
        #expect(floats(.integer64, [1]) == nil && floats(.float8E4M3, [1]) == nil && floats(.boolean, [1]) == nil)
    }
}
