import Configuration
package import Formats
import Host
import RunStore

/// Two runs compared by what their folders say: how they began, the first step that parts, what they came to. Nothing is computed
/// again, and nothing is written.
package struct RunDifference: Sendable {
    let paths: Both<String>
    let origins: Both<RunOrigin>
    let settings: [SettingDifference]
    let machines: MachineDifference
    /// Whether both runs ask the same question: then one answer to each step is right, on machines of one kind.
    let isSameComputation: Bool
    package let steps: StepDifference
    /// Of the step that parts; nil where none does.
    let figures: FigureTable?
    let results: ResultDifference

    /// - Throws: `UserError`: usage for one folder twice, or a search and a retraining; noInput where there is no run; data for a
    ///   damaged one; protocolMismatch for one of a newer program; `SystemError`.
    package init(_ first: String, _ second: String) throws {
        paths = Both(first, second)
        let runs = try paths.map { try RunDirectory.toRead($0) }
        guard !FileSystem.areOnePlace(first, second) else {
            throw UserError(.usage, "'\(first)' and '\(second)' are one folder: a run does not differ from itself")
        }
        origins = try runs.map { try RunOrigin(of: $0) }
        guard origins.first.isRetraining == origins.second.isRetraining else {
            let (search, retraining) = origins.first.isRetraining ? (second, first) : (first, second)
            throw UserError(
                .usage,
                "'\(search)' is a search and '\(retraining)' a retraining: they have no step in common; compare two of a kind"
            )
        }
        settings = SettingDifference.all(origins)
        isSameComputation =
            origins.first.data.digest == origins.second.data.digest
            && settings.allSatisfy { $0.bearing < .steps } && origins.map(\.beginning).areEqual
        machines = MachineDifference(origins, isSameComputation: isSameComputation)
        steps = StepDifference(try runs.map { try JournalledSteps(of: $0) })
        figures = try steps.parting.map { parting in
            FigureTable(
                at: parting.step,
                try runs.map { try RunMetrics($0).steps([parting.step - 1, parting.step]) })
        }
        results = try ResultDifference(runs, origins)
    }

    /// Whether the data sets are one.
    var isDataTheSame: Bool { origins.first.data.digest == origins.second.data.digest }

    /// Whether anything differs that the bits of steps or results rest on, or these themselves.
    package var bearsOnBits: Bool {
        !isDataTheSame || machines.isOfOtherKinds || settings.contains { $0.bearing > .nothing }
            || steps.parting != nil || results.differs || !origins.map(\.beginning).areEqual
    }

    /// One object with all that `lines` tells, unshortened.
    ///
    /// - Parameter recomputation: what came of computing the step again; nil where nobody asked.
    package func json(recomputation: JSONValue?) -> JSONValue {
        .object(
            [
                .init("runs", paths.json(JSONValue.string)),
                .init("kind", .string(origins.first.isRetraining ? "retraining" : "search")),
                .init("differs", .bool(bearsOnBits)), .init("machines", machines.json),
                .init("settings", .array(settings.map(\.json))), .init("data", data),
                .init("steps", steps.json), .init("metrics", figures?.json ?? .null), .init("results", results.json),
            ] + (recomputation.map { [.init("recomputation", $0)] } ?? []))
    }

    private var data: JSONValue {
        origins.json { origin in
            .object([
                "location": .string(origin.data.location), "sha256": .string(origin.data.digest),
                "channels": .optional(origin.data.form?.channels), "height": .optional(origin.data.form?.height),
                "width": .optional(origin.data.form?.width), "classes": .optional(origin.data.form?.classes),
            ])
        }
    }
}
