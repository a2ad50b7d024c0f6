import Datasets
import Formats
import Host
import Reporting

/// Where a run came from, for a page: its settings with their origins, data, machines and versions, its result, and the
/// commands that make it again.
struct ViewedOrigin {
    private let directory: RunDirectory

    init(_ directory: RunDirectory) { self.directory = directory }

    /// - Parameter workers: what they were, a kind each.
    /// - Throws: `SystemError`.
    func tell(_ page: inout PageRun, workers: [String]) throws {
        page.settings = try KeptSettings.read(directory)
        page.isRetraining = page.settings.contains { $0.key == "retrain.genotype" && $0.value != "none" }
        var facts = [PageRun.Fact("run", page.identity)]
        let format = (try? RunFormat.read(of: directory.path)) ?? RunFormat.current
        facts.append(.init("format of its folder", "\(format)"))
        facts += data()
        facts += try machines(&page.remarks) + workers.map { PageRun.Fact("workers", $0) }
        facts += try result(&page)
        let earlier = try branch(&page.remarks)
        page.facts = facts + earlier
        page.commands = commands(page, isBranch: !earlier.isEmpty)
    }

    // MARK: Facts

    private func data() -> [PageRun.Fact] {
        guard let record = try? DataRecord(of: directory) else { return [] }
        let form = record.form.map {
            [
                PageRun.Fact(
                    "images", "\($0.channels) x \($0.height) x \($0.width), \($0.classes) classes")
            ]
        }
        return [.init("data", record.location), .init("data's SHA-256", record.digest)] + (form ?? [])
    }

    private func machines(_ remarks: inout [String]) throws -> [PageRun.Fact] {
        let coordinator = try RunView.document("coordinator_kind.json", of: directory, &remarks)
        let workers = try RunView.document("kind.json", of: directory, &remarks)
        return [
            ("coordinator's processor", coordinator?["processor"]?.text),
            ("coordinator's mathematics", coordinator?["math_table"]?.text),
            ("workers' kind", workers?["probe"]?.text), ("workers' mathematics", workers?["math_table"]?.text),
        ].compactMap { name, value in value.map { PageRun.Fact(name, $0) } }
    }

    private func result(_ page: inout PageRun) throws -> [PageRun.Fact] {
        guard let document = try RunView.document("genotype.json", of: directory, &page.remarks) else { return [] }
        page.genotype = document["genotype"]?.text
        guard case .object(let members)? = document["provenance"] else { return [] }
        // What is said of the run and its data already.
        let known = ["run", "data", "data_sha256"]
        return members.filter { !known.contains($0.key) }.flatMap { Self.facts($0.key, $0.value) }
    }

    /// A fact for each value in an object, named by the way to it.
    private static func facts(_ name: String, _ value: JSONValue) -> [PageRun.Fact] {
        if case .object(let members) = value { return members.flatMap { facts("\(name), \($0.key)", $0.value) } }
        guard value != .null else { return [] }
        return [.init(name.replacing("_", with: " "), value.text ?? value.serialized())]
    }

    /// Of a run that went on from an epoch of another one.
    private func branch(_ remarks: inout [String]) throws -> [PageRun.Fact] {
        guard let document = try RunView.document("branch.json", of: directory, &remarks) else { return [] }
        let epoch = document["epochs_done"]?.integer.map(String.init) ?? "?"
        return [.init("went on from", "epoch \(epoch) of \(document["path"]?.text ?? "another run")")]
    }

    // MARK: Commands

    private func commands(_ page: PageRun, isBranch: Bool) -> [PageRun.Fact] {
        let path = ShellWord.quoted(directory.path)
        guard FileSystem.exists("\(directory.path)/configuration.yaml") else { return [] }
        var commands: [PageRun.Fact] = []
        // Settings alone do not make a run again that began with another one's weights.
        if !isBranch {
            var again = "snas \(page.isRetraining ? "retrain" : "local") --config \(path)/configuration.yaml"
            if let location = try? DataRecord(of: directory).location, !RecognisedDataset.isEmbedded(location) {
                again += " --data \(ShellWord.quoted(location))"
            }
            commands.append(.init("the same once more, to the same bits on machines of its kind", again))
        }
        if !directory.isFinished { commands.append(.init("go on with it", "snas resume \(path)")) }
        if !page.isRetraining, page.genotype != nil {
            commands.append(.init("train its cell from scratch", NextCommand.retrain(directory)))
        }
        return commands + [.init("this page", "snas report \(path)")]
    }
}
