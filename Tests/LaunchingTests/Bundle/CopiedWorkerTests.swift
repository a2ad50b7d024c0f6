import Host
import Launching
import Testing

/// The worker of this build as a host has it that never saw a Swift toolchain.
@Suite
struct CopiedWorkerTests {
    @Test(
        "The copied worker runs where the toolchain's folder is empty, and maps its runtime from its own folder where it is not",
        .enabled(if: Mounts.areAllowed, "no mount namespaces"))
    func withoutToolchain() throws {
        let host = try BundleHost()
        let bundle = try ProgramBundle(of: try BundleHost.builtWorker())
        let core = try #require(bundle.files.first { $0.name == "libswiftCore.so" })
        let script = BundleScript(bundle)
        let archive = try BundleArchive(of: bundle)
        #expect(archive.bytes < bundle.bytes / 2, "it is compressed: \(archive.bytes) of \(bundle.bytes) bytes")

        // Nothing of the toolchain is left to be found.
        func hidden(_ text: String) throws -> BundleHost.Outcome {
            try host.run(
                "mount -t tmpfs tmpfs \"$TOOLCHAIN\" && [ ! -e \"$TOOLCHAIN/libswiftCore.so\" ] || exit 1; exec sh -c \"$SCRIPT\"",
                input: archive.path,
                environment: ["TOOLCHAIN=\(FileSystem.parent(of: core.path))", "SCRIPT=\(text)"],
                under: Mounts.namespace)
        }
        let bare = try hidden("exec \(ShellWord.quoted(try BundleHost.builtWorker())) version")
        #expect(
            bare.status == .exited(127) && bare.notes.contains("libswift"), "the program alone does not run: \(bare)")
        let received = try hidden(script.receive)
        let program = "\(host.place)/\(bundle.digest)/snas-worker"
        #expect(received.output == "\(program)\n", "\(received)")
        let started = try hidden(script.start(["version"]))
        #expect(started.status == .exited(0) && started.output.hasPrefix("snas-worker "), "\(started)")

        let traced = try host.run(script.start(["version"]), environment: ["LD_DEBUG=libs"])
        let initialised = traced.notes.split(separator: "\n")
            .compactMap { line in line.firstRange(of: "calling init: ").map { String(line[$0.upperBound...]) } }
        for file in bundle.files where file.name != bundle.programName {
            let mapped = initialised.filter { $0.hasSuffix("/\(file.name)") }
            #expect(
                !mapped.isEmpty && mapped.allSatisfy { $0.hasSuffix("\(host.place)/\(bundle.digest)/\(file.name)") },
                "\(mapped)")
        }
    }
}
