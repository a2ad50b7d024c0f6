/// How much processor time a control group may use, in cores: of this process's own group or of one above it, whichever has least.
/// Both versions of the kernel's interface are read (`cpu.max`; `cpu.cfs_quota_us` and `cpu.cfs_period_us`).
package struct CoreQuota: Sendable, Equatable, CustomStringConvertible {
    /// More than 0; may be a fraction.
    package let cores: Double
    /// The group that has it, as the kernel names it below its mount.
    package let group: String

    package init(cores: Double, group: String) {
        self.cores = cores
        self.group = group
    }

    /// Rounded up.
    package var wholeCores: Int { cores < 1e6 ? Int(cores.rounded(.up)) : Int.max }

    /// Without decimals that say nothing.
    package var description: String {
        let hundredths = Int((100 * min(cores, 1e6)).rounded())
        let (whole, rest) = hundredths.quotientAndRemainder(dividingBy: 100)
        if rest == 0 { return "\(whole) core\(whole == 1 ? "" : "s")" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10) cores" : "\(whole).\(rest < 10 ? "0" : "")\(rest) cores"
    }

    /// Nil where nothing limits it.
    ///
    /// - Parameter root: of the file system that holds /proc and /sys.
    package static func ofThisProcess(root: String = "") -> CoreQuota? {
        let groups = lines("\(root)/proc/self/cgroup").compactMap(Membership.init)
        let mounts = lines("\(root)/proc/self/mountinfo").compactMap(Mount.init)
        let found = mounts.flatMap { mount in
            groups.filter { $0.version == mount.version }.flatMap { quotas(of: mount, $0.path, root: root) }
        }
        return found.min { $0.cores < $1.cores }
    }

    /// Of a group and of all above it, up to the mount.
    private static func quotas(of mount: Mount, _ path: String, root: String) -> [CoreQuota] {
        var group = mount.below(path)
        var found: [CoreQuota] = []
        while true {
            let folder = root + mount.point + (group == "/" ? "" : group)
            if let cores = cores(in: folder, mount.version) { found.append(CoreQuota(cores: cores, group: group)) }
            guard group != "/" else { return found }
            group = FileSystem.parent(of: group)
        }
    }

    private static func cores(in folder: String, _ version: Version) -> Double? {
        let fields: [Substring]
        switch version {
        case .second: fields = lines("\(folder)/cpu.max").first?.split(separator: " ") ?? []
        case .first: fields = ["cpu.cfs_quota_us", "cpu.cfs_period_us"].compactMap { lines("\(folder)/\($0)").first }
        }
        // Without a quota the one says "max" and the other -1.
        guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]), quota > 0, period > 0
        else { return nil }
        return quota / period
    }

    private static func lines(_ path: String) -> [Substring] {
        let bytes = (try? FileSystem.readFile(path, limitBytes: 4 << 20)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }

    private enum Version { case first, second }

    /// A line of /proc/self/cgroup: number, controllers, path.
    private struct Membership {
        let version: Version
        let path: String

        /// Nil for a hierarchy that does not share out processor time.
        init?(_ line: Substring) {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return nil }
            guard fields[0] == "0" || fields[1].split(separator: ",").contains("cpu") else { return nil }
            version = fields[0] == "0" ? .second : .first
            path = String(fields[2])
        }
    }

    /// A line of /proc/self/mountinfo: where a hierarchy is mounted, and which of its groups the mount begins with.
    private struct Mount {
        let version: Version
        let point: String
        private let first: String

        init?(_ line: Substring) {
            let halves = line.split(separator: " - ", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            let (place, kind) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
            guard place.count >= 5, kind.count >= 3 else { return nil }
            switch kind[0] {
            case "cgroup2": version = .second
            case "cgroup" where kind[2].split(separator: ",").contains("cpu"): version = .first
            default: return nil
            }
            first = Self.unescaped(place[3])
            point = Self.unescaped(place[4])
        }

        /// A group's path below the mount. What is not below it, as seen from inside a container, is the mount's own group.
        func below(_ path: String) -> String {
            if path.split(separator: "/").contains("..") { return "/" }
            if first == "/" { return path.hasPrefix("/") ? path : "/" }
            return path.hasPrefix(first + "/") ? String(path.dropFirst(first.count)) : "/"
        }

        /// Spaces and the like stand as three octal digits behind a backslash.
        private static func unescaped(_ text: Substring) -> String {
            var bytes: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while let byte = rest.popFirst() {
                let digits = rest.prefix(3)
                if byte == UInt8(ascii: "\\"), digits.count == 3,
                    let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
                {
                    bytes.append(code)
                    rest = rest.dropFirst(3)
                } else {
                    bytes.append(byte)
                }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
