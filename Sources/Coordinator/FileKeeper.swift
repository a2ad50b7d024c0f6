import Formats
import Host
import SearchProtocol

/// Does what the protocol's persistence asks for, below the run's folder.
enum FileKeeper {
    static func perform(_ action: FileAction, below folder: String) throws {
        switch action {
        case .createDirectory(let path): try FileSystem.createDirectory("\(folder)/\(path)")
        case .write(let path, let bytes): try FileSystem.writeFile("\(folder)/\(path)", bytes)
        case .append(let path, let bytes): try FileSystem.appendFile("\(folder)/\(path)", bytes)
        case .sync(let path), .syncDirectory(let path): try FileSystem.sync("\(folder)/\(path)")
        case .rename(let from, let to): try FileSystem.rename("\(folder)/\(from)", to: "\(folder)/\(to)")
        case .removeTree(let path): try FileSystem.removeTree("\(folder)/\(path)")
        }
    }
}

/// The kind of machine that the run's first worker fixed.
enum KindFile {
    private static let name = "kind.json"

    static func write(_ kind: MachineKind, _ directory: RunDirectory) throws {
        let value = JSONValue.object([
            "probe": .string(kind.probe.hexadecimal), "math_table": .string(kind.mathTable.hexadecimal),
        ])
        try directory.write(name, value.serialized(pretty: true) + "\n")
    }

    static func read(_ directory: RunDirectory) throws -> MachineKind? {
        guard let bytes = try directory.read(name) else { return nil }
        let value = try JSONValue.parse(bytes, source: name)
        guard let probe = value["probe"]?.text.flatMap(Digest128.init(hexadecimal:)),
            let table = value["math_table"]?.text.flatMap(Digest128.init(hexadecimal:))
        else { throw UserError(.data, "\(directory.path)/\(name) does not hold two digests") }
        return MachineKind(probe: probe, mathTable: table)
    }
}
