import Host

/// The files of settings that an installed program brings along, each named by a word.
enum PresetFile {
    private static let ending = ".yaml"

    /// What `--config` names: a path as it stands, and where no file has that name, the installed one.
    ///
    /// - Throws: `UserError` (noInput) for a word that is no file's name while presets are installed.
    static func path(of given: String) throws -> String {
        guard !given.contains("/"), !given.contains("."), !FileSystem.exists(given), let folder else { return given }
        let file = "\(folder)/\(given)\(ending)"
        if FileSystem.isRegularFile(file) { return file }
        let names = try FileSystem.list(folder).filter { $0.hasSuffix(ending) }.map {
            String($0.dropLast(ending.count))
        }
        throw UserError(
            .noInput,
            "--config '\(given)' is no file and none of the presets in \(folder)\(NearestName.hint(for: given, among: names)); "
                + "they are \(names.joined(separator: ", "))")
    }

    /// Nil for a program that is not installed.
    private static var folder: String? {
        guard let program = HostInfo.executablePath() else { return nil }
        let folder = FileSystem.parent(of: FileSystem.parent(of: program)) + "/share/snas/configs"
        return FileSystem.isDirectory(folder) ? folder : nil
    }
}
