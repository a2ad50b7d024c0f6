import Host

/// What somebody may have meant by a key that is no setting's: a name that is known in another section, or without one, is a better
/// guess than a key that is spelled like it.
enum SettingHint {
    /// "; did you mean 'section.key'?" or nothing.
    static func ofKey(_ key: String) -> String {
        meant(key).map { "; did you mean '\($0.key)'?" } ?? NearestName.hint(for: key, among: Setting.all.map(\.key))
    }

    /// Of a name that stands where a section is wanted.
    static func ofSection(_ name: String) -> String {
        guard let setting = meant(name) else { return "" }
        let section = setting.key.split(separator: ".").first ?? ""
        return ": \(setting.flag) belongs below '\(section):', in a line of its own that is set in"
    }

    /// The setting whose name is the last part of a key, in either case.
    private static func meant(_ key: String) -> Setting? {
        let name = key.lowercased().split(separator: ".").last.map { String($0.map { $0 == "-" ? "_" : $0 }) }
        return Setting.all.first { $0.flag == name }
    }
}
