import Configuration
import Host
import RunStore
import SearchSpace

/// The images that `snas describe` counts a cell's network for: the papers', those of the run whose cell it is, or any.
struct DescribedImage {
    let shape: ImageShape
    let classes: Int

    private static let mostClasses = 1_000_000

    /// - Parameter isImageNet: whether the papers' images are ImageNet's, not CIFAR-10's.
    /// - Throws: `UserError`.
    init(_ flags: CommandLineFlags, isImageNet: Bool) throws {
        let known: DataRecord.Form?
        if let text = flags.values["image"] {
            guard !isImageNet else {
                throw UserError(.usage, "--image and --imagenet exclude each other: ImageNet's are 3x224x224")
            }
            (shape, known) = try Self.asked(text, flags)
        } else {
            let side = isImageNet ? 224 : 32
            (shape, known) = (ImageShape(channels: 3, height: side, width: side), nil)
        }
        let standard = known?.classes ?? (isImageNet ? 1000 : 10)
        classes = try flags.number("classes", in: 2...Self.mostClasses, standard: standard)
    }

    /// - Throws: `UserError` (data) where a network cannot halve the images as often as it does.
    func check(_ network: DerivedPlan) throws {
        if let objection = network.sidesObjection { throw UserError(.data, objection) }
    }

    private static func asked(_ text: String, _ flags: CommandLineFlags) throws -> (ImageShape, DataRecord.Form?) {
        if Spelling.name(text, among: ["run"]) != nil {
            let form = try runForm(flags)
            return (ImageShape(channels: form.channels, height: form.height, width: form.width), form)
        }
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard sides.count == 3, (1...64).contains(sides[0]), sides[1...].allSatisfy((4...4096).contains) else {
            throw UserError(
                .usage,
                "--image is '\(text)'; it takes channels x height x width, as in 1x28x28, or run: as the run's images are"
            )
        }
        return (ImageShape(channels: sides[0], height: sides[1], width: sides[2]), nil)
    }

    private static func runForm(_ flags: CommandLineFlags) throws -> DataRecord.Form {
        guard let path = flags.values["genotype"], RunDirectory.isThere(path) else {
            throw UserError(.usage, "--image run goes with --genotype RUN, the folder of a run")
        }
        guard let form = try DataRecord(of: try RunDirectory.toRead(path)).form else {
            throw UserError(
                .data,
                "run '\(path)' was begun by an earlier snas, which did not note its images' form: give --image CxHxW")
        }
        return form
    }
}
