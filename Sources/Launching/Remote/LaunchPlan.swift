package import Keys

/// What every worker that is started elsewhere has in common.
package struct LaunchPlan: Sendable {
    package let ssh: SSHCommand
    /// Where the worker's program probably is on each host.
    package let program: String
    /// Nil where hosts have the program.
    package let copy: ProgramCopy?
    /// That the coordinator speaks.
    package let wireVersion: Int
    /// Of the coordinator, the likeliest first.
    package let addresses: [String]
    /// The coordinator's port where it listens at every address of this machine, so that each host may dial the address that it sees
    /// this machine under; nil elsewhere.
    package let callerPort: Int?
    /// Of all workers, beyond what a host's own line says.
    package let workerWords: [String]
    /// The list that workers' keys are put on.
    package let keys: MadeKeys
    /// A folder for their output; it is there.
    package let logFolder: String
    /// Whether their output is shown on this program's terminal too.
    package let isShown: Bool

    package init(
        ssh: SSHCommand, program: String, copy: ProgramCopy?, wireVersion: Int, addresses: [String], callerPort: Int?,
        workerWords: [String], keys: MadeKeys, logFolder: String, isShown: Bool
    ) {
        self.ssh = ssh
        self.program = program
        self.copy = copy
        self.wireVersion = wireVersion
        self.addresses = addresses
        self.callerPort = callerPort
        self.workerWords = workerWords
        self.keys = keys
        self.logFolder = logFolder
        self.isShown = isShown
    }
}
