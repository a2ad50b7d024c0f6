package import Formats

/// What a worker's program says of devices on its machine: a line of JSON from there to here.
package struct DeviceFigures: Sendable, Equatable {
    /// One that tensors can be on.
    package struct Device: Sendable, Equatable {
        package var name: String
        package var memoryBytes: Int

        package init(name: String, memoryBytes: Int) {
            self.name = name
            self.memoryBytes = memoryBytes
        }
    }

    /// A pass over a group of shards on a device, beside its shards one by one on the processor.
    package struct Trial: Sendable, Equatable {
        /// As `--device` names it.
        package var device: String
        /// Between their gradients, in units of the largest entry.
        package var largestDifference: Double
        /// Whether the pass gave the same bits twice.
        package var repeatsBits: Bool

        package init(device: String, largestDifference: Double, repeatsBits: Bool) {
            self.device = device
            self.largestDifference = largestDifference
            self.repeatsBits = repeatsBits
        }
    }

    /// With its CUDA, where it has one.
    package var libtorch: String
    package var devices: [Device]
    /// Why there is none; nil where there is one.
    package var objection: String?
    /// Nil where none was asked for.
    package var trial: Trial?

    package init(libtorch: String, devices: [Device], objection: String?, trial: Trial? = nil) {
        self.libtorch = libtorch
        self.devices = devices
        self.objection = objection
        self.trial = trial
    }

    /// As one line.
    package var json: JSONValue {
        .object([
            "libtorch": .string(libtorch),
            "devices": .array(
                devices.map { .object(["name": .string($0.name), "memory_bytes": .integer($0.memoryBytes)]) }),
            "objection": objection.map(JSONValue.string) ?? .null,
            "trial": trial.map { trial in
                .object([
                    "device": .string(trial.device), "largest_difference": .number(trial.largestDifference),
                    "repeats_bits": .bool(trial.repeatsBits),
                ])
            } ?? .null,
        ])
    }

    /// Nil for what is no line of `json`.
    package init?(_ json: JSONValue) {
        guard let libtorch = json["libtorch"]?.text, let devices = json["devices"]?.elements else { return nil }
        let read = devices.compactMap { device in
            device["name"]?.text.flatMap { name in
                device["memory_bytes"]?.integer.map { Device(name: name, memoryBytes: $0) }
            }
        }
        guard read.count == devices.count else { return nil }
        self.init(libtorch: libtorch, devices: read, objection: json["objection"]?.text)
        guard let trial = json["trial"], trial != .null else { return }
        guard let device = trial["device"]?.text, let difference = trial["largest_difference"]?.number,
            case .bool(let repeats)? = trial["repeats_bits"]
        else { return nil }
        self.trial = Trial(device: device, largestDifference: difference, repeatsBits: repeats)
    }
}
