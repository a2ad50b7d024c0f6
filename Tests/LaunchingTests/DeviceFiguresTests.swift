import Formats
import Launching
import Testing

/// The line that a worker's program says of devices.
@Suite
struct DeviceFiguresTests {
    @Test("What a worker says of its devices comes back from its line; what is no such line is none")
    func line() throws {
        let none = DeviceFigures(libtorch: "1.13.0", devices: [], objection: "built without CUDA")
        let some = DeviceFigures(
            libtorch: "2.11.0+cu130", devices: [.init(name: "A device", memoryBytes: 1 << 37)], objection: nil,
            trial: .init(device: "cuda:0", largestDifference: 2.5e-6, repeatsBits: true))
        for figures in [none, some] {
            let line = Array(figures.json.serialized().utf8)
            #expect(DeviceFigures(try JSONValue.parse(line, source: "line")) == figures)
        }
        for text in [
            "{}", #"{"libtorch": "1", "devices": [{"name": "x"}]}"#,
            #"{"libtorch": "1", "devices": [], "trial": {"device": "cuda:0"}}"#,
        ] { #expect(DeviceFigures(try JSONValue.parse(Array(text.utf8), source: "line")) == nil, "\(text)") }
    }
}
