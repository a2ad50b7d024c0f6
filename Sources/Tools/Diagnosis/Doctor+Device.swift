import Formats
import Host
import Launching

extension Doctor {
    /// Of the largest entry of a gradient: how far a device's sums in 32 bits may lie from the processor's.
    private static let differenceLimit = 1e-3

    /// What the worker beside this program finds of CUDA, and what the device that is asked for computes.
    ///
    /// - Parameter name: as `--device` of a worker takes it; nil is content with the processor.
    package func device(_ name: String?) -> Finding {
        let subject = "device"
        do {
            let figures = try Self.figures(name)
            guard let trial = figures.trial else {
                let found = figures.devices.enumerated().map { "cuda:\($0) \($1.name), \($1.memoryBytes >> 20) MB" }
                let text =
                    figures.objection.map { "no CUDA device found: \($0); workers compute on the processor" }
                    ?? found.joined(separator: "; ")
                return finding(subject, .fine, "libtorch \(figures.libtorch), \(text)", figures)
            }
            let difference = Self.millionths(trial.largestDifference)
            let text =
                "\(trial.device): a pass over a group of shards differs from the processor's by \(difference) millionths of the largest entry"
            guard trial.largestDifference <= Self.differenceLimit else {
                return finding(subject, .bad, "\(text), more than rounding does: it computes something else", figures)
            }
            return trial.repeatsBits
                ? finding(subject, .fine, "\(text), and gives the same bits twice", figures)
                : finding(
                    subject, .doubtful,
                    "\(text), and gives other bits the second time: audits would put its workers out",
                    figures)
        } catch {
            return Finding(subject, .bad, error.userSentence)
        }
    }

    private static func millionths(_ value: Double) -> String { "\((value * 1e7).rounded() / 10)" }

    private func finding(
        _ subject: String, _ verdict: Verdict, _ text: String, _ figures: DeviceFigures
    ) -> Finding {
        var finding = Finding(subject, verdict, text)
        if case .object(let members) = figures.json { finding.figures = members }
        return finding
    }

    private static func figures(_ name: String?) throws -> DeviceFigures {
        let scratch = try ScratchFolder(prefix: "snas-doctor-")
        defer { withExtendedLifetime(scratch) {} }
        let child = try ChildProcess(
            try WorkerProgram.path(), ["--devices"] + (name.map { ["--device", $0] } ?? []),
            outputPath: "\(scratch.path)/out", errorPath: "\(scratch.path)/err",
            environment: WorkerProgram.environment)
        let status = child.wait()
        func lines(_ file: String) -> String {
            String(
                decoding: (try? FileSystem.readFile("\(scratch.path)/\(file)", limitBytes: 1 << 16)) ?? [],
                as: UTF8.self)
        }
        guard status == .exited(0),
            let figures = DeviceFigures(try JSONValue.parse(Array(lines("out").utf8), source: "snas-worker"))
        else {
            let said = lines("err").split(separator: "\n").last.map(String.init) ?? "snas-worker ended: \(status)"
            throw UserError(.unavailable, said)
        }
        return figures
    }
}
