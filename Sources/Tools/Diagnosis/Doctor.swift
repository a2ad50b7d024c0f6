import Coordinator
import Datasets
package import Formats
import Host
import Keys
import Launching
package import Messaging

/// What `snas doctor` looks at before a run of days: the machine's limits, clock and disk, the port, the data, the programs.
package struct Doctor {
    /// What a finding means for a run that is to begin.
    package enum Verdict: String, Sendable {
        case fine = "ok"
        /// A run can start; it may be slow or end badly.
        case doubtful = "warning"
        /// A run would fail.
        case bad = "failure"
    }

    /// One line of what the doctor says.
    package struct Finding: Sendable {
        /// What was looked at, in a word or two.
        package let subject: String
        package let verdict: Verdict
        /// What was found, and, unless all is well, what it would do to a run.
        package let text: String
        /// The numbers of the text, for programs.
        package var figures: [JSONValue.Member] = []

        package init(_ subject: String, _ verdict: Verdict, _ text: String) {
            self.subject = subject
            self.verdict = verdict
            self.text = text
        }
    }

    /// Folder that is to hold runs.
    private let folder: String

    package init(folder: String) { self.folder = folder }

    /// Two connections a worker, and what the programs need themselves.
    private static let openFilesWanted = 1024
    /// A worker of two threads with the default super-network.
    private static let memoryWantedBytes = 1 << 30
    /// Some hundred checkpoints of the default network.
    private static let diskWantedBytes = 2 << 30
    private static let syncTrialBytes = 8 << 20
    /// Checkpoints wait for nothing, but the journal is synced every step.
    private static let slowSync: Duration = .seconds(1)

    /// What needs nothing of the user's: processor, open files, memory, clock and the disk of the runs' folder.
    package func machine() -> [Finding] { [cores, openFiles, memory, clock, disk] }

    private var cores: Finding {
        let cores = CoreCount.ofThisProcess()
        return Finding("processor", .fine, "\(cores.count) cores, \(HostInfo.processor()) (\(cores))")
    }

    private var openFiles: Finding {
        let limit = MachineFacts.openFileLimit()
        guard limit.now >= Self.openFilesWanted else {
            return Finding(
                "open files", .doubtful,
                "\(limit.now) allowed: two connections a worker; raise it with ulimit -n \(min(limit.most, 65_536))")
        }
        return Finding("open files", .fine, "\(limit.now) allowed")
    }

    private var memory: Finding {
        guard let bytes = MachineFacts.availableMemoryBytes() else {
            return Finding("memory", .doubtful, "the kernel does not say how much is available")
        }
        let text = "\(bytes >> 20) MB available"
        return bytes >= Self.memoryWantedBytes
            ? Finding("memory", .fine, text)
            : Finding("memory", .doubtful, text + "; a worker of two threads takes about 900 MB on the default network")
    }

    private var clock: Finding {
        switch MachineFacts.clockIsSynchronised() {
        case true?: Finding("clock", .fine, "kept in step")
        case false?:
            Finding(
                "clock", .doubtful,
                "nothing keeps it in step with other hosts: times in logs will not agree (no result depends on it)")
        case nil: Finding("clock", .doubtful, "the kernel does not say whether it is kept in step")
        }
    }

    private var disk: Finding {
        guard let free = MachineFacts.freeBytes(at: folder) else {
            return Finding("disk", .bad, "no folder '\(folder)'")
        }
        do {
            let time = try MachineFacts.syncedWrite(byteCount: Self.syncTrialBytes, in: folder)
            let text = "\(free >> 20) MB free in '\(folder)', 8 MB written and synced in \(Int(time.seconds * 1000)) ms"
            if free < Self.diskWantedBytes { return Finding("disk", .doubtful, text + ": little room for checkpoints") }
            return Finding("disk", time <= Self.slowSync ? .fine : .doubtful, text)
        } catch {
            return Finding("disk", .bad, error.userSentence)
        }
    }

    /// Whether a coordinator could listen there.
    package func port(_ endpoint: Endpoint) -> Finding {
        do {
            _ = try RouterSocket(try MessagingContext()).bind(endpoint)
            return Finding("port", .fine, "\(endpoint) is free")
        } catch let error as MessagingError where error.isAddressInUse {
            return Finding("port", .bad, "\(error)\(PortInUse.words(endpoint))")
        } catch {
            return Finding("port", .bad, "\(error)")
        }
    }

    /// Whether the training images can be read, and which ones they are.
    ///
    /// - Parameter location: a folder, or the name of an embedded set.
    package func data(at location: String) -> Finding {
        do {
            let recognised = try RecognisedDataset(at: location)
            let set = try recognised.loadTraining()
            let text =
                "\(recognised.summary): \(set.images.count) training images, \(set.classes) classes, SHA-256 "
                + Hexadecimal.string(set.digest())
            return set.labelNote.map { Finding("data", .doubtful, "\(text); \($0)") } ?? Finding("data", .fine, text)
        } catch {
            return Finding("data", .bad, error.userSentence)
        }
    }

    /// Whether sockets of workers on this machine, and an evaluation, have a place.
    ///
    /// - Parameter asked: what the variable `TMPDIR` says; nil is `/tmp`.
    package func temporaryFolder(_ asked: String? = FileSystem.askedTemporaryFolder) -> Finding {
        let subject = "temporary folder"
        do {
            let scratch = try FileSystem.createTemporaryDirectory(prefix: Self.scratchPrefix, in: asked)
            defer { try? FileSystem.removeTree(scratch) }
            let sockets = try FileSystem.createSocketDirectory(
                prefix: Self.scratchPrefix, socketName: "coordinator", pathBytes: Endpoint.pathBytes, in: asked)
            defer { try? FileSystem.removeTree(sockets) }
            let place = FileSystem.parent(of: scratch)
            let own = FileSystem.parent(of: sockets)
            guard place == own || "./\(place)" == own else {
                return Finding(
                    subject, .fine,
                    "'\(place)' can be written to; its path is too long for sockets, which are made in '\(own)'")
            }
            return Finding(subject, .fine, "'\(place)' can be written to")
        } catch {
            return Finding(subject, .bad, error.userSentence)
        }
    }

    private static let scratchPrefix = "snas-doctor-"

    /// The worker beside this program: whether it starts, and what it computes with.
    package func worker() -> Finding {
        do {
            let scratch = try ScratchFolder(prefix: Self.scratchPrefix)
            defer { withExtendedLifetime(scratch) {} }
            let child = try ChildProcess(
                try WorkerProgram.path(), ["--versions"], outputPath: "\(scratch.path)/out",
                errorPath: "\(scratch.path)/err", environment: WorkerProgram.environment)
            let status = child.wait()
            func text(_ name: String) -> String {
                let bytes = (try? FileSystem.readFile("\(scratch.path)/\(name)", limitBytes: 1 << 16)) ?? []
                return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? ""
            }
            return status == .exited(0)
                ? Finding("snas-worker", .fine, text("out"))
                : Finding("snas-worker", .bad, "does not run (\(status)): \(text("err"))")
        } catch {
            return Finding("snas-worker", .bad, error.userSentence)
        }
    }
}
