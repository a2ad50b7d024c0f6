import Exchange
import Formats
import SearchSpace
import Testing

/// What people give in place of a safetensors file.
@Suite
struct ForeignFileTests {
    /// A zip archive's first entry, stored, and a directory behind it.
    private static func zip(_ name: String) -> [UInt8] {
        [0x50, 0x4B, 3, 4, 0, 0, 8, 8] + [UInt8](repeating: 0, count: 18) + [UInt8(name.utf8.count), 0, 0, 0]
            + Array(name.utf8)
            + [UInt8](repeating: 0, count: 40)
    }

    @Test(
        "Each is known by its first bytes, with its remedy",
        arguments: [
            (ForeignFile.empty, [], "the file is empty"),
            (.torchSave, zip("archive/data.pkl"), "sys.argv[2])\" 'a b.pt' weights.safetensors"),
            (
                .torchSave,
                [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E, 0x80, 2],
                "a file of torch.save, which only Python can read; write its state dict as safetensors with: python3 -c "
            ), (.pickle, [0x80, 0x04, 0x95, 0x10], "a pickle of Python's, which only Python can read"),
            (.numpyArchive, zip("stem.0.weight.npy"), "NumPy"),
            (.numpyArray, [0x93] + Array("NUMPY\u{1}".utf8), "NumPy"),
            (.zip, zip("weights.safetensors"), "a zip archive; unpack it first: unzip 'a b.pt'"),
            (.gzip, [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], "packed by gzip; unpack it first: gunzip -k 'a b.pt'"),
            (.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00, 0, 4], "unxz"), (.bzip2, Array("BZh91AY&SY".utf8), "bunzip2"),
            (.zstandard, [0x28, 0xB5, 0x2F, 0xFD, 0x24], "unzstd"),
            (.html, Array("\u{FEFF}\r\n<!DOCTYPE html>\n<html lang=en>".utf8), "an HTML page"),
            (.html, Array("<HTML><head>".utf8), "an HTML page"),
            (.gitPointer, Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a".utf8), "git lfs pull"),
            (.onnx, [0x08, 0x07, 0x12, 0x07] + Array("pytorch".utf8), "an ONNX network"),
            (.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A, 0], "an HDF5 file"),
            (.gguf, Array("GGUF\u{3}".utf8), "GGUF"),
            (.json, Array("{\n  \"metadata\": {\"total_size\": 12}}".utf8), "a JSON text"),
        ] as [(ForeignFile, [UInt8], String)])
    func known(file: ForeignFile, bytes: [UInt8], words: String) {
        #expect(ForeignFile(bytes) == file)
        #expect(file.sentence(shellPath: "'a b.pt'").contains(words))
    }

    @Test("A safetensors file is none of them, whatever its length's bytes look like, and noise is not named")
    func others() {
        let layout = WeightLayout.small()
        #expect(ForeignFile(MadeUpState(of: layout).bytes) == nil)
        #expect(ForeignFile([0x0F, 0xAB, 0xCD]) == nil)
        // A header of 0x0812 bytes begins as a protocol buffer does; one of 0x8B1F as gzip does.
        for length in [0x12_0708, 0x8B1F] {
            let header = Array("{}".utf8) + [UInt8](repeating: 0x20, count: length - 2)
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header
            #expect(ForeignFile(bytes) == nil && (try? SafetensorsHeader(of: bytes, source: "w")) != nil)
        }
    }
}
