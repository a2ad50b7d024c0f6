package import Reporting
package import Wire

/// Workers that a coordinator's program has started, on this machine or on others, and looks after until its run is over.
///
/// One more way to start workers is one more type that conforms. None of its members may wait: the coordinator calls them between
/// two messages.
package protocol StartedWorkers: AnyObject {
    /// Readable when `look` has something to do at once; it is called now and then in any case.
    var descriptors: [Int32] { get }

    /// Starts what is to be started, takes what the workers say, and learns how they have ended.
    ///
    /// - Parameters:
    ///   - members: the workers that the coordinator counts now, however they were started.
    ///   - now: of the monotonic clock.
    func look(members: Set<WorkerIdentity>, at now: Duration) -> WorkersLook

    /// Ends those that are left: first asked, then killed. Waits a few seconds at most.
    func stop()
}

/// What a look at started workers found.
package struct WorkersLook: Sendable {
    /// For the run's log.
    package var notes: [LogLine] = []
    /// Nil while a worker runs, or another is going to be started.
    package var ending: WorkersEnding?

    package init(notes: [LogLine] = [], ending: WorkersEnding? = nil) {
        self.notes = notes
        self.ending = ending
    }
}

/// How all started workers have ended, where no more are going to be started.
package struct WorkersEnding: Sendable, Equatable {
    /// For the log and for whoever started the run.
    package let sentence: String
    /// Whether one of them gave a reason that will hold next time too.
    package let isPermanent: Bool

    package init(sentence: String, isPermanent: Bool) {
        self.sentence = sentence
        self.isPermanent = isPermanent
    }
}
