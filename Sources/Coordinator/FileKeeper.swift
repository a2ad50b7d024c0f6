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
