import Formats

/// What a step bench says of shards that threads share: what was measured, and what the model makes of it up to 64 cores.
struct CoreFigures {
    let shared: SharedShardTimes
    let model: CoreModel
    /// Of this machine.
    let cores: Int

    private func speedUp(_ seconds: Double) -> Double { shared.times[0].seconds / seconds }

    var lines: [String] {
        let parts = model.shard
        let measured = shared.times.map { time in
            let ratio = time.threads == 1 ? "" : ", \(hundredths(speedUp(time.seconds))) times as fast"
            return "  \(time.threads) thread\(time.threads == 1 ? "" : "s"): \(tenths(1000 * time.seconds)) ms\(ratio)"
        }
        let modelled = model.rows.map { row in
            "  \(row.cores) core\(row.cores == 1 ? "" : "s"): \(tenths(row.imagesPerSecond)) images/s, "
                + "\(Int((100 * row.efficiency).rounded())) % of so many times one core"
                + (row.limit.map { ", lost most to \($0.rawValue)" } ?? "")
        }
        return [
            "one shard in \(shared.parts) part\(shared.parts == 1 ? "" : "s"), alone on the machine (its threads meet in "
                + "\(tenths(1e6 * shared.meeting)) microseconds):"
        ] + measured
            + [
                "model of one worker with a thread for each core (beyond the \(cores) of this machine nothing is measured): of a shard "
                    + "\(tenths(1000 * parts.shared)) ms are shared, \(tenths(1000 * parts.unshared)) ms are not, "
                    + "\(tenths(1000 * parts.meeting)) ms of waiting for each doubling of threads"
                    + (shared.times.count < 3 ? " (not told apart from what is not shared)" : "")
                    + "; a vector is added in "
                    + "\(tenths(1000 * shared.addition)) ms"
            ] + modelled
    }

    var json: [JSONValue.Member] {
        let parts = model.shard
        return [
            .init("shard_parts", .integer(shared.parts)), .init("cores", .integer(cores)),
            .init(
                "shard_threads",
                .array(
                    shared.times.map { time in
                        .object([
                            "threads": .integer(time.threads), "ms": .number(1000 * time.seconds),
                            "speed_up": .number(speedUp(time.seconds)),
                        ])
                    })),
            .init("shard_shared_ms", .number(1000 * parts.shared)),
            .init("shard_unshared_ms", .number(1000 * parts.unshared)),
            .init("shard_meeting_ms", .number(1000 * parts.meeting)),
            .init("meeting_us", .number(1e6 * shared.meeting)), .init("addition_ms", .number(1000 * shared.addition)),
            .init(
                "core_model",
                .array(
                    model.rows.map { row in
                        .object([
                            "cores": .integer(row.cores), "images_per_second": .number(row.imagesPerSecond),
                            "efficiency": .number(row.efficiency),
                            "limit": row.limit.map { .string($0.rawValue) } ?? .null,
                        ])
                    })),
        ]
    }

    private func tenths(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
    private func hundredths(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
