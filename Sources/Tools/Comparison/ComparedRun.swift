import Configuration
import Formats
import Host
package import RunStore

/// What one search of a comparison came to, read from its folder.
package struct ComparedRun: Sendable {
    /// Where it lies.
    package let path: String
    /// Multiply-adds of all its rounds, as they were drawn.
    package let multiplyAdds: Double
    /// Of its steps alone, on the machine that took them.
    let seconds: Double
    /// Held-out accuracy of what was searched, and of the cell that was taken, both with inherited weights; nil where nothing is held
    /// out.
    let searched: Double?
    let derived: Double?
    /// Of all tables together, in nats.
    let entropy: Double

    /// - Throws: `UserError` (data) where the run's metrics do not say it.
    package init(_ run: RunDirectory, method: ComparedMethod) throws {
        let metrics = RunMetrics(run)
        guard let last = try metrics.epochs().last, let entropy = last["entropy"]?.number,
            let multiplyAdds = last["multiply_adds"]?.number
        else { throw UserError(.data, "'\(run.path)' has no epoch that says what the search came to") }
        path = run.path
        self.entropy = entropy
        self.multiplyAdds = multiplyAdds
        seconds = try metrics.secondsOfSteps()
        searched = last[method.searchedNetwork.rawValue]?["accuracy"]?.number
        derived = last["derived"]?["accuracy"]?.number
    }
}
