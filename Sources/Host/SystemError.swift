#if canImport(Glibc)
    import Glibc
#endif

/// A call of the operating system that failed, with what it was for.
package struct SystemError: UserFacingError, Equatable, CustomStringConvertible {
    package let operation: String
    package let subject: String
    package let errorNumber: Int32

    package init(_ operation: String, _ subject: String, errorNumber: Int32 = errno) {
        self.operation = operation
        self.subject = subject
        self.errorNumber = errorNumber
    }

    package var exitCode: ExitCode {
        switch errorNumber {
        case ENOENT, ENOTDIR: .noInput
        case EACCES, EPERM: .noPermission
        case EEXIST: .cannotCreate
        default: .inputOutput
        }
    }

    package var sentence: String { "cannot \(operation) \(subject): \(String(cString: strerror(errorNumber)))" }

    package var description: String { sentence }
}
