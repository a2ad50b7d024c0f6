#if canImport(Glibc)
    import Glibc
#endif

/// A call of the operating system that failed, with what it was for.
package struct SystemError: UserFacingError, Equatable, CustomStringConvertible {
    /// What failed, a verb as it stands after "cannot".
    package let operation: String
    /// What it was done to, mostly a path.
    package let subject: String
    /// `errno` of the call.
    package let errorNumber: Int32

    /// Made at once after the call, for `errno` is read here.
    package init(_ operation: String, _ subject: String, errorNumber: Int32 = errno) {
        self.operation = operation
        self.subject = subject
        self.errorNumber = errorNumber
    }

    /// By what the number says of the cause: missing input, no permission, no place for what was to be written, or input and output.
    package var exitCode: ExitCode {
        switch errorNumber {
        case ENOENT, ENOTDIR, ENAMETOOLONG, ELOOP: isOutput ? .cannotCreate : .noInput
        case EISDIR where isOutput: .cannotCreate
        case EACCES, EPERM: .noPermission
        case EEXIST: .cannotCreate
        default: .inputOutput
        }
    }

    private var isOutput: Bool {
        ["write", "create", "create a folder in", "rename", "sync"].contains(operation)
    }

    /// With the C library's words for the number.
    package var sentence: String { "cannot \(operation) \(subject): \(String(cString: strerror(errorNumber)))" }

    package var description: String { sentence }
}
