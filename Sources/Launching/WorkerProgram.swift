package import Host

/// The `snas-worker` that lies beside this program.
package enum WorkerProgram {
    /// Where it is: in the folder of the program that runs.
    ///
    /// - Throws: `UserError`: noInput where it is not there, operatingSystem where this program does not know its own place.
    package static func path() throws -> String {
        let program = try expectedPath()
        guard FileSystem.exists(program) else {
            throw UserError(
                .noInput,
                "\(program) is missing: snas starts the snas-worker that lies beside it; the package snas-worker brings it"
            )
        }
        return program
    }

    /// Where it would be, here or on a host that has the same folders: there or not.
    ///
    /// - Throws: `UserError` (operatingSystem) where this program does not know its own place.
    package static func expectedPath() throws -> String {
        guard let own = HostInfo.executablePath() else { throw UserError(.operatingSystem, "/proc is not mounted") }
        return "\(FileSystem.parent(of: own))/snas-worker"
    }

    /// What a worker's process must find in its environment: kernel libraries read these when they are loaded, and with more threads than one
    /// OpenBLAS changes the bits of small pointwise convolutions. A worker that does not find them starts itself again, which takes as
    /// long as to load libtorch once more.
    package static let environment = ["OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"]

    /// The same for a worker that computes on a device: cuBLAS promises the same bits again with a fixed workspace alone.
    package static func environment(device: String) -> [String: String] {
        device == "cpu" ? environment : environment.merging(["CUBLAS_WORKSPACE_CONFIG": ":4096:8"]) { $1 }
    }

    /// Said to a worker that is not to outlive the program that started it: its standard input is a pipe that this one holds.
    package static let endsWithInput = "--ends_with_input"

    /// Runs it with this program's own output, and answers with its exit code. It ends when this program does, however it ends.
    package static func runToEnd(_ words: [String]) throws -> ExitCode {
        let life = try Pipe()
        let child = try ChildProcess(
            try path(), words + [endsWithInput], input: life.reading, environment: environment)
        defer { withExtendedLifetime(life) {} }
        switch child.wait() {
        case .exited(let code):
            guard let known = ExitCode(rawValue: code) else {
                throw ProgramFault(endOfChild: "snas-worker ended", code: code).error
            }
            return known
        case .signalled(let signal): throw UserError(.internalFault, "snas-worker was ended by signal \(signal)")
        }
    }
}
