import Configuration
import Estimation
import Formats
import Host
import RunStore
import SearchProtocol
import SearchSpace
import Tensors
import Training
import Wire

/// The texts beside a trace's tensors: which shard it is of, how its mixture was made, in which network, by whose code.
struct TraceRecord {
    /// Of the file's tensors and texts.
    static let format = "snas-trace-1"

    let replay: RunReplay
    let round: ReplayedRound
    let trace: ShardTrace
    let step: Int
    /// What multiplies the loss of the round's shards.
    let cost: LogarithmicCost?

    var metadata: [JSONValue.Member] {
        var texts = place + draw + outcome + machine
        texts.append(.init("network", .string(network.serialized())))
        if let cost, !job.lossFactors.isEmpty {
            let member = JSONValue.object([
                "coefficient": .number(cost.coefficient), "power": .number(cost.power), "fixed": .number(cost.fixed),
                "of": .string(configuration.budget.method == .discrete ? "probabilities" : "mixture"),
            ])
            texts.append(.init("cost", .string(member.serialized())))
        }
        return texts
    }

    private var job: RoundJob { round.planned.job }
    private var configuration: SearchConfiguration { replay.run.configuration }
    private var network: JSONValue { TracedNetwork.description(of: configuration, replay.run.images.set) }

    private func text(_ key: String, _ value: some CustomStringConvertible) -> JSONValue.Member {
        .init(key, .string(value.description))
    }

    private var place: [JSONValue.Member] {
        [
            text("format", Self.format), text("run", replay.directory.identity), text("step", step),
            text("round", round.number), text("round_is", round.purpose), text("shard", trace.report.shard),
            text("shards", job.shardCount), text("images", trace.report.imageCount),
            text("weights", round.planned.weights == .current ? "current" : "trial"),
        ]
    }

    private var draw: [JSONValue.Member] {
        let search = configuration.retrain.genotype == nil ? configuration.method.search.rawValue : "retraining"
        var texts = [
            text("method", search), text("mixing", job.mixing.name), text("estimator", job.estimator),
            text("yields", job.yields.names.joined(separator: ",")),
            text("pass", job.yields.hasGradient && !job.yields.contains(.policyGradient) ? "training" : "evaluation"),
            text("drop_path_probability", job.dropPathProbability),
            text("operation_drop_probability", job.operationDropProbability),
        ]
        if let temperature = job.mixing.temperature { texts.append(text("temperature", temperature)) }
        if let floor = job.mixing.floor { texts.append(text("floor", floor)) }
        return texts
    }

    private var outcome: [JSONValue.Member] {
        [
            text("payload_xxh3", trace.payloadDigest.hexadecimal),
            text("finite", trace.report.finite),
            text("computed_from", replay.checkpoint.map { "checkpoint \($0)" } ?? "the run's first step"),
            text("journal", replay.agreement.firstToPart.map { "parts at step \($0)" } ?? "agrees"),
        ]
    }

    private var machine: [JSONValue.Member] {
        [
            text("software", WorkerCommand.software), text("kernels", replay.kernels),
            text("processor", HostInfo.processor()),
            text("probe", replay.agreement.kind.probe.hexadecimal),
            text("same_kind_as_the_run", replay.agreement.isSameKind),
        ]
    }
}

extension Mixing {
    /// In one word.
    fileprivate var name: String {
        switch self {
        case .none: "none"
        case .relaxed: "relaxed"
        case .floored: "floored"
        case .oneHot: "one-hot"
        case .categorical: "categorical"
        case .softmax: "softmax"
        case .given: "given"
        }
    }
}

extension RoundYields {
    /// In the order in which a payload and a report have them.
    fileprivate var names: [String] {
        let all: [(RoundYields, String)] = [
            (.weightGradient, "weight_gradient"), (.statistics, "statistics"), (.predictions, "predictions"),
            (.alphaGradient, "alpha_gradient"), (.policyGradient, "policy_gradient"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

extension RoundJob {
    /// By which formula the shard's outcome becomes alpha's gradient (the manual's page Methods).
    fileprivate var estimator: String {
        if yields.contains(.policyGradient) { return "reinforce" }
        guard yields.contains(.alphaGradient) else { return "none" }
        return switch mixing {
        case .none, .given: "none"
        case .relaxed: "snas"
        case .floored: "snas above a floor"
        case .softmax: "darts"
        case .oneHot: "gdas"
        case .categorical: "dsnas"
        }
    }
}
