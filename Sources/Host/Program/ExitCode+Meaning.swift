extension ExitCode {
    /// When a program ends with it, in a few words.
    package var meaning: String {
        switch self {
        case .done: "done"
        case .usage: "usage"
        case .data: "bad data, or too many skipped steps in a row"
        case .noInput: "missing input"
        case .unavailable: "coordinator or workers unreachable; doctor: a run would fail here"
        case .internalFault: "a fault of the program, or a step computed again that gave other bits"
        case .operatingSystem: "the system allows too few open files, or refuses a socket or memory of a device"
        case .cannotCreate:
            "run directory exists, port in use, another coordinator has the run, or no place for a file that was asked for"
        case .inputOutput: "a disk, or standard output that cannot be written"
        case .temporary: "stopped; the same run can be resumed"
        case .protocolMismatch: "other version or kind of machine"
        case .noPermission: "refused for safety"
        case .configuration: "configuration"
        case .interrupted, .terminated: "stopped at once by a second signal"
        }
    }
}
