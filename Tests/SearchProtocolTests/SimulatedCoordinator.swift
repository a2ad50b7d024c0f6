import Formats
import SearchProtocol
import Wire

/// A coordinator's process: the instance, and what production's shell and session keep beside it.
final class SimulatedCoordinator {
    let process: Int
    let generation: UInt64
    let endpoint: Int
    var instance: CoordinatorInstance
    var search: SimulatedSearch
    var journal: StepJournal
    let drifts: Bool
    var isPaused = false
    /// The run's folder answers it with errors.
    var isBlind = false
    var waiting: [SimulatedWorld.Event] = []
    var nextCheckpoint: Duration
    var tickedAt: Duration = .zero

    init(
        process: Int, generation: UInt64, endpoint: Int, instance: CoordinatorInstance, search: SimulatedSearch,
        journal: StepJournal, drifts: Bool, at now: Duration
    ) {
        self.process = process
        self.generation = generation
        self.endpoint = endpoint
        self.instance = instance
        self.search = search
        self.journal = journal
        self.drifts = drifts
        nextCheckpoint = now + .milliseconds(700)
    }

    var wake: Duration { max(instance.wakeTime, tickedAt + .microseconds(50)) }
}
