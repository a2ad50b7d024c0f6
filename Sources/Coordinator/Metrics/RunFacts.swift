import Configuration
import Datasets
import Exchange
import Host
import RunStore
import Wire

/// What does not change while a coordinator has a run.
package struct RunFacts: Sendable {
    let labels: [MetricFamily.Label]
    let steps: Int
    let epochs: Int

    /// What a run is told apart by stands as labels of one value alone: whoever joins it to others asks for it.
    package init(_ session: any RunSession) {
        let configuration = session.configuration
        let isSearch = configuration.retrain.genotype == nil
        labels = [
            .init("run", session.directory.identity.description), .init("folder", session.directory.path),
            .init("kind", isSearch ? "search" : "training"),
            .init("method", isSearch ? configuration.method.search.rawValue : ""), .init("data", session.data.name),
            .init("seed", "\(configuration.run.seed)"), .init("host", HostInfo.hostName()),
        ]
        steps = session.outline.lastStep
        epochs = session.outline.epochs
    }
}
