import Formats

/// Files that are given in place of a safetensors file, known by their first bytes, and what to do with each.
package enum ForeignFile: Sendable, Hashable, CaseIterable {
    case empty
    /// What `torch.save` writes: a zip archive with a pickle in it, or, before PyTorch 1.6, pickles one behind the other.
    case torchSave
    case pickle
    case numpyArchive
    case numpyArray
    case zip
    case gzip
    case xz
    case bzip2
    case zstandard
    case html
    case gitPointer
    case onnx
    case hdf5
    case gguf
    case json

    /// - Returns: nil for what can be a safetensors file, and for what is not known.
    package init?(_ bytes: [UInt8]) {
        guard !SafetensorsHeader.isPlausible(bytes) else { return nil }
        guard let file = Self.allCases.first(where: { $0.isBegun(by: bytes) }) else { return nil }
        self = file
    }

    /// Bytes of a zip archive's beginning and end that are searched for the names of its files.
    private static let searched = 1 << 16

    private func isBegun(by bytes: [UInt8]) -> Bool {
        func begins(_ magic: [UInt8]) -> Bool { bytes.starts(with: magic) }
        func hasName(_ name: String) -> Bool {
            let wanted = Array(name.utf8)
            return bytes.prefix(Self.searched).firstRange(of: wanted) != nil
                || bytes.suffix(Self.searched).firstRange(of: wanted) != nil
        }
        let isZip = begins([0x50, 0x4B, 0x03, 0x04])
        return switch self {
        case .empty: bytes.isEmpty
        // The legacy form begins with the number 0x1950a86a20f9469cfc6c as a pickle of protocol 2 (torch/serialization.py).
        case .torchSave:
            isZip && hasName("data.pkl")
                || begins([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E])
        case .pickle: bytes.count > 2 && bytes[0] == 0x80 && (2...5).contains(bytes[1])
        case .numpyArchive: isZip && hasName(".npy")
        case .numpyArray: begins([0x93] + Array("NUMPY".utf8))
        case .zip: isZip
        case .gzip: Gunzip.isGzip(bytes)
        case .xz: begins([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00])
        case .bzip2: begins(Array("BZh".utf8))
        case .zstandard: begins([0x28, 0xB5, 0x2F, 0xFD])
        case .html: Self.text(bytes).hasPrefix("<!doctype html") || Self.text(bytes).hasPrefix("<html")
        case .gitPointer: begins(Array("version https://git-lfs".utf8))
        case .onnx: Self.isOnnx(bytes)
        case .hdf5: begins([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A])
        case .gguf: begins(Array("GGUF".utf8))
        case .json: Self.text(bytes).hasPrefix("{")
        }
    }

    /// The first letters behind white space and a byte order mark, in lower case.
    private static func text(_ bytes: [UInt8]) -> String {
        let start = bytes.prefix(256).drop { [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        return String(decoding: start.prefix(32), as: UTF8.self).lowercased()
    }

    /// A ModelProto of protocol buffers: field 1 is `ir_version`, a small number; one of the fields that writers have next follows.
    private static func isOnnx(_ bytes: [UInt8]) -> Bool {
        bytes.count > 3 && bytes[0] == 0x08 && (1..<64).contains(bytes[1])
            && [0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42].contains(bytes[2])
    }

    /// What the file is and how weights come out of it.
    ///
    /// - Parameter path: the file's, quoted for a shell.
    package func sentence(shellPath path: String) -> String {
        let wanted = "safetensors is wanted"
        return switch self {
        case .empty: "the file is empty"
        case .torchSave, .pickle:
            "\(self == .pickle ? "a pickle of Python's" : "a file of torch.save"), which only Python can read; write its state "
                + "dict as safetensors with: \(Self.conversion(path))"
        case .numpyArchive, .numpyArray: "a file of NumPy's; \(wanted) (safetensors.numpy.save_file)"
        case .zip: "a zip archive; unpack it first: unzip \(path)"
        case .gzip: "packed by gzip; unpack it first: gunzip -k \(path)"
        case .xz: "packed by xz; unpack it first: unxz -k \(path)"
        case .bzip2: "packed by bzip2; unpack it first: bunzip2 -k \(path)"
        case .zstandard: "packed by zstd; unpack it first: unzstd \(path)"
        case .html: "an HTML page: what was downloaded is a page about the file, or an error, and not the file"
        case .gitPointer: "a pointer of Git LFS, not the file itself; fetch that with: git lfs pull"
        case .onnx: "an ONNX network; \(wanted): save the state dict of the PyTorch module that it was made of"
        case .hdf5: "an HDF5 file, as Keras writes; \(wanted), under PyTorch's names"
        case .gguf: "a GGUF file; \(wanted)"
        case .json: "a JSON text; \(wanted)"
        }
    }

    /// One line that makes a safetensors file of what `torch.save` wrote: a state dict, a dict that has one under `state_dict`, or a
    /// whole module. Tensors are copied since safetensors takes none that share memory or lie with strides.
    static func conversion(_ path: String) -> String {
        "python3 -c \"import sys, torch; from safetensors.torch import save_file; s = torch.load(sys.argv[1], map_location='cpu'); "
            + "s = s.state_dict() if hasattr(s, 'state_dict') else s.get('state_dict', s); "
            + "save_file({k: v.contiguous().clone() for k, v in s.items()}, sys.argv[2])\" \(path) weights.safetensors"
    }
}
