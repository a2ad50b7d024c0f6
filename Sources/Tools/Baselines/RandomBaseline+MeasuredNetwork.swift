package import Configuration
package import Datasets
import Estimation
import Formats
package import SearchSpace

extension RandomBaseline {
    /// The network in which cells are measured: two cells of one size in one network may differ by much in another.
    package struct MeasuredNetwork: Sendable, Equatable {
        /// Its channels, layers, images and classes count; its space is the one that cells are drawn from.
        package let plan: NetworkPlan
        /// Whether the pools' batch norms, which add weights, are counted.
        package let poolsHaveBatchNorm: Bool
        private let hasImages: Bool
        /// Of networks whose operations were measured.
        private var measured: DerivedSize?

        /// The network in which the papers tell the size of a CIFAR cell: 36 channels, 20 cells.
        package static func papers(_ space: SearchSpace) -> MeasuredNetwork {
            MeasuredNetwork(plan: .target(space), poolsHaveBatchNorm: false, hasImages: false)
        }

        /// The network that targets speak of, on the images that its operations were measured with.
        ///
        /// - Throws: `UserError`: configuration for a target that no network has and for a table of another network, data for a table
        ///   with holes.
        package static func target(
            of configuration: SearchConfiguration, measuredBy table: LatencyTable
        ) throws -> MeasuredNetwork {
            let plan = configuration.budget.plan(
                image: table.network.image, classes: table.network.classes, space: configuration.space.searchSpace)
            return MeasuredNetwork(
                plan: plan, poolsHaveBatchNorm: false, hasImages: true,
                measured: try configuration.budget.size(of: plan))
        }

        /// What the network derived from a cell has of a resource that it can be asked for: weights, or a measured one.
        func amount(_ genotype: Genotype, of resource: Resource) -> Int {
            guard let measured, resource != .parameters else { return weights(genotype) }
            return measured.size(of: genotype)[resource]
        }

        /// The network that `snas retrain` makes of a configuration and a data set.
        package static func trained(
            by configuration: SearchConfiguration, on data: ImageSet, space: SearchConfiguration.Space
        ) -> MeasuredNetwork {
            var configuration = configuration
            configuration.space.cells = space.cells
            let image = ImageShape(channels: data.channels, height: data.height, width: data.width)
            return MeasuredNetwork(
                plan: configuration.plan(image: image, classes: data.classes),
                poolsHaveBatchNorm: configuration.retrain.poolBatchNorm, hasImages: true)
        }

        /// Weights of the network derived from a cell, without an auxiliary head.
        package func weights(_ genotype: Genotype) -> Int {
            let derived = DerivedPlan(
                genotype: genotype, image: plan.image, classes: plan.classes, initChannels: plan.initChannels,
                layers: plan.layers, form: genotype.form, poolsHaveBatchNorm: poolsHaveBatchNorm)
            return NetworkCost(derived).total.parameters
        }

        var words: String {
            let size = "\(plan.initChannels) channels and \(plan.layers) cells"
            guard hasImages else { return size }
            let image = plan.image
            return
                "\(size) for images of \(image.channels) x \(image.height) x \(image.width) in \(plan.classes) classes"
        }

        var json: JSONValue {
            .object([
                "channels": .integer(plan.initChannels), "layers": .integer(plan.layers),
                "classes": .integer(plan.classes),
                "image": .array([plan.image.channels, plan.image.height, plan.image.width].map { .integer($0) }),
            ])
        }
    }
}
