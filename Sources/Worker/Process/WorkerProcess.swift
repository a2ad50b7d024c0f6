import Formats
package import Host
import Keys
import Launching
import Messaging
import Optimization
import Reporting
import SearchProtocol
import Wire

#if canImport(Glibc)
    import Glibc
#endif

/// The worker's shell: it owns the two connections, the clock and the compute threads, hands events to `WorkerInstance` and
/// does what it is told. Everything here runs on the program's main thread.
package final class WorkerProcess {
    let options: WorkerOptions
    private let preparer: any RunPreparing
    let context: MessagingContext
    let threads: ComputeThreads
    private let signals: SignalPipe
    var instance: WorkerInstance
    /// Whoever started this process and waits to hear how it is.
    var manager = ServiceManager.ofThisProcess()
    var sockets: [Channel: DealerSocket] = [:]
    /// Of coordinators, tried in turn; none as long as a rendezvous file is waited for.
    var endpoints: [Endpoint] {
        didSet { forgetDialled() }
    }
    /// One for each of `endpoints`, kept while another one is tried.
    var dialled: [DialledEndpoint]
    /// Nil where the command line alone says where coordinators are.
    var rendezvous: RendezvousWatch?
    /// What was wrong with the rendezvous file at the last look.
    var rendezvousTrouble: String?
    var endpointIndex = 0
    /// Places of the endpoints whose names have no address, as far as that was told.
    var namesTold: Set<Int> = []
    var dialledSince = Clock.monotonic()
    private var computation: (any RoundComputing)?
    private var loaded: any LoadedRound = NoRound()
    var held: [BlobReference: Blob] = [:]
    var ending: WorkerEnding?
    var watch: RefusalWatch
    var links = LinkWatch()
    /// The program that started it is out of reach, which a worker may outlive.
    var isOrphan = false
    var chaos: ChaosLink?
    /// Set when no endpoint lets this worker in.
    var refusal: AdmissionRefusal?
    /// For the log: the run as it was welcomed to it.
    var place: LogContext

    /// A coordinator that does not answer for so long may be another one of the list.
    static let endpointPatience: Duration = .seconds(5)

    private struct NoRound: LoadedRound {
        func compute(shard: Int, threads: Int) throws -> (report: ShardReport, payload: Addend) {
            throw UserError(.internalFault, "a shard without a round")
        }
    }

    /// Starts the compute threads and dials the first endpoint; nobody need listen there yet.
    ///
    /// - Parameter signals: made before any other thread starts.
    /// - Throws: `SystemError`, or `MessagingError` where no socket can be made.
    package init(_ options: WorkerOptions, preparer: any RunPreparing, signals: SignalPipe) throws {
        precondition(!options.endpoints.isEmpty || options.rendezvous != nil)
        self.options = options
        self.preparer = preparer
        self.signals = signals
        endpoints = options.endpoints
        dialled = options.endpoints.map { DialledEndpoint($0) }
        rendezvous = options.rendezvous
        watch = RefusalWatch(options.keys)
        place = LogStream.worker.context
        chaos = options.chaos.map(ChaosLink.init)
        context = try MessagingContext()
        threads = try ComputeThreads(count: options.threads)
        var settings = ProtocolSettings()
        settings.connectLimit = options.connectLimit
        let greeting = Greeting(
            worker: WorkerIdentity(high: Entropy.word(), low: Entropy.word()), channel: .control,
            hostName: HostInfo.hostName(), processIdentifier: UInt32(HostInfo.processIdentifier()),
            threads: UInt32(options.threads), processor: HostInfo.processor(), software: options.software,
            device: options.device)
        instance = WorkerInstance(settings: settings, greeting: greeting, at: Clock.monotonic())
        if options.starter == .control {
            // Whoever reads it tells by it whether the coordinator counts this worker.
            try? StandardStreams.print("\(ControlPipe.greeting)\(greeting.worker.digits)")
        }
        if let chaos = options.chaos { log(LogLine(.chaos, chaos.sentence)) }
        try beginWithRendezvous()
        tellUnknownNames()
        try dial()
    }

    /// Works until the run is over.
    /// - Returns: the code to exit with.
    package func run() throws -> ExitCode {
        manager?.ready(serviceStatus, at: Clock.monotonic())
        while ending == nil, refusal == nil {
            let now = Clock.monotonic()
            manager?.turn(at: now, status: serviceStatus)
            handle(.tick, now)
            if ending != nil { break }
            let ready = Poller.wait(
                sockets: Array(sockets.values),
                fileDescriptors: [signals.fileDescriptor, threads.wake.fileDescriptor] + starter,
                timeout: longestWait(at: now))
            receive(ready)
            for delivery in chaos?.takeDue(at: Clock.monotonic()) ?? [] { arrive(delivery) }
        }
        return finish()
    }

    private func receive(_ ready: Poller.Ready) {
        for channel in Channel.allCases {
            guard let socket = sockets[channel] else { continue }
            while ready.messages(socket), ending == nil, let message = socket.receive() {
                let block = message.block.map { ByteView($0.bytes, keptBy: $0) }
                guard
                    let envelope = try? Envelope.decode(
                        ByteView(message.frame.bytes, keptBy: message.frame), block: block)
                else { continue }
                pass(.incoming(envelope, channel))
            }
            if ready.closings(socket), socket.closings() > 0 { handle(.connectionClosed, Clock.monotonic()) }
        }
        watchHandshakes()
        if ready.descriptor(threads.wake.fileDescriptor) {
            threads.wake.clear()
            for outcome in threads.outcomes.takeAll() { take(outcome) }
        }
        if ready.descriptor(signals.fileDescriptor), let signal = signals.nextStop() {
            handle(.drain(reason: "signal \(signal)"), Clock.monotonic())
        }
        heedStarter()
        if ending == nil, instance.phase == .greeting || links.isAnyDown, hasMoved() {
            try? dial()
            handle(.connectionsReplaced, Clock.monotonic())
        } else if instance.phase == .greeting, endpoints.count > 1,
            Clock.monotonic() - dialledSince > Self.endpointPatience
        {
            endpointIndex += 1
            try? dial()
        }
        watchLinks()
    }

    private func take(_ outcome: ComputeOutcome) {
        let now = Clock.monotonic()
        switch outcome {
        case .prepared(.dataWanted): perform(instance.dataWanted(at: now))
        case .prepared(.ready(let computation, let readiness)):
            self.computation = computation
            handle(.prepared(readiness), now)
        case .unfit(let sentence), .failed(_, let sentence): handle(.unfit(sentence: sentence), now)
        case .shards(let round, let reports, let payload):
            if chaos?.isFatal() == true { HostInfo.killOneself() }
            handle(.groupFinished(round: round, reports: reports, payload: payload), now)
        }
    }

    func handle(_ event: WorkerEvent, _ now: Duration) { perform(instance.handle(event, at: now)) }

    private func perform(_ directives: [WorkerDirective]) {
        for directive in directives {
            switch directive {
            case .send(let envelope, let channel): pass(.out(envelope, channel))
            case .sendPiece(let blob, let index, let head): sendPiece(blob, index, head)
            case .prepare(let welcome, let data):
                threads.prepare(preparer, welcome, data: data)
            case .load(_, let job, let weights, let statistics): load(job, weights, statistics)
            case .compute(let round, let shards): threads.compute(loaded, round: round, shards: shards)
            case .abandon:
                threads.abandon()
                loaded = NoRound()
            case .hold(let blob): held[blob.reference] = blob
            case .release(let blob): held[blob] = nil
            case .releaseAll: held = [:]
            case .note(let note): say(note)
            case .finish(let ending): self.ending = ending
            }
        }
    }

    private func load(_ job: RoundJob, _ weights: GatheredBlob, _ statistics: GatheredBlob?) {
        guard let computation else { preconditionFailure("a round before the run was prepared") }
        do {
            loaded = try computation.load(job, weights: weights, statistics: statistics)
        } catch {
            handle(.unfit(sentence: error.userSentence), Clock.monotonic())
        }
    }
}
