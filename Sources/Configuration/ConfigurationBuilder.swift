import Formats
import Host
import SearchSpace

/// Where a value came from: of all that named it, what was applied last.
package enum Origin: Sendable, Equatable, CustomStringConvertible {
    case standard
    case file(String, line: Int)
    case flag
    case set
    /// Another run's, at the end of an epoch of it.
    case run(String, epoch: Int)

    /// As the comments of the effective configuration's file say it.
    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line): "\(path), line \(line)"
        case .flag: "flag"
        case .set: "--set"
        case .run(let path, let epoch): "\(path), epoch \(epoch)"
        }
    }
}

/// A configuration with the origin of each of its values.
package struct ResolvedConfiguration: Sendable, Equatable {
    /// Complete: what a method or a space brings along is filled in.
    package let configuration: SearchConfiguration
    /// By `section.key`.
    package let origins: [String: Origin]
    /// What whoever begins a run should know of what was given, a sentence each.
    package private(set) var notes: [String] = []
    /// Texts of files that were read on the way, by the name under which a run keeps a copy.
    package private(set) var files: [String: String] = [:]

    /// For a configuration whose values are known already; `ConfigurationBuilder.finished` checks what is given by
    /// people.
    package init(configuration: SearchConfiguration, origins: [String: Origin], files: [String: String] = [:]) {
        self.configuration = configuration
        self.origins = origins
        self.files = files
    }

    /// The same with another sentence for whoever begins a run.
    package func noting(_ note: String?) -> ResolvedConfiguration {
        var noted = self
        noted.notes += note.map { [$0] } ?? []
        return noted
    }

    /// YAML that gives the same configuration again, each line with its origin.
    package var yaml: String {
        var lines: [String] = []
        var section = ""
        for setting in Setting.all {
            let parts = setting.key.split(separator: ".").map(String.init)
            if parts[0] != section {
                section = parts[0]
                lines.append("\(section):")
            }
            lines.append("  \(parts[1]): \(setting.read(configuration))  # \(origins[setting.key] ?? .standard)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// Puts defaults, files, flags and `--set` together, and refuses what is unknown or out of range with one sentence.
package struct ConfigurationBuilder {
    private var configuration = SearchConfiguration()
    private var origins: [String: Origin] = [:]
    private var files: [String: String] = [:]

    /// Largest configuration file.
    private static let limitBytes = 1 << 20

    /// Begins with the defaults of a search.
    package init() {}

    /// Begins with another run's settings instead of the defaults.
    package init(from configuration: SearchConfiguration, origin: Origin) {
        self.configuration = configuration
        for setting in Setting.all { origins[setting.key] = origin }
    }

    /// - Throws: `UserError` (configuration, or noInput for a missing file).
    package mutating func apply(file path: String) throws {
        let bytes = try FileSystem.readFile(path, limitBytes: Self.limitBytes)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw UserError(.configuration, "\(path) is not UTF-8 text")
        }
        try apply(text: text, source: path)
    }

    /// Sets what YAML text of `section: {name: value}` says; what it leaves out stays.
    ///
    /// - Parameter source: what errors call the text, usually its path.
    /// - Throws: `UserError` (configuration) with line and column, for text that is no YAML and for an unknown key or
    ///   value.
    package mutating func apply(text: String, source: String) throws {
        let node: YAMLNode
        do { node = try YAML.parse(text, source: source) } catch { throw UserError(.configuration, error.description) }
        guard let sections = node.entries else {
            throw UserError(.configuration, "\(source): a mapping of sections is expected")
        }
        var given: Set<String> = []
        for section in sections {
            guard let entries = section.value.entries else {
                let hint = SettingHint.ofSection(section.key)
                throw UserError(
                    .configuration,
                    "\(source): line \(section.keyLine): '\(section.key)' should be a section with settings below it\(hint)"
                )
            }
            try Self.check(section, source: source)
            for entry in entries {
                let key = Self.key("\(section.key).\(entry.key)")
                let place = "\(source): line \(entry.keyLine), column \(entry.keyColumn): "
                guard let value = Self.value(of: entry, isList: Setting.named(key)?.form == .list) else {
                    throw UserError(.configuration, "\(place)'\(entry.key)' wants one value")
                }
                guard given.insert(key).inserted else {
                    throw UserError(.configuration, "\(place)'\(key)' stands twice")
                }
                try set(key, value, .file(source, line: entry.keyLine), place: place, .configuration)
            }
        }
    }

    /// A section that says nothing is refused where no setting is of it, for nothing else would find the mistake.
    private static func check(_ section: YAMLNode.Entry, source: String) throws {
        let known = Set(Setting.all.compactMap { $0.key.split(separator: ".").first.map(String.init) })
        guard section.value.entries?.isEmpty == true, !known.contains(key(section.key)) else { return }
        throw UserError(
            .configuration,
            "\(source): line \(section.keyLine): unknown section '\(section.key)'"
                + NearestName.hint(for: section.key, among: known.sorted()))
    }

    /// Hyphens count as underscores, as in flags.
    private static func key(_ name: String) -> String {
        String(Spelling.trimmed(name).map { $0 == "-" ? "_" : $0 })
    }

    /// One value as text; a sequence of them counts where the setting is a list. Nil for anything else.
    private static func value(of entry: YAMLNode.Entry, isList: Bool) -> String? {
        if entry.value.isNull { return "null" }
        switch entry.value.content {
        case .scalar(let value): return value
        case .sequence(let elements) where isList:
            let items = elements.compactMap { element -> String? in
                if case .scalar(let text) = element.content { text } else { nil }
            }
            return items.count == elements.count ? items.joined(separator: ",") : nil
        case .sequence, .mapping: return nil
        }
    }

    /// - Parameter name: `section.key` or a flag's name.
    package mutating func apply(name: String, value: String, origin: Origin) throws {
        try set(Self.key(name), value, origin, place: "", .usage)
    }

    private mutating func set(
        _ name: String, _ value: String, _ origin: Origin, place: String, _ code: ExitCode
    ) throws {
        let isFlag = origin == .flag
        guard let setting = Setting.named(name), isFlag || setting.key == name else {
            let hint =
                isFlag ? NearestName.hint(for: name, among: Setting.all.map(\.flag)) : SettingHint.ofKey(name)
            throw UserError(code, "\(place)unknown setting '\(name)'\(hint)")
        }
        if setting.key == "space.space", SpaceFile.isFile(value) { return try apply(SpaceFile.read(value), origin) }
        if try applyTable(setting, value) {
            origins[setting.key] = origin
            return
        }
        guard setting.write(&configuration, value) else {
            let shown = isFlag ? "--\(setting.flag)" : setting.key
            let given = Spelling.isNull(value) ? "is '\(value)', which is no value of it" : "is '\(value)'"
            throw UserError(code, "\(place)\(shown) \(given); it takes \(setting.range)")
        }
        origins[setting.key] = origin
    }

    /// Reads the file of a measured table: the configuration keeps what it says, whatever becomes of the file.
    ///
    /// - Returns: false where no file is named.
    private mutating func applyTable(_ setting: Setting, _ value: String) throws -> Bool {
        guard setting.key == Setting.latencyTableKey else { return false }
        files[LatencyFile.keptName] = nil
        let path = Spelling.trimmed(value)
        // As of a space: any other word is no file, but a mistake.
        guard path.contains("/") || path.hasSuffix(".json"), LatencyTable(word: path) == nil else { return false }
        let (_, text, table) = try LatencyFile.read(path)
        configuration.budget.latencyTable = table
        files[LatencyFile.keptName] = text
        return true
    }

    /// A space of one's own says how many nodes it has, unless somebody says something else.
    private mutating func apply(_ own: SearchSpace, _ origin: Origin) {
        configuration.space.cells.choice = .own(own)
        origins["space.space"] = origin
        guard (origins["space.nodes"] ?? .standard) != .flag, origins["space.nodes"] != .set else { return }
        configuration.space.cells.nodes = own.nodes
        origins["space.nodes"] = origin
    }

    /// - Throws: `UserError` where values do not fit each other.
    package func finished() throws -> ResolvedConfiguration {
        var configuration = configuration
        for (key, value) in configuration.ownDefaults where (origins[key] ?? .standard) == .standard {
            guard let setting = Setting.named(key), setting.write(&configuration, value) else {
                preconditionFailure("no default \(value) of \(key)")
            }
        }
        try configuration.checkConsistency()
        // What a preset's file says of them may stand: it is for other methods too.
        for (key, reason) in configuration.unread where origins[key] == .flag || origins[key] == .set {
            throw UserError(
                .usage,
                "\(key): --search \(configuration.method.search.rawValue) \(reason) and does not read it")
        }
        return ResolvedConfiguration(configuration: configuration, origins: origins, files: files)
    }
}
