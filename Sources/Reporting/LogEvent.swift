/// What a line of the log is about: the code that programs look for. Sentences may be worded anew, these stay.
package enum LogEvent: String, Sendable, CaseIterable {
    // A coordinator and its workers.
    case listening
    case workerGreeted = "worker_greeted"
    case workerReady = "worker_ready"
    case workerLost = "worker_lost"
    case workerLeft = "worker_left"
    case workerRefused = "worker_refused"
    case workerLate = "worker_late"
    case workerStartFailed = "worker_start_failed"
    case hostLeftOut = "host_left_out"
    case hostsChanged = "hosts_changed"
    case waitingForWorkers = "waiting_for_workers"
    case contributionRejected = "contribution_rejected"
    case auditDisputed = "audit_disputed"
    case callerNote = "caller_note"
    case connectionCut = "connection_cut"
    case portReopened = "port_reopened"
    case rendezvous
    case messageDropped = "message_dropped"
    case messagesDropped = "messages_dropped"
    // A run and its steps.
    case dataFound = "data_found"
    case runBegins = "run_begins"
    case progress
    case evaluating
    case train
    case notFinite = "not_finite"
    case stepSkipped = "step_skipped"
    case warmupOver = "warmup_over"
    case epoch
    case genotype
    case takeover
    case budget
    case results
    case signal
    case stopped
    case failed
    case note
    // Files.
    case checkpointPassedOver = "checkpoint_passed_over"
    case leaseWatched = "lease_watched"
    case leaseUnreadable = "lease_unreadable"
    case leaseReadable = "lease_readable"
    case savingFailed = "saving_failed"
    case savingWorks = "saving_works"
    // A worker.
    case welcomed
    case fetchingData = "fetching_data"
    case ready
    case greetingAgain = "greeting_again"
    case chaos
    case nameUnknown = "name_unknown"
    case admissionDoubted = "admission_doubted"
    case nextEndpoint = "next_endpoint"
}
