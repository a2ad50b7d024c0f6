/// The program that is copied to hosts (`--copy`): packed once, for all of them.
package struct ProgramCopy: Sendable {
    let bundle: ProgramBundle
    let script: BundleScript
    /// What goes over the link.
    let archive: BundleArchive

    /// - Parameter program: a `snas-worker` of this machine.
    /// - Throws: `UserError`, `SystemError`.
    package init(of program: String) throws {
        bundle = try ProgramBundle(of: program)
        script = BundleScript(bundle)
        archive = try BundleArchive(of: bundle)
    }

    /// For the log.
    package var summary: String {
        "\(bundle.files.count) files of \(bundle.bytes >> 20) MB, \(archive.bytes >> 20) MB packed, for each host that lacks them"
    }
}
