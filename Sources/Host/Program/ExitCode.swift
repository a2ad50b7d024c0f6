/// How a program ends, by sysexits (the manual's page Reliability, "Exit codes").
package enum ExitCode: Int32, Sendable, CaseIterable {
    case done = 0
    case usage = 64
    /// Bad or corrupt data, data set or checkpoint; repeated NaN.
    case data = 65
    case noInput = 66
    /// Coordinator unreachable.
    case unavailable = 69
    case internalFault = 70
    case operatingSystem = 71
    /// Port in use, run directory exists or is locked.
    case cannotCreate = 73
    case inputOutput = 74
    /// Try again: drained, or too few workers.
    case temporary = 75
    case protocolMismatch = 76
    case noPermission = 77
    case configuration = 78
    case interrupted = 130
    case terminated = 143
}
